// What comes off the air or out of a recording, whatever it is: radio frames (as soft bits, and as frames whose head
// passes its check, so that what lies behind it is reached), SigMF metadata, RDS bits. No crash, no packet that was not
// sent whole, memory as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "nodes/sdr/kernels/rds.h"
#include "nodes/sdr/radio_assembler.h"
#include "nodes/sdr/rds_json.h"
#include "nodes/sdr/sigmf.h"

namespace {

using namespace sluice::sdr;

void require(bool holds) {
  if (!holds) std::abort();
}

void drain(RadioAssembler& assembler) {
  while (const auto packet = assembler.next()) require(packet->payload.size() <= kMaxPayload);
}

// Frames of the input's own header bytes, made right, over and over with what follows as payload.
void push_framed(RadioAssembler& assembler, std::span<const std::uint8_t> data) {
  static const FrameOrder order(kMaxFrameBits);
  constexpr std::size_t kRecord = 12;
  while (data.size() >= kRecord) {
    RadioHeader header{.version = static_cast<std::uint8_t>(data[0] % 2),
                       .code = static_cast<std::uint8_t>(data[1] % 8),
                       .depth = static_cast<std::uint8_t>(1 + data[2] % kMaxDepth),
                       .stream = static_cast<std::uint8_t>(data[3] % 2),
                       .sequence = static_cast<std::uint32_t>(data[4] | data[5] << 8)};
    for (std::size_t n = 0; n < 4; ++n) header.units[n] = data[6 + n] % 16;
    const std::size_t bytes = std::size_t{kHeaderBits / 8 + 1} + data[10] + 256u * (data[11] % 16);
    std::vector<std::uint8_t> bits(8 * bytes);
    conv_encode(pack(header), std::span(bits).first(kHeaderBits));
    for (std::size_t n = kHeaderBits; n < bits.size(); ++n) bits[n] = data[n % data.size()] >> (n % 8) & 1;
    std::vector<std::uint8_t> air(bytes);
    order.scatter(bits, air);
    std::vector<SoftBit> soft(bits.size());
    for (std::size_t n = 0; n < soft.size(); ++n) soft[n] = (air[n / 8] >> (7 - n % 8) & 1) != 0 ? 255 : 0;
    assembler.push(soft);
    drain(assembler);
    data = data.subspan(kRecord);
  }
}

void decode_rds(std::span<const std::uint8_t> data) {
  RdsDecoder decoder;
  for (const std::uint8_t byte : data)
    for (int bit = 0; bit < 8; ++bit) decoder.push((byte >> bit & 1) != 0);
  char line[kMaxRdsJson];
  require(write_rds_json(decoder.station(), line) <= kMaxRdsJson);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes{data, size};
  static RadioAssembler raw({}, 2);
  raw.push(bytes);
  drain(raw);
  static RadioAssembler framed;
  push_framed(framed, bytes.first(std::min<std::size_t>(size, 600)));
  decode_rds(bytes);
  const auto meta = read_sigmf({reinterpret_cast<const char*>(data), size});
  if (meta) {
    require(meta->rate_hz >= 0);
    require(read_sigmf(write_sigmf(*meta)).has_value());
  }
  return 0;
}
