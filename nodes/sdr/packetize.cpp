// Any stream of packets (ADUs of RFC 5219 for MP3) as radio frames, one a packet: head with version, stream, sequence
// and sample time, CRC-32, a code by name, convolutional interleaving over `depth` frames (kernels/radio_header.h,
// radio_framer.h). Delay: depth - 1 packets, which is when the last piece of a packet leaves.
#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/node/node.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class Packetize final : public Node {
 public:
  In<Packet<>> in{*this, "in", "packets of at most 2023 bytes, one after another"};
  Out<Packet<"sdr.frame">> out{*this, "out", "radio frames, one a packet"};
  Param<std::string> fec{*this,
                         "fec",
                         {.default_value = "conv",
                          .choices = {kFecNames.begin(), kFecNames.end()},
                          .doc = "Hamming (12,8), Golay (24,12), convolutional 1/2 K=7, the same with RS(255,223)"}};
  Param<int> depth{
      *this,
      "depth",
      {.default_value = 4,
       .min = 1,
       .max = static_cast<int>(kMaxDepth),
       .doc = "frames that a packet is spread over; not set: as many as the latency budget leaves, 4 without one"}};
  Param<int> stream{*this, "stream", {.default_value = 0, .min = 0, .max = 255, .doc = "number of the stream"}};
  Counter too_large{*this, "too_large", "packets dropped because they do not fit a frame", Counter::Tells::fault};
  Counter rewrites{*this, "rewrites", "packets dropped that would change what is sent already: see info_tag"};

  Status configure() override {
    Format format = in.format();
    format.codec = "sdr.frame";
    out.set_spec(format, in.spec().block_frames, kMaxFrameAir);
    set_delay(static_cast<double>((depth - 1) * in.spec().block_frames), format.rate_hz);
    leave_to_budget(depth, in.spec().block_period());
    return {};
  }

  Status prepare() override {
    framer_ = std::make_unique<RadioFramer>(*find_fec(fec.value()), static_cast<std::size_t>(depth.value()),
                                            static_cast<std::uint8_t>(stream));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef packet = in.next()) {
      if (in.gap() && started_) gap_ = true;
      if (packet->has(kRewrite)) {
        rewrites.add();
        continue;
      }
      const std::span bytes{reinterpret_cast<const std::uint8_t*>(packet->bytes().data()), packet->bytes().size()};
      if (bytes.size() > kMaxPayload) {
        too_large.add();
        gap_ = true;
        continue;
      }
      PacketHead head{.frames = static_cast<std::uint16_t>(std::min<std::int64_t>(packet->header.frames, 0xFFFF)),
                      .position = packet->header.position};
      if (packet->has(kIndependent)) head.flags |= kPacketIndependent;
      if (gap_) head.flags |= kPacketAfterGap;
      gap_ = false;
      last_ = packet->header;
      if (in.gap()) last_.flags |= kDiscontinuity;
      emit(framer_->frame(head, bytes), last_);
      started_ = true;
    }
  }

  void flush() REALTIME override {
    if (!started_) return;
    last_.flags = 0;
    for (int n = 1; n < depth; ++n) {
      last_.position += last_.frames;
      last_.capture_time += frames_to_duration(static_cast<double>(last_.frames), in.format().rate_hz);
      emit(framer_->tail(), last_);
    }
  }

 private:
  void emit(std::span<const std::uint8_t> air, const BlockHeader& from) noexcept {
    BlockRef frame = out.take();
    frame->resize(air.size());
    std::memcpy(frame->bytes().data(), air.data(), air.size());
    frame->header.capture_time = from.capture_time;
    frame->header.position = from.position;
    frame->header.frames = from.frames;
    frame->header.flags = kIndependent | (from.flags & kDiscontinuity);
    out.emit(std::move(frame));
  }

  std::unique_ptr<RadioFramer> framer_;
  BlockHeader last_;
  bool started_ = false, gap_ = false;
};

}  // namespace

REGISTER_NODE(Packetize, "sdr.packetize",
              "packets as radio frames: head, check, code, interleaving over several frames")

}  // namespace sluice::sdr
