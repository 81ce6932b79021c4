#include "nodes/sdr/fm_modulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "nodes/sdr/fm_audio_filter.h"
#include "nodes/sdr/fm_band.h"
#include "nodes/sdr/kernels/rds_pulse.h"
#include "nodes/sdr/liquid_dsp.h"

namespace sluice::sdr {
namespace {

constexpr unsigned kUpDelay = 4;  // MPX samples: half the last interpolator's length
constexpr double kBitsPerSample = kRdsBitRate / kMpxRate;

// y[n] = (x[n] - a x[n-1]) / (1 - a), a = exp(-1 / (tau fs)): undone exactly by the receiver's de-emphasis.
struct PreEmphasis {
  float a = 0, last = 0;
  float operator()(float x) noexcept {
    const float y = (x - a * last) / (1 - a);
    last = x;
    return std::clamp(kHeadroom * y, -1.0f, 1.0f);
  }
};

// Sines of the pilot, its double and its triple. 240 samples hold 19 whole cycles.
struct Carriers {
  float pilot, difference, rds;
};
constexpr std::size_t kCarrierPeriod = 240;
static_assert(kMpxRate * 19 == kPilotHz * kCarrierPeriod);

const std::array<Carriers, kCarrierPeriod>& carrier_table() {
  static const auto table = [] {
    std::array<Carriers, kCarrierPeriod> all{};
    for (std::size_t n = 0; n < kCarrierPeriod; ++n) {
      const double p = 2 * std::numbers::pi * kPilotHz / kMpxRate * static_cast<double>(n);
      all[n] = {static_cast<float>(std::sin(p)), static_cast<float>(std::sin(2 * p)),
                static_cast<float>(std::sin(3 * p))};
    }
    return all;
  }();
  return table;
}

}  // namespace

struct FmModulator::Filters {
  Filters(const FmModulatorOptions& options, unsigned up)
      : interpolate(firinterp_rrrf_create_kaiser(up, kUpDelay, 50)),
        fm(freqmod_create(kDeviationHz / static_cast<float>(options.rate_hz))),
        encoder(options.station),
        raised(up) {}
  ~Filters() {
    firinterp_rrrf_destroy(interpolate);
    freqmod_destroy(fm);
  }
  Filters(const Filters&) = delete;
  Filters& operator=(const Filters&) = delete;

  AudioRaiser left, right;
  firinterp_rrrf interpolate;
  freqmod fm;
  PreEmphasis pre_left, pre_right;
  RdsEncoder encoder;
  RdsPulse pulse;
  std::vector<float> raised;  // one MPX sample at the output's rate
  const std::array<Carriers, kCarrierPeriod>& carriers = carrier_table();
  std::size_t carrier = 0;  // place in the carriers' period
  RdsPulse::Bits bits{};
  double within_bit = 0;
  float sign = 1;
};

FmModulator::FmModulator(const FmModulatorOptions& options)
    : options_(options),
      filters_(std::make_unique<Filters>(options, static_cast<unsigned>(std::lround(options.rate_hz / kMpxRate)))) {
  if (options.emphasis_s > 0)
    filters_->pre_left.a = filters_->pre_right.a = std::exp(-1 / static_cast<float>(options.emphasis_s * kAudioRate));
}

FmModulator::~FmModulator() = default;

std::size_t FmModulator::samples_per_frame() const noexcept {
  return kMpxPerAudio * filters_->raised.size();
}

double FmModulator::delay_s() {
  return static_cast<double>(kAudioFilterDelay + kUpDelay) / kMpxRate;
}

void FmModulator::set_station(const RdsStation& station) noexcept {
  filters_->encoder.set(station);
}

// Differential coding, then one pulse a bit: five of them overlap.
float FmModulator::rds_sample() noexcept {
  Filters& f = *filters_;
  const float sum = f.pulse.sum(f.bits, f.within_bit);
  f.within_bit += kBitsPerSample;
  if (f.within_bit >= 1) {
    f.within_bit -= 1;
    std::shift_left(f.bits.begin(), f.bits.end(), 1);
    if (f.encoder.next()) f.sign = -f.sign;
    f.bits.back() = f.sign;
  }
  return sum;
}

void FmModulator::run(std::span<const float> left, std::span<const float> right, std::span<Sample> out) noexcept {
  Filters& f = *filters_;
  std::array<float, kMpxPerAudio> a{}, b{};
  auto* to = out.data();
  for (std::size_t n = 0; n < left.size(); ++n) {
    f.left.run(f.pre_left(left[n]), a.data());
    f.right.run(f.pre_right(right[n]), b.data());
    for (std::size_t k = 0; k < kMpxPerAudio; ++k) {
      const Carriers& sine = f.carriers[f.carrier];
      float mpx = kAudioShare * (a[k] + b[k]);
      if (options_.stereo) mpx += kAudioShare * (a[k] - b[k]) * sine.difference + kPilotShare * sine.pilot;
      if (options_.rds) mpx += kRdsShare * rds_sample() * sine.rds;
      f.carrier = f.carrier + 1 < kCarrierPeriod ? f.carrier + 1 : 0;
      firinterp_rrrf_execute(f.interpolate, mpx, f.raised.data());
      freqmod_modulate_block(f.fm, f.raised.data(), static_cast<unsigned>(f.raised.size()), to);
      to += f.raised.size();
    }
  }
}

}  // namespace sluice::sdr
