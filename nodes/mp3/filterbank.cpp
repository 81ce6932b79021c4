// First stage of the MP3 encoder: cuts audio into granules of 576 samples and splits each into 32 subbands.
// ISO/IEC 11172-3 C.1.3. At the end of the stream it appends as much silence as the stages and a decoder hold back.
// Delay: one granule, gathered.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "engine/core/quantity.h"
#include "nodes/mp3/kernels/bitstream_stage.h"
#include "nodes/mp3/kernels/coding_rate.h"
#include "nodes/mp3/kernels/vbr_scale.h"
#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class Filterbank final : public Node {
 public:
  In<float> in{*this, "in", "audio, 1 or 2 channels at a rate of MPEG-1, 2 or 2.5"};
  Out<Subbands> out{*this, "out", "subband samples, one granule a block"};
  Param<std::string> mode{
      *this,
      "mode",
      {.default_value = "auto",
       .choices = {"auto", "stereo", "joint", "ms", "mono"},
       .doc = "stereo codes left and right; joint may code mid and side, ms always does; mono mixes down; auto is "
              "joint, or mono for one channel"}};
  Param<std::string> latency{*this,
                             "latency",
                             {.default_value = "normal",
                              .choices = {"normal", "low"},
                              .doc = "low: no look-ahead for attacks, no bit reservoir; a frame leaves when its last "
                                     "sample is there"}};

  Param<std::string> rate{
      *this,
      "rate",
      {.default_value = "keep",
       .doc = "to code at: keep takes the input's, auto the one that suits the bitrate given here, or "
              "one of MP3's in Hz; auto_convert puts `resample` before it"}};
  Param<double> bitrate{*this,
                        "bitrate",
                        {.unit = "kbit/s",
                         .default_value = 128,
                         .min = 0,
                         .max = 320,
                         .doc = "as mp3.quantize has it; only for rate: auto"}};
  Param<double> vbr{
      *this,
      "vbr",
      {.default_value = -1, .min = -1, .max = kWorstQuality, .doc = "ditto; not -1: in place of bitrate"}};
  Param<double> abr{
      *this, "abr", {.unit = "kbit/s", .default_value = 0, .min = 0, .max = 320, .doc = "ditto; not 0: in its place"}};

  Format accepted(const InPort& port) const override {
    Format format = port.format();
    if (format.rate_hz > 0) format.rate_hz = wanted_rate_hz(format);
    format.channels = std::clamp(format.channels, 1, kMaxChannels);
    return format;
  }

  Status configure() override {
    Format format = in.format();
    if (!rate.is("keep") && !rate.is("auto"))
      if (const auto asked = parse_quantity(rate.value(), "Hz"); !asked || nearest_rate_hz(*asked) != *asked)
        return Error{"rate", fmt::format("'{}' is neither keep nor auto nor one of {}", rate.value(), allowed_rates())};
    if (format.channels < 1 || format.channels > kMaxChannels)
      return Error{"in", fmt::format("MP3 has 1 or 2 channels, not {}; put `channels` before it", format.channels)};
    format.channels = mode.is("mono") ? 1 : format.channels;
    format.media = Subbands::kMedia;
    format.codec = StreamSettings{.stereo = stereo_mode(), .look_ahead = look_ahead()}.text();
    const auto stream = stream_format(format);
    if (!stream)
      return Error{"in", fmt::format("{:g} Hz is no MP3 rate; allowed: {}; put `resample` before it", format.rate_hz,
                                     allowed_rates())};
    format_ = *stream;
    out.set_spec(format, kLines);
    set_delay(kLines, format.rate_hz);
    return {};
  }

  Status prepare() override {
    bank_ = std::make_unique<std::array<Polyphase, kMaxChannels>>();
    mixes_down_ = format_.channels < in.format().channels;
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) {
        gathered_ = 0;
        gap_ = true;
      }
      for (std::size_t taken = 0; taken < block->frames();) taken += gather(*block, taken);
    }
  }

  void flush() REALTIME override {
    if (gathered_ > 0) {
      for (auto& channel : granule_) std::fill(channel.begin() + gathered_, channel.end(), 0.0f);
      emit();
    }
    for (auto& channel : granule_) channel.fill(0.0f);
    for (int left = closing_granules(format_, granules_, samples_, look_ahead()); left > 0; --left) emit();
  }

 private:
  StereoMode stereo_mode() const {
    return mode.is("stereo") ? StereoMode::kStereo : mode.is("ms") ? StereoMode::kMidSide : StereoMode::kJoint;
  }
  bool look_ahead() const noexcept { return latency.is("normal"); }

  double wanted_rate_hz(const Format& format) const {
    if (rate.is("keep")) return nearest_rate_hz(format.rate_hz);
    if (!rate.is("auto")) return parse_quantity(rate.value(), "Hz").value_or(format.rate_hz);
    const int channels = mode.is("mono") ? 1 : format.channels;
    const double kbps = vbr >= 0 ? vbr_nominal_kbps(vbr, 44100, channels) : abr > 0 ? abr.value() : bitrate.value();
    return coding_rate_hz(format.rate_hz, channels, kbps);
  }

  // Copies samples from `offset` on until the granule is full; returns how many.
  std::size_t gather(const Block& block, std::size_t offset) noexcept {
    if (gathered_ == 0) stamp(block, offset);
    const auto at = static_cast<std::size_t>(gathered_);
    const std::size_t count = std::min(block.frames() - offset, kLines - at);
    for (int ch = 0; ch < format_.channels; ++ch) {
      const auto from = block.channel(static_cast<std::size_t>(ch)).subspan(offset, count);
      std::copy(from.begin(), from.end(), granule_[ch].begin() + gathered_);
    }
    if (mixes_down_) {
      const auto right = block.channel(1).subspan(offset, count);
      for (std::size_t i = 0; i < count; ++i) granule_[0][at + i] = 0.5f * (granule_[0][at + i] + right[i]);
    }
    gathered_ += static_cast<int>(count);
    samples_ += static_cast<std::int64_t>(count);
    if (gathered_ == kLines) emit();
    return count;
  }

  void stamp(const Block& block, std::size_t offset) noexcept {
    capture_time_ = block.header.capture_time + frames_to_duration(static_cast<double>(offset), format_.rate_hz);
    position_ = block.header.position + static_cast<std::int64_t>(offset);
  }

  void emit() noexcept {
    BlockRef block = out.take();
    Subbands& subbands = block->as<Subbands>();
    for (int ch = 0; ch < format_.channels; ++ch) (*bank_)[ch].analyse(granule_[ch], subbands.channel[ch]);
    subbands.samples = samples_;
    block->header.capture_time = capture_time_;
    block->header.position = position_;
    block->header.frames = kLines;
    if (gap_) block->header.flags |= kDiscontinuity;
    out.emit(std::move(block));
    gap_ = false;
    gathered_ = 0;
    ++granules_;
    position_ += kLines;
    capture_time_ += frames_to_duration(kLines, format_.rate_hz);
  }

  StreamFormat format_;
  std::unique_ptr<std::array<Polyphase, kMaxChannels>> bank_;
  alignas(64) std::array<std::array<float, kLines>, kMaxChannels> granule_{};
  bool mixes_down_ = false;
  int gathered_ = 0;  // samples in granule_
  std::int64_t granules_ = 0;
  std::int64_t samples_ = 0;  // of the input
  bool gap_ = false;
  Time capture_time_{};  // of the granule's first sample
  std::int64_t position_ = 0;
};

}  // namespace

REGISTER_NODE(Filterbank, "mp3.filterbank", "MP3 encoder, stage 1: audio into granules of 32 subbands")

}  // namespace sluice::mp3
