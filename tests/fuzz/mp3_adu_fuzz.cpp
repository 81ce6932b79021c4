// Any bytes as MP3 frames, made ADUs of which some are lost and some damaged, and frames again: each that comes out is
// one, of the size its header says, and none asks for more than there is.
#include <algorithm>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/adu.h"

using namespace sluice::mp3;

namespace {

// Main data that frames so far can be reached in, as a decoder counts them.
class Decoder {
 public:
  void take(std::span<const std::uint8_t> frame) {
    const auto header = FrameHeader::parse(frame);
    if (!header || static_cast<std::size_t>(header->frame_bytes()) != frame.size()) __builtin_trap();
    const auto head = static_cast<std::size_t>(header->head_bytes());
    const auto side =
        SideInfo::parse(*header, frame.subspan(head - static_cast<std::size_t>(header->side_info_bytes())));
    const std::size_t slot = frame.size() - head;
    const std::size_t wanted = static_cast<std::size_t>(side.main_data_bits() + 7) / 8;
    if (side.main_data_begin > held_ || wanted > side.main_data_begin + slot) __builtin_trap();
    held_ = std::min<std::size_t>(held_ + slot, 511);
  }

 private:
  std::size_t held_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  const unsigned luck = size > 0 ? data[size / 2] : 0;
  AduPacker packer;
  AduUnpacker unpacker;
  Decoder decoder;
  const auto drain = [&] {
    for (UnpackedFrame frame; unpacker.pop(frame);) decoder.take(frame.bytes);
  };
  int missing = 0;
  for (std::size_t at = 0, n = 0; at < size; ++n) {
    const auto header = FrameHeader::parse(bytes.subspan(at));
    const auto step = header && !header->free_format() ? static_cast<std::size_t>(header->frame_bytes()) : 1u;
    const auto adu = packer.pack(bytes.subspan(at, std::min(step, size - at)));
    at += step;
    if (adu.empty()) continue;
    if ((luck >> n % 8 & 1) != 0) {
      ++missing;
      continue;
    }
    std::vector<std::uint8_t> received(adu.begin(), adu.end());
    if (luck % 5 == 0) received[(luck * n) % received.size()] ^= static_cast<std::uint8_t>(1u << n % 8);
    if (unpacker.push(received, missing)) missing = 0;
    drain();
  }
  unpacker.flush();
  drain();
  return 0;
}
