// RFC 5219: ADUs back to MP3 frames. Where ADUs were lost, silent frames keep the stream's time, so that any decoder
// plays on: the positions of the packets tell how many.
// Delay: a frame leaves when later frames have filled what the reservoir left open of it.
#include <algorithm>
#include <array>
#include <memory>

#include "engine/node/node.h"
#include "nodes/mp3/kernels/adu.h"

namespace sluice::mp3 {
namespace {

class AduUnpack final : public Node {
 public:
  In<Packet<"mp3_adu">> in{*this, "in", "ADUs, one a packet; some may be lost"};
  Out<Packet<"mp3">> out{*this, "out", "MP3 frames, one a packet"};
  Param<int> least_bitrate{*this,
                           "least_bitrate",
                           {.unit = "kbit/s",
                            .default_value = 32,
                            .min = 8,
                            .max = 320,
                            .doc = "the lowest bitrate of the stream's frames: decides the delay that is declared"}};
  Param<int> max_fill{*this,
                      "max_fill",
                      {.unit = "frames",
                       .default_value = 100,
                       .min = 0,
                       .max = 100000,
                       .doc = "longest loss that is filled with silence; a longer one leaves a gap in time"}};
  Counter filled{*this, "filled", "silent frames put where ADUs were lost"};
  Counter damaged{*this, "damaged", "packets that were no ADU of this stream", Counter::Tells::fault};
  Counter late{*this, "late", "ADUs that came after their place had been filled", Counter::Tells::fault};

  Status configure() override {
    Format format = in.format();
    format.codec = "mp3";
    out.set_spec(format, in.spec().block_frames, kMaxFrameBytes);
    set_delay(frames_held() * static_cast<double>(in.spec().block_frames), format.rate_hz);
    return {};
  }

  Status prepare() override {
    unpacker_ = std::make_unique<AduUnpacker>(static_cast<int>(in.format().rate_hz), in.format().channels);
    return {};
  }

  void process() REALTIME override {
    while (BlockRef adu = in.next()) {
      const BlockHeader& header = adu->header;
      const bool began = frames_ > 0;
      if (began && header.position < next_position_ && header.frames > 0) {
        late.add();
        continue;
      }
      const auto bytes = std::as_const(*adu).bytes();
      gap_ = gap_ || in.gap();
      if (!unpacker_->push({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, missing(header))) {
        damaged.add();
        gap_ = true;
        continue;
      }
      headers_[frames_++ % headers_.size()] = header;
      headers_[(frames_ - 1) % headers_.size()].flags = gap_ ? kDiscontinuity : 0u;
      gap_ = false;
      next_position_ = header.position + header.frames;
      drain();
    }
  }

  void flush() REALTIME override {
    unpacker_->flush();
    drain();
  }

 private:
  static constexpr std::size_t kMaxHeld = 512;  // ADUs in the multiplexer; more than it can hold

  // Of the standard's 511 (LSF 255) bytes of reservoir, over slots of the smallest frames.
  int frames_held() const {
    const bool lsf = in.format().rate_hz > 0 && in.format().rate_hz < 32000;
    const double rate_hz = std::max(in.format().rate_hz, 8000.0);
    const int frame = static_cast<int>((lsf ? 72 : 144) * 1000.0 * least_bitrate / rate_hz);
    const int slot = std::max(1, frame - kMaxHeadBytes);
    return ((lsf ? 255 : 511) + slot - 1) / slot;
  }

  // ADUs lost before this one. Only what positions tell: without a duration there is nothing to count by.
  int missing(const BlockHeader& header) const noexcept {
    if (frames_ == 0 || header.frames <= 0) return 0;
    const std::int64_t lost = (header.position - next_position_ + header.frames / 2) / header.frames;
    return lost <= max_fill ? static_cast<int>(lost) : 0;
  }

  void drain() noexcept {
    UnpackedFrame frame;
    while (unpacker_->pop(frame)) {
      BlockHeader& source = headers_[frame.adu % headers_.size()];
      BlockRef packet = out.take();
      packet->resize(frame.bytes.size());
      std::ranges::copy(std::as_bytes(frame.bytes), packet->bytes().begin());
      packet->header.capture_time = source.capture_time;
      packet->header.position = source.position - frame.frames_before * source.frames;
      packet->header.frames = source.frames;
      packet->header.flags = source.flags | (frame.independent ? kIndependent : 0u);
      source.flags = 0;  // the gap is told once, by the first frame behind it
      if (frame.frames_before > 0) filled.add();
      out.emit(std::move(packet));
    }
  }

  std::unique_ptr<AduUnpacker> unpacker_;
  std::array<BlockHeader, kMaxHeld> headers_{};  // of the ADUs in the multiplexer, a ring
  std::uint64_t frames_ = 0;                     // ADUs taken
  std::int64_t next_position_ = 0;               // that continues the stream
  bool gap_ = false;
};

}  // namespace

REGISTER_NODE(AduUnpack, "mp3.adu_unpack", "makes MP3 frames of ADUs (RFC 5219); silence where they were lost")

}  // namespace sluice::mp3
