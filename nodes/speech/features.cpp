// Features of speech: what acoustic models are trained on (equations: kernels/mel.h). A block of `out` is the vector of
// one frame; only whole windows make one. Delay: the window.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "engine/node/node.h"
#include "nodes/speech/kernels/mel.h"

namespace sluice::speech {
namespace {

// A frame of at most kMost features.
struct FeatureFrame {
  static constexpr std::string_view kMedia = "speech.features";
  static constexpr std::size_t kMost = 128;
  float values[kMost];
  std::uint32_t count;
};

class Features : public Node {
 public:
  In<float> in{*this, "in", "audio, mono"};
  Out<FeatureFrame> out{*this, "out", "one vector of features a block"};
  Param<double> window{
      *this, "window", {.unit = "s", .default_value = 0.025, .min = 0.005, .max = 0.1, .doc = "of one frame"}};
  Param<double> hop{
      *this, "hop", {.unit = "s", .default_value = 0.01, .min = 0.002, .max = 0.1, .doc = "between two frames"}};
  Param<double> low{
      *this,
      "low",
      {.unit = "Hz", .default_value = 20, .min = 0, .max = 4000, .doc = "where the lowest triangle begins"}};

  Format accepted(const InPort& port) const final {
    Format format = port.format();
    format.channels = 1;
    return format;
  }

  Status configure() final {
    const Format& format = in.format();
    if (format.channels != 1 || format.rate_hz < 8000)
      return Error{"in", fmt::format("takes one channel at 8000 Hz or more, but gets {}", to_string(format))};
    out.set_spec({.media = std::string(FeatureFrame::kMedia), .codec = "", .rate_hz = format.rate_hz, .channels = 1},
                 std::llround(hop * format.rate_hz));
    set_delay(from_seconds(window));
    return {};
  }

  Status prepare() final {
    mel_ = std::make_unique<LogMel>(MelSettings{
        .rate_hz = in.format().rate_hz, .bins = mel_bins(), .low_hz = low, .window_s = window, .hop_s = hop});
    samples_.assign(mel_->window(), 0.0f);
    return prepare_more();
  }

  void process() REALTIME final {
    while (const BlockRef block = in.next()) {
      if (in.gap()) begin_afresh();
      const auto x = std::as_const(*block).channel(0);
      for (std::size_t n = 0; n < x.size(); ++n) {
        if (skip_ > 0) {
          --skip_;
          continue;
        }
        if (filled_ == 0) stamp(*block, n);
        samples_[filled_++] = x[n];
        if (filled_ == samples_.size()) emit_frame();
      }
    }
  }

 protected:
  virtual std::size_t mel_bins() const = 0;
  virtual Status prepare_more() { return {}; }
  // The frame's features from `window` samples; returns how many.
  virtual std::size_t compute(LogMel& mel, std::span<const float> window, std::span<float> values) = 0;

 private:
  void begin_afresh() noexcept {
    filled_ = skip_ = 0;
    gap_ = true;
  }

  void stamp(const Block& block, std::size_t offset) noexcept {
    const auto at = static_cast<std::int64_t>(offset);
    captured_ = block.header.capture_time + frames_to_duration(static_cast<double>(at), in.format().rate_hz);
    position_ = block.header.position + at;
  }

  void emit_frame() noexcept {
    BlockRef block = out.take();
    FeatureFrame& frame = block->as<FeatureFrame>();
    frame.count = static_cast<std::uint32_t>(compute(*mel_, samples_, frame.values));
    std::fill(frame.values + frame.count, frame.values + FeatureFrame::kMost, 0.0f);
    const std::size_t hop_samples = mel_->hop();
    block->header.capture_time = captured_;
    block->header.position = position_;
    block->header.frames = static_cast<std::int64_t>(hop_samples);
    block->header.flags = kIndependent | (gap_ ? kDiscontinuity : 0u);
    gap_ = false;
    out.emit(std::move(block));
    const std::size_t kept = samples_.size() - std::min(samples_.size(), hop_samples);
    std::copy(samples_.end() - static_cast<std::ptrdiff_t>(kept), samples_.end(), samples_.begin());
    filled_ = kept;
    skip_ = hop_samples - (samples_.size() - kept);
    captured_ += frames_to_duration(static_cast<double>(hop_samples), in.format().rate_hz);
    position_ += static_cast<std::int64_t>(hop_samples);
  }

  std::unique_ptr<LogMel> mel_;
  std::vector<float> samples_;  // of the next frame
  std::size_t filled_ = 0;
  std::size_t skip_ = 0;  // samples between frames, where the hop is longer than the window
  Time captured_{};
  std::int64_t position_ = 0;
  bool gap_ = false;
};

class Fbank final : public Features {
 public:
  Param<int> bins{*this, "bins", {.default_value = 80, .min = 4, .max = 128, .doc = "triangles"}};

 protected:
  std::size_t mel_bins() const override { return static_cast<std::size_t>(bins.value()); }
  std::size_t compute(LogMel& mel, std::span<const float> samples, std::span<float> values) override {
    mel.run(samples, values);
    return mel.bins();
  }
};

class Mfcc final : public Features {
 public:
  Param<int> bins{*this, "bins", {.default_value = 23, .min = 4, .max = 128, .doc = "triangles"}};
  Param<int> count{*this, "count", {.default_value = 13, .min = 1, .max = 128, .doc = "cepstra; at most `bins`"}};

 protected:
  std::size_t mel_bins() const override { return static_cast<std::size_t>(bins.value()); }
  Status prepare_more() override {
    if (count > bins)
      return Error{"count", fmt::format("{} cepstra of {} energies: at most as many", count.value(), bins.value())};
    cepstrum_ = Cepstrum(mel_bins(), static_cast<std::size_t>(count.value()));
    return {};
  }
  std::size_t compute(LogMel& mel, std::span<const float> samples, std::span<float> values) override {
    mel.run(samples, energies_);
    cepstrum_.run(std::span(energies_).first(mel.bins()), values);
    return cepstrum_.count();
  }

 private:
  std::array<float, FeatureFrame::kMost> energies_{};
  Cepstrum cepstrum_{1, 1};
};

}  // namespace

REGISTER_NODE(Fbank, "features.fbank", "log mel energies of 25 ms every 10 ms, as Kaldi defines them")
REGISTER_NODE(Mfcc, "features.mfcc", "mel-frequency cepstra of 25 ms every 10 ms, as Kaldi defines them")

}  // namespace sluice::speech
