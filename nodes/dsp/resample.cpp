// Sampling-rate conversion with libsoxr: a linear-phase low-pass whose output lies on the input's time axis (no shift),
// only later. The delay is found by running the converter on silence, as it depends on both rates and the block length.
// libsoxr's buffers grow during its first calls, so prepare() runs it on silence until they no longer do.
#include <fmt/format.h>
#include <soxr.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

// Smallest transform that libsoxr takes, 2^8: the default of 2^10 costs up to four times the delay (measured: 16
// -> 44.1 kHz 58 ms against 26 ms) for about 10 % less CPU.
constexpr unsigned kLog2Transform = 8;
constexpr double kWarmUp = 1.5;        // s of silence; the last growth was seen after 1.4 s (8 -> 48 kHz, very_high)
constexpr std::size_t kAnchors = 256;  // input blocks on their way through the filter

struct Deleter {
  void operator()(soxr_t converter) const { soxr_delete(converter); }
};
using Converter = std::unique_ptr<soxr, Deleter>;

struct Ratio {
  double in_hz = 1, out_hz = 1;
  double out_frames(double in_frames) const { return in_frames * out_hz / in_hz; }
  double in_frames(double out_frames) const { return out_frames * in_hz / out_hz; }
};

Converter make_converter(const Ratio& ratio, int channels, unsigned long recipe, std::string* error) {
  soxr_error_t failed = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t quality = soxr_quality_spec(recipe, 0);
  soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  runtime.log2_min_dft_size = runtime.log2_large_dft_size = kLog2Transform;
  Converter converter(
      soxr_create(ratio.in_hz, ratio.out_hz, static_cast<unsigned>(channels), &failed, &io, &quality, &runtime));
  if (failed) *error = failed;
  return converter;
}

class Resample final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio at the new rate"};
  Param<double> rate{
      *this,
      "rate",
      {.unit = "Hz", .default_value = 48000, .min = 1000, .max = 768000, .doc = "of the output", .required = true}};
  Param<std::string> quality{
      *this,
      "quality",
      {.default_value = "high",
       .choices = {"quick", "low", "medium", "high", "very_high"},
       .doc = "libsoxr's recipes: cubic, 16, 16, 20 and 28 bit; higher passes more treble, later"}};

  Status configure() override {
    ratio_ = {in.format().rate_hz, rate};
    Format format = in.format();
    format.rate_hz = rate;
    out.set_spec(format,
                 static_cast<std::int64_t>(std::ceil(ratio_.out_frames(static_cast<double>(in.spec().block_frames)))));
    if (same_rate()) return {};
    std::string error;
    const Converter probe = make_converter(ratio_, 1, recipe(), &error);
    if (!probe) return Error{"rate", fmt::format("{:g} Hz to {:g} Hz: {}", ratio_.in_hz, ratio_.out_hz, error)};
    set_delay(measured_delay(probe.get()), ratio_.in_hz);
    return {};
  }

  Status prepare() override {
    if (same_rate()) return {};
    std::string error;
    converter_ = make_converter(ratio_, in.format().channels, recipe(), &error);
    if (!converter_) return Error{"rate", error};
    const auto channels = static_cast<std::size_t>(in.format().channels);
    sources_.resize(channels);
    sinks_.resize(channels);
    warm_up();
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (same_rate()) {
        block = out.writable(std::move(block));
        if (in.gap()) block->header.flags |= kDiscontinuity;
        out.emit(std::move(block));
        continue;
      }
      note(block->header);
      const auto source = [&](std::size_t offset) {
        for (std::size_t c = 0; c < sources_.size(); ++c) sources_[c] = block->channel(c).data() + offset;
        return sources_.data();
      };
      convert(source, block->frames());
      fed_ += block->header.frames;
    }
  }

  // Silence pushes out what the filter still holds: libsoxr's own way to end a stream allocates.
  void flush() REALTIME override {
    if (same_rate()) return;
    end_ = std::llround(ratio_.out_frames(static_cast<double>(fed_)));
    while (made_ < end_ && !soxr_error(converter_.get()))
      convert([this](std::size_t) { return silence(); }, silence_.size());
  }

 private:
  // What an input frame's header says about the output frames made of it.
  struct Anchor {
    std::int64_t fed = 0;       // input frames before the block
    std::int64_t position = 0;  // its header's
    Time capture_time{};
    bool discontinuity = false;
  };

  bool same_rate() const noexcept { return ratio_.in_hz == ratio_.out_hz; }

  unsigned long recipe() const {
    constexpr std::array kRecipes{std::pair{"quick", SOXR_QQ}, std::pair{"low", SOXR_LQ}, std::pair{"medium", SOXR_MQ},
                                  std::pair{"high", SOXR_HQ}, std::pair{"very_high", SOXR_VHQ}};
    for (const auto& [name, recipe] : kRecipes)
      if (quality.is(name)) return static_cast<unsigned long>(recipe);
    return SOXR_HQ;
  }

  // Input frames that arrive, at worst, after the block of a sample and before the block that releases its output.
  double measured_delay(soxr_t probe) const {
    const auto block = static_cast<std::size_t>(in.spec().block_frames);
    const std::vector<float> silence(block);
    std::vector<float> sink(static_cast<std::size_t>(out.spec().block_frames) + 1);
    double worst = 0, fed = 0, made = 0;
    while (fed < ratio_.in_hz) {
      const double oldest =
          std::floor(ratio_.in_frames(made) / static_cast<double>(block)) * static_cast<double>(block);
      const std::size_t count = run(probe, silence, sink);
      fed += static_cast<double>(block);
      made += static_cast<double>(count);
      if (count > 0) worst = std::max(worst, fed - (oldest + static_cast<double>(block)));
    }
    return worst;
  }

  // One block of silence in, all that comes out; mono. Returns the frames made.
  static std::size_t run(soxr_t converter, const std::vector<float>& silence, std::vector<float>& sink) {
    const float* from = silence.data();
    float* to = sink.data();
    std::size_t total = 0, left = silence.size(), used = 0, made = 0;
    do {
      soxr_process(converter, &from, left, &used, &to, sink.size(), &made);
      left -= used;
      total += made;
    } while (made > 0);
    return total;
  }

  // Silence of a whole number of output frames, so that the signal's samples fall on the grid they would have without
  // it.
  void warm_up() {
    const auto in_hz = std::llround(ratio_.in_hz), out_hz = std::llround(ratio_.out_hz);
    const std::int64_t unit = in_hz / std::gcd(in_hz, out_hz);
    const std::int64_t total = (static_cast<std::int64_t>(kWarmUp * ratio_.in_hz) / unit + 1) * unit;
    skip_ = std::llround(ratio_.out_frames(static_cast<double>(total)));
    silence_.assign(static_cast<std::size_t>(in.spec().block_frames), 0.0f);
    scratch_.resize(static_cast<std::size_t>(out.spec().block_frames));
    for (std::int64_t done = 0; done < total; done += static_cast<std::int64_t>(silence_.size())) {
      const auto frames = std::min(static_cast<std::size_t>(total - done), silence_.size());
      skip_outputs([this](std::size_t) { return silence(); }, frames);
    }
  }

  const float* const* silence() noexcept {
    std::ranges::fill(sources_, silence_.data());
    return sources_.data();
  }

  // Feeds `frames` from where source(offset) points, as far as outputs of the warm-up are still to be thrown away.
  // Returns the frames used.
  template <typename Source>
  std::size_t skip_outputs(Source source, std::size_t frames) noexcept {
    std::size_t offset = 0, used = 1, made = 0;
    std::ranges::fill(sinks_, scratch_.data());
    while (skip_ > 0 && (used > 0 || made > 0)) {
      const std::size_t room = std::min(scratch_.size(), static_cast<std::size_t>(skip_));
      soxr_process(converter_.get(), source(offset), frames - offset, &used, sinks_.data(), room, &made);
      offset += used;
      skip_ -= static_cast<std::int64_t>(made);
    }
    return offset;
  }

  void note(const BlockHeader& header) noexcept {
    if (anchors_ - oldest_anchor_ == kAnchors) ++oldest_anchor_;
    ring_[anchors_++ % kAnchors] = {fed_, header.position, header.capture_time, in.gap()};
  }

  // Feeds `frames` from where source(offset) points, and emits all that comes out.
  template <typename Source>
  void convert(Source source, std::size_t frames) noexcept {
    std::size_t offset = skip_outputs(source, frames), used = 0, made = 0;
    do {
      used = made = 0;  // an error leaves them alone
      BlockRef next = out.take();
      for (std::size_t c = 0; c < sinks_.size(); ++c) sinks_[c] = next->channel(c).data();
      soxr_process(converter_.get(), source(offset), frames - offset, &used, sinks_.data(), next->frames(), &made);
      offset += used;
      const std::int64_t wanted = std::min(static_cast<std::int64_t>(made), end_ - made_);
      if (wanted > 0) emit(std::move(next), wanted);
    } while (made > 0 || (used > 0 && offset < frames));
  }

  void emit(BlockRef block, std::int64_t frames) noexcept {
    const auto at =
        static_cast<std::int64_t>(ratio_.in_frames(static_cast<double>(made_)));  // input frame, counted as fed
    bool gap = false;
    while (oldest_anchor_ + 1 < anchors_ && ring_[(oldest_anchor_ + 1) % kAnchors].fed <= at)
      gap = ring_[++oldest_anchor_ % kAnchors].discontinuity || gap;
    const Anchor& anchor = ring_[oldest_anchor_ % kAnchors];
    if (made_ == 0) gap = anchor.discontinuity;
    block->header.capture_time = anchor.capture_time + frames_to_duration(ratio_.in_frames(static_cast<double>(made_)) -
                                                                              static_cast<double>(anchor.fed),
                                                                          ratio_.in_hz);
    block->header.position = made_ + std::llround(ratio_.out_frames(static_cast<double>(anchor.position - anchor.fed)));
    block->header.frames = frames;
    block->header.flags = kIndependent | (gap ? kDiscontinuity : 0u);
    made_ += frames;
    out.emit(std::move(block));
  }

  Ratio ratio_;
  Converter converter_;
  std::vector<const float*> sources_;  // per channel
  std::vector<float*> sinks_;          // per channel
  std::vector<float> scratch_, silence_;
  std::int64_t skip_ = 0;                                        // outputs of the warm-up still to come
  std::int64_t fed_ = 0, made_ = 0;                              // frames of the signal in and out
  std::int64_t end_ = std::numeric_limits<std::int64_t>::max();  // of the output, known at the end of the input
  std::array<Anchor, kAnchors> ring_{};
  std::size_t oldest_anchor_ = 0, anchors_ = 0;  // running indices into ring_
};

}  // namespace

REGISTER_NODE(Resample, "resample", "converts the sampling rate with libsoxr")

}  // namespace sluice::dsp
