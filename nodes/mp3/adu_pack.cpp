// RFC 5219: makes each MP3 frame self-contained (an ADU), so that a packet lost on the way costs one frame and not the
// ones that lean on it too. One packet per frame, without the ADU descriptor: a packet knows its size.
// Delay 0: a frame's main data end within it.
#include <algorithm>

#include "engine/node/node.h"
#include "nodes/mp3/kernels/adu.h"

namespace sluice::mp3 {
namespace {

class AduPack final : public Node {
 public:
  In<Packet<"mp3">> in{*this, "in", "MP3 frames, one a packet, in order"};
  Out<Packet<"mp3_adu">> out{*this, "out", "ADUs, one per frame; each stands alone"};
  Counter incomplete{*this, "incomplete", "frames left out because frames before them were lost, or that were none",
                     Counter::Tells::fault};

  Status configure() override {
    Format format = in.format();
    format.codec = "mp3_adu";
    out.set_spec(format, in.spec().block_frames, kMaxAduBytes);
    return {};
  }

  void process() REALTIME override {
    while (BlockRef frame = in.next()) {
      if (frame->has(kRewrite)) continue;  // the finished tag of a file: nobody can go back and change what was sent
      if (in.gap()) packer_.forget();
      const auto bytes = std::as_const(*frame).bytes();
      const auto adu = packer_.pack({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
      left_out_ = left_out_ || in.gap() || adu.empty();
      if (adu.empty())
        incomplete.add();
      else
        emit(*frame, adu);
    }
  }

 private:
  void emit(const Block& frame, std::span<const std::uint8_t> adu) noexcept {
    BlockRef packet = out.take();
    packet->resize(adu.size());
    std::ranges::copy(std::as_bytes(adu), packet->bytes().begin());
    stamp_from(*packet, frame);
    packet->header.flags = kIndependent | (left_out_ ? kDiscontinuity : 0u);
    left_out_ = false;
    out.emit(std::move(packet));
  }

  AduPacker packer_;
  bool left_out_ = false;  // frames are missing before the next ADU
};

}  // namespace

REGISTER_NODE(AduPack, "mp3.adu_pack", "makes MP3 frames self-contained (RFC 5219), for transports that lose packets")

}  // namespace sluice::mp3
