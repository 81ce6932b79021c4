// Fifth stage of the MP3 encoder: Huffman coding, side information, CRC, frames, and the Info tag of a file.
// ISO/IEC 11172-3 2.4.1. One packet per MP3 frame, flagged independent when its main_data_begin is 0.
// Delay: a frame leaves when later frames have filled what the reservoir left open of it.
#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>

#include "nodes/mp3/kernels/bitstream_stage.h"
#include "nodes/mp3/kernels/reservoir.h"
#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class Bitstream final : public Node {
 public:
  In<CodedFrame> in{*this, "in", "quantised frames"};
  Out<Packet<"mp3">> out{*this, "out", "MP3 frames, one a packet; with info_tag a last packet rewrites the first"};
  Param<bool> info_tag{
      *this,
      "info_tag",
      {.default_value = true, .doc = "begin with an Info/LAME tag frame (length, seek table, gapless); for files"}};
  Counter silenced{*this, "silenced", "frames silenced because frames before them were lost", Counter::Tells::fault};

  Status configure() override {
    const auto stream = stream_format(in.format());
    settings_ = StreamSettings::parse(in.format().codec);
    if (!stream || settings_.bitrate_kbps == 0) return Error{"in", "not the output of mp3.quantize"};
    format_ = *stream;
    Format format = in.format();
    format.media = "packet";
    format.codec = "mp3";
    out.set_spec(format, format_.frame_samples(), kMaxFrameBytes);
    const int slot = least_frame_bytes() - head_bytes(format_, settings_.crc);
    const int frames_held = (settings_.reservoir_bytes + slot - 1) / slot;
    set_delay(frames_held * format_.frame_samples(), format.rate_hz);
    return {};
  }

  Status prepare() override {
    stage_ = std::make_unique<BitstreamStage>(format_, HeaderOptions{.crc = settings_.crc, .joint = joint()});
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (info_tag && !began_) emit_info(block->header, StreamTotals{}, 0);
      began_ = true;
      const CodedFrame& coded = std::as_const(*block).as<CodedFrame>();
      samples_ = coded.samples;
      headers_[pushed_++ % headers_.size()] = block->header;
      if (in.gap()) headers_[(pushed_ - 1) % headers_.size()].flags |= kDiscontinuity;
      stage_->push(coded.frame);
      drain();
    }
    silenced.set(stage_->silenced());
  }

  void flush() REALTIME override {
    stage_->flush();
    drain();
    if (!info_tag || !began_) return;
    StreamTotals totals = stage_->totals();
    totals.lowpass_hz = settings_.lowpass_hz;
    totals.seek = stage_->seek_points().table(static_cast<std::size_t>(info_frame_bytes(format_)));
    totals.method = settings_.method;
    totals.quality = settings_.quality;
    totals.bitrate_kbps = settings_.method == RateMethod::kMean ? settings_.mean_kbps : settings_.min_kbps;
    set_gapless(format_, samples_, totals);
    emit_info(BlockHeader{}, totals, kRewrite);
  }

 private:
  static constexpr std::size_t kMaxHeld = 512;  // frames in the multiplexer; more than it can hold

  bool joint() const noexcept { return settings_.stereo != StereoMode::kStereo; }

  int least_frame_bytes() const {
    const auto range = bitrate_range(format_, settings_.min_kbps, settings_.max_kbps);
    const bool constant = settings_.method == RateMethod::kConstant || !range;
    return format_.frame_bytes_at(constant ? format_.bitrate_index : range->least);
  }

  void drain() noexcept {
    MuxedFrame frame;
    while (stage_->pop(frame)) {
      BlockRef packet = out.take();
      packet->resize(frame.bytes.size());
      std::memcpy(packet->bytes().data(), frame.bytes.data(), frame.bytes.size());
      packet->header = headers_[popped_++ % headers_.size()];
      packet->header.flags = (packet->header.flags & kDiscontinuity) | (frame.independent ? kIndependent : 0u);
      out.emit(std::move(packet));
    }
  }

  // The tag frame: at the start as a placeholder, at the end complete, to take its place (byte 0 of the stream).
  void emit_info(const BlockHeader& stamps, const StreamTotals& totals, std::uint32_t flags) noexcept {
    BlockRef packet = out.take();
    packet->resize(static_cast<std::size_t>(info_frame_bytes(format_)));
    const auto bytes = packet->bytes();
    write_info_frame(format_, joint(), totals, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    packet->header.capture_time = stamps.capture_time;
    packet->header.position = stamps.position;
    packet->header.frames = 0;
    packet->header.flags = flags | kIndependent;
    out.emit(std::move(packet));
  }

  StreamFormat format_;
  StreamSettings settings_;
  std::unique_ptr<BitstreamStage> stage_;
  std::array<BlockHeader, kMaxHeld> headers_{};  // of the frames in the multiplexer, a ring
  std::size_t pushed_ = 0;
  std::size_t popped_ = 0;
  bool began_ = false;
  std::int64_t samples_ = 0;  // of the input
};

}  // namespace

REGISTER_NODE(Bitstream, "mp3.bitstream", "MP3 encoder, stage 5: Huffman coding, frames, CRC, Info tag")

}  // namespace sluice::mp3
