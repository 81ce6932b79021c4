#include "nodes/sdr/fm_demodulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "nodes/sdr/fm_audio_filter.h"
#include "nodes/sdr/fm_band.h"
#include "nodes/sdr/kernels/rds_pulse.h"
#include "nodes/sdr/liquid_dsp.h"

namespace sluice::sdr {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr unsigned kDownDelay = 8;    // MPX samples: half the first decimator's length
constexpr std::size_t kRdsDown = 10;  // 240 -> 24 kHz
constexpr std::size_t kRdsTaps = 161;
constexpr std::size_t kSamplesPerBit = 16;  // 19 kHz / 1187.5 Hz
constexpr std::size_t kPulseTaps = 2 * kSamplesPerBit + 1;
constexpr float kPilotBandwidth = static_cast<float>(kTurn * 30 / kMpxRate);  // rad a sample: 30 Hz
constexpr float kPhaseGain = 2e-4f, kFrequencyGain = 1e-8f;                   // of the loop: 8 Hz wide, damping 1
constexpr float kStereoFrom = 0.3f;                                           // of the pilot's nominal level

firdecim_crcf make_rds_filter() {
  std::array<float, kRdsTaps> taps{};
  liquid_firdes_kaiser(kRdsTaps, static_cast<float>(2400 / kMpxRate), 50, 0, taps.data());
  return firdecim_crcf_create(kRdsDown, taps.data(), kRdsTaps);
}

// Bits out of the RDS baseband: matched filter, the phase of the bit clock with most energy, differential decoding.
class RdsReceiver {
 public:
  RdsReceiver() {
    for (std::size_t n = 0; n < kPulseTaps; ++n)
      pulse_[n] = shape_.at((static_cast<double>(n) - kSamplesPerBit) / kSamplesPerBit + 0.25);
  }

  // One sample a cycle of the pilot.
  void push(Sample x) noexcept {
    past_[count_ % past_.size()] = x;
    ++count_;
    Sample y{};
    for (std::size_t n = 0; n < kPulseTaps; ++n) y += pulse_[n] * past_[(count_ + past_.size() - 1 - n) % past_.size()];
    const std::size_t phase = count_ % kSamplesPerBit;
    energy_[phase] += kEnergyGain * (power(y) - energy_[phase]);
    if (phase == 0) choose_phase();
    if (phase != chosen_) return;
    decoder_.push(conj_product(y, last_).real() < 0);
    last_ = y;
  }
  const RdsDecoder& decoder() const noexcept { return decoder_; }

 private:
  static constexpr float kEnergyGain = 0.02f;  // 50 bits
  static constexpr float kBetter = 1.1f;       // before another phase is chosen

  void choose_phase() noexcept {
    const auto most = static_cast<std::size_t>(std::ranges::max_element(energy_) - energy_.begin());
    if (energy_[most] > kBetter * energy_[chosen_]) chosen_ = most;
  }

  RdsPulse shape_;
  std::array<float, kPulseTaps> pulse_{};
  std::array<Sample, 64> past_{};
  std::array<float, kSamplesPerBit> energy_{};
  std::size_t count_ = 0, chosen_ = 0;
  Sample last_{};
  RdsDecoder decoder_;
};

}  // namespace

struct FmDemodulator::State {
  explicit State(const FmDemodulatorOptions& options)
      : down(static_cast<std::size_t>(std::lround(options.rate_hz / kMpxRate))),
        decimate(firdecim_crcf_create_kaiser(static_cast<unsigned>(down), kDownDelay, 60)),
        discriminator(freqdem_create(kDeviationHz / static_cast<float>(kMpxRate))),
        rds_filter(make_rds_filter()),
        piece(down) {
    if (options.emphasis_s > 0) de_emphasis = std::exp(-1 / static_cast<float>(options.emphasis_s * kAudioRate));
  }
  ~State() {
    firdecim_crcf_destroy(decimate);
    freqdem_destroy(discriminator);
    firdecim_crcf_destroy(rds_filter);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void follow_pilot(float mpx) noexcept;
  void steer() noexcept;
  void take_rds(float mpx) noexcept;
  void make_sound(float mpx) noexcept;

  std::size_t down;
  firdecim_crcf decimate;
  freqdem discriminator;
  firdecim_crcf rds_filter;
  AudioLowerer sum, difference;
  std::vector<Sample> piece;  // samples of one of the MPX
  std::size_t piece_filled = 0;

  double phase = 0;                                                   // of the pilot, rad
  Sample at = 1, turn = 1;                                            // its cosine and sine; their step
  float frequency = static_cast<float>(kTurn * kPilotHz / kMpxRate);  // rad a sample
  float advance = 0;  // of the phase, rad a sample: frequency and what steers it
  Sample pilot{};     // what is there of it: amplitude exp(j error)

  std::array<float, kMpxPerAudio> sums{}, differences{};
  std::size_t sound_filled = 0;
  float de_emphasis = 0, left = 0, right = 0;
  bool sound_ready = false;

  std::array<Sample, kRdsDown> rds_piece{};
  std::size_t rds_filled = 0;
  float wrap_at = -1;   // where in the last sample the pilot began a cycle; -1: nowhere
  float rds_wrap = -1;  // the same of the piece, 0..1
  Sample rds_last{};
  RdsReceiver rds;
};

FmDemodulator::FmDemodulator(const FmDemodulatorOptions& options) : state_(std::make_unique<State>(options)) {}
FmDemodulator::~FmDemodulator() = default;

std::size_t FmDemodulator::samples_per_frame() const noexcept {
  return kMpxPerAudio * state_->down;
}
float FmDemodulator::pilot() const noexcept {
  return std::abs(state_->pilot) * 2 / kPilotShare;  // the mixer halves it
}
bool FmDemodulator::stereo() const noexcept {
  return pilot() > kStereoFrom;
}
const RdsDecoder& FmDemodulator::rds() const noexcept {
  return state_->rds.decoder();
}
double FmDemodulator::delay_s() {
  return static_cast<double>(kAudioFilterDelay + kDownDelay) / kMpxRate;
}

std::size_t FmDemodulator::run(std::span<const Sample> in, std::span<float> left, std::span<float> right) noexcept {
  State& s = *state_;
  std::size_t made = 0;
  const float scale = 1 / static_cast<float>(s.down);
  for (const Sample& x : in) {
    s.piece[s.piece_filled++] = x;
    if (s.piece_filled < s.down) continue;
    s.piece_filled = 0;
    Sample y;
    firdecim_crcf_execute(s.decimate, s.piece.data(), &y);
    float mpx = 0;
    freqdem_demodulate(s.discriminator, y * scale, &mpx);
    if (!std::isfinite(mpx)) mpx = 0;  // silence has no phase
    s.follow_pilot(mpx);
    s.take_rds(mpx);
    s.make_sound(mpx);
    if (!s.sound_ready) continue;
    left[made] = s.left / kHeadroom;
    right[made++] = s.right / kHeadroom;
  }
  return made;
}

// sin(p + e) mixed with the loop's own sine and cosine leaves (cos e, sin e) / 2 below the loop's bandwidth. The loop
// is steered once each piece of RDS: 24 000 times a second, for a bandwidth of 8 Hz. In between the sine turns by a
// constant step.
void FmDemodulator::State::follow_pilot(float mpx) noexcept {
  if (rds_filled == 0)
    steer();
  else
    at = product(at, turn);
  pilot += kPilotBandwidth * (mpx * Sample(at.imag(), at.real()) - pilot);
  phase += static_cast<double>(advance);
  wrap_at = -1;
  if (phase < kTurn) return;
  phase -= kTurn;
  wrap_at = 1 - static_cast<float>(phase) / advance;
}

void FmDemodulator::State::steer() noexcept {
  const float error = std::arg(pilot);
  frequency += kRdsDown * kFrequencyGain * error;
  advance = frequency + kPhaseGain * error;
  turn = std::polar(1.0f, advance);
  at = Sample(std::polar(1.0, phase));
}

// Each cycle of the pilot takes one sample, between those of 24 kHz.
void FmDemodulator::State::take_rds(float mpx) noexcept {
  const float s1 = at.imag(), c1 = at.real();
  const Sample third(s1 * (3 - 4 * s1 * s1), c1 * (4 * c1 * c1 - 3));
  rds_piece[rds_filled] = mpx * third;
  if (wrap_at >= 0) rds_wrap = (static_cast<float>(rds_filled) + wrap_at) / kRdsDown;
  if (++rds_filled < kRdsDown) return;
  rds_filled = 0;
  Sample y;
  firdecim_crcf_execute(rds_filter, rds_piece.data(), &y);
  if (rds_wrap >= 0) rds.push(rds_last + (y - rds_last) * rds_wrap);
  rds_last = y;
  rds_wrap = -1;
}

void FmDemodulator::State::make_sound(float mpx) noexcept {
  constexpr double kX = std::numbers::pi * 2 * kPilotHz / kMpxRate;
  static const float droop = static_cast<float>(kX / std::sin(kX));
  sums[sound_filled] = mpx;
  differences[sound_filled] = 2 * droop * mpx * 2 * at.imag() * at.real();
  sound_ready = ++sound_filled == kMpxPerAudio;
  if (!sound_ready) return;
  sound_filled = 0;
  const float both = sum.run(sums.data());
  float apart = difference.run(differences.data());
  if (std::abs(pilot) * 2 / kPilotShare < kStereoFrom) apart = 0;
  left = de_emphasis * left + (1 - de_emphasis) * (both + apart) / (2 * kAudioShare);
  right = de_emphasis * right + (1 - de_emphasis) * (both - apart) / (2 * kAudioShare);
}

}  // namespace sluice::sdr
