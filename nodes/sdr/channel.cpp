// A radio channel for tests without a radio, the same for the same seed and whatever the block size. In this order:
//   echoes       fixed impulse responses of power 1, spaced by samples
//   fading       flat Rayleigh fading (kernels/fading.h)
//   clock        the receiver's samples are taken 1 ppm per ppm later (liquid-dsp's resamp_crcf, 60 dB)
//   offset       x exp(j 2 pi f t)
//   noise        white, at `snr` below `signal`, measured within `occupied` of the band: Es/N0 of what is sent there
//   imbalance    the receiver's imaginary part is off by a gain and a phase; dc: its own carrier
#include "nodes/sdr/liquid_dsp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/kernels/fading.h"
#include "nodes/sdr/kernels/gaussian.h"

namespace sluice::sdr {
namespace {

constexpr double kNoiseless = 200;  // dB
constexpr double kNoDc = -200;      // dBFS

// What bench programs of other radios call mild and severe: a few echoes, and such that cancel some carriers.
constexpr std::array<Sample, 5> kMild{Sample(1), 0, {0.2f, -0.1f}, 0, {-0.05f, 0.08f}};
constexpr std::array<Sample, 10> kSevere{Sample(1), 0, {0.4f, 0.3f}, 0, 0, {-0.35f, 0.1f}, 0, 0, 0, {0.1f, 0.2f}};
constexpr std::size_t kMaxTaps = kSevere.size();

struct DeleteResampler {
  void operator()(resamp_crcf_s* resampler) const { resamp_crcf_destroy(resampler); }
};

class Channel final : public Node {
 public:
  In<Sample> in{*this, "in", "what is sent"};
  Out<Sample> out{*this, "out", "what is received"};
  Param<double> snr{*this,
                    "snr",
                    {.unit = "dB",
                     .default_value = kNoiseless,
                     .min = -30,
                     .max = kNoiseless,
                     .doc = "signal to noise; 200: no noise",
                     .live = true}};
  Param<double> signal{
      *this,
      "signal",
      {.unit = "dBFS", .default_value = -12, .min = -100, .max = 20, .doc = "the signal's mean power"}};
  Param<double> occupied{
      *this,
      "occupied",
      {.default_value = 1, .min = 0.001, .max = 1, .doc = "share of the band that the signal fills"}};
  Param<double> cfo{
      *this, "cfo", {.unit = "Hz", .default_value = 0, .min = -50e6, .max = 50e6, .doc = "frequency offset"}};
  Param<double> sro{
      *this, "sro", {.unit = "ppm", .default_value = 0, .min = -1000, .max = 1000, .doc = "sender's clock less ours"}};
  Param<std::string> echoes{
      *this,
      "echoes",
      {.default_value = "none", .choices = {"none", "mild", "severe"}, .doc = "fixed multipath, up to 9 samples"}};
  Param<double> fading{
      *this,
      "fading",
      {.unit = "Hz", .default_value = 0, .min = 0, .max = 1000, .doc = "Doppler frequency of fading; 0: none"}};
  Param<double> dc{
      *this,
      "dc",
      {.unit = "dBFS", .default_value = kNoDc, .min = kNoDc, .max = 0, .doc = "spike at 0 Hz; -200: none"}};
  Param<double> gain_imbalance{
      *this, "gain_imbalance", {.unit = "dB", .default_value = 0, .min = -6, .max = 6, .doc = "of Q against I"}};
  Param<double> phase_imbalance{
      *this, "phase_imbalance", {.default_value = 0, .min = -30, .max = 30, .doc = "of Q against I, degrees"}};
  Param<int> seed{
      *this, "seed", {.default_value = 1, .min = 0, .max = 1000000000, .doc = "another seed, another channel"}};

  Status configure() override {
    if (in.format().rate_hz <= 0) return Error{"in", "needs samples of a known rate"};
    const auto longest = static_cast<double>(in.spec().block_frames) * (1 + 1e-6 * std::abs(sro));
    out.set_spec(in.format(), static_cast<std::int64_t>(std::ceil(longest)) + 2);
    set_delay(sro != 0 ? 2.0 * kResamplerDelay : 0, in.format().rate_hz);
    return {};
  }

  Status prepare() override {
    random_ = Gaussian(static_cast<std::uint64_t>(seed.value()));
    fading_ = RayleighFading(static_cast<std::uint64_t>(seed.value()) + 1000);
    taps_.fill({});
    if (!echoes.is("none")) {
      const std::span<const Sample> taps = echoes.is("mild") ? std::span<const Sample>(kMild) : kSevere;
      float energy = 0;
      for (const Sample& tap : taps) energy += power(tap);
      for (std::size_t n = 0; n < taps.size(); ++n) taps_[n] = taps[n] / std::sqrt(energy);
    }
    if (sro != 0)
      resampler_.reset(resamp_crcf_create(static_cast<float>(1 + 1e-6 * sro), kResamplerDelay, 0.45f, 60, 256));
    past_.fill({});
    const double phase = phase_imbalance * std::numbers::pi / 180;
    q_gain_ = static_cast<float>(std::pow(10.0, gain_imbalance / 20));
    q_from_i_ = static_cast<float>(std::sin(phase));
    q_from_q_ = static_cast<float>(std::cos(phase));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef from = in.next()) {
      last_ = from->header;
      pass(std::as_const(*from).iq(), from->header, in.gap());
    }
  }

  // What echoes and resampler still hold: without it the last burst would lose its end.
  void flush() REALTIME override {
    BlockHeader after = last_;
    after.capture_time += frames_to_duration(static_cast<double>(last_.frames), in.format().rate_hz);
    after.flags &= ~kDiscontinuity;
    const auto longest = static_cast<std::size_t>(std::max<std::int64_t>(1, in.spec().block_frames));
    for (std::size_t left = received_ > 0 ? held() : 0; left > 0;) {
      const std::size_t count = std::min(left, longest);
      after.frames = static_cast<std::int64_t>(count);
      pass(std::span(kSilence).first(count), after, false);
      left -= count;
    }
  }

 private:
  static constexpr unsigned kResamplerDelay = 13;  // samples: half its filter
  static constexpr std::int64_t kFadeStep = 32;    // samples between values of the fading, linear between

  static constexpr std::array<Sample, 2 * kResamplerDelay + kMaxTaps> kSilence{};

  std::size_t held() const noexcept { return (resampler_ ? 2 * kResamplerDelay : 0) + (echoes_off() ? 0 : kMaxTaps); }

  void pass(std::span<const Sample> x, const BlockHeader& stamps, bool gap) noexcept {
    BlockRef to = out.take();
    const std::size_t count = send(x, *to);
    to->header.capture_time = stamps.capture_time;
    to->header.position = received_;
    to->header.frames = static_cast<std::int64_t>(count);
    to->header.flags = stamps.flags | (gap ? kDiscontinuity : 0u);
    receive(to->iq());
    received_ += to->header.frames;
    if (count > 0) out.emit(std::move(to));
  }

  // Echoes, fading and clock; the samples made.
  std::size_t send(std::span<const Sample> x, Block& to) noexcept {
    to.header.frames = out.spec().block_frames;
    const auto y = to.iq();
    std::size_t made = 0;
    for (const Sample& sample : x) {
      const Sample faded = fade(echo(sample));
      if (!resampler_) {
        y[made++] = faded;
        continue;
      }
      unsigned count = 0;
      std::array<Sample, 4> resampled{};
      resamp_crcf_execute(resampler_.get(), faded, resampled.data(), &count);
      for (unsigned n = 0; n < count && made < y.size(); ++n) y[made++] = resampled[n];
    }
    return made;
  }

  Sample echo(Sample x) noexcept {
    if (echoes_off()) return x;
    past_[newest_] = x;
    Sample sum{};
    for (std::size_t n = 0; n < kMaxTaps; ++n) sum += product(taps_[n], past_[(newest_ + kMaxTaps - n) % kMaxTaps]);
    newest_ = (newest_ + 1) % kMaxTaps;
    return sum;
  }
  bool echoes_off() const noexcept { return power(taps_[0]) == 0; }

  Sample fade(Sample x) noexcept {
    if (fading == 0) return x;
    const std::int64_t within = sent_ % kFadeStep;
    if (within == 0) {
      const double step = fading / in.format().rate_hz;
      gain_ = fading_.at(step * static_cast<double>(sent_));
      next_gain_ = fading_.at(step * static_cast<double>(sent_ + kFadeStep));
    }
    ++sent_;
    return product(x, gain_ + (next_gain_ - gain_) * (static_cast<float>(within) / kFadeStep));
  }

  void receive(std::span<Sample> y) noexcept {
    const double sigma_db = signal - snr - 10 * std::log10(2 * occupied);
    const float sigma = snr < kNoiseless ? static_cast<float>(std::pow(10.0, sigma_db / 20)) : 0.0f;
    const float spike = dc > kNoDc ? static_cast<float>(std::pow(10.0, dc / 20)) : 0.0f;
    const double cycles = cfo / in.format().rate_hz;
    const Sample step(std::polar(1.0, 2 * std::numbers::pi * cycles));
    for (std::size_t n = 0; n < y.size(); ++n) {
      if (cycles != 0) {
        const std::int64_t k = received_ + static_cast<std::int64_t>(n);
        if (k % kFadeStep == 0)  // exact again and again, at places that no block size moves
          turn_ = Sample(std::polar(1.0, 2 * std::numbers::pi * std::fmod(cycles * static_cast<double>(k), 1.0)));
        y[n] = product(y[n], turn_);
        turn_ = product(turn_, step);
      }
      if (sigma > 0) y[n] += sigma * random_.next();
      const float imag = q_gain_ * (q_from_q_ * y[n].imag() + q_from_i_ * y[n].real());
      y[n] = {y[n].real() + spike, imag};
    }
  }

  Gaussian random_;
  RayleighFading fading_;
  std::unique_ptr<resamp_crcf_s, DeleteResampler> resampler_;
  std::array<Sample, kMaxTaps> taps_{}, past_{};
  std::size_t newest_ = 0;
  Sample gain_ = 1, next_gain_ = 1, turn_ = 1;
  float q_gain_ = 1, q_from_i_ = 0, q_from_q_ = 1;
  std::int64_t sent_ = 0, received_ = 0;  // samples
  BlockHeader last_;                      // of the newest block that came
};

}  // namespace

REGISTER_NODE(Channel, "sdr.channel",
              "a radio channel: noise, offsets of frequency and clock, echoes, fading, DC, imbalance")

}  // namespace sluice::sdr
