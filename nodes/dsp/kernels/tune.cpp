#include "nodes/dsp/kernels/tune.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nodes/dsp/kernels/noise.h"

namespace sluice::dsp {
namespace {

constexpr double kBeatsPerMinute = 66;
constexpr double kStepsPerBeat = 2;
constexpr int kStepsPerChord = 4;
constexpr double kMaxPartial = 0.45;  // of the sampling rate

constexpr int kTonic = 62;  // D4 as a MIDI note
constexpr std::array<int, 7> kScale{0, 2, 4, 5, 7, 9, 11};
// D A Bm F#m G D G A: roots as degrees of the scale.
constexpr std::array<int, 8> kChords{0, 4, 5, 2, 3, 0, 3, 4};
// Order of root, third, fifth and octave in a broken chord; odd bars turn it round.
constexpr std::array<int, kStepsPerChord> kRise{0, 2, 4, 7}, kFall{7, 4, 2, 4};

int note_of(int degree) {
  const int octave = degree >= 0 ? degree / 7 : -((6 - degree) / 7);
  return kTonic + 12 * octave + kScale[static_cast<std::size_t>(degree - 7 * octave)];
}

}  // namespace

struct Tune::Instrument {
  std::array<float, kPartials> levels;  // of the partials at the pluck
  float decay_s;                        // time to 1/e of the fundamental; partial k decays (1 + k / 2) times as fast
  float attack_s;
};

namespace {
constexpr float kAttack = 0.004f;
}

Tune::Tune(double rate_hz, std::uint64_t seed) : rate_hz_(rate_hz), seed_(seed) {}

std::uint32_t Tune::dice(std::uint32_t sides) noexcept {
  const double u = 0.5 * (uniform(seed_ * 0x100000001b3u + draws_++) + 1);
  return std::min(sides - 1, static_cast<std::uint32_t>(u * sides));
}

void Tune::play(double midi_note, float amplitude, float pan, const Instrument& instrument) noexcept {
  Voice& voice = voices_[next_voice_];
  next_voice_ = (next_voice_ + 1) % kVoices;
  const double f0 = 440 * std::exp2((midi_note - 69) / 12);
  for (std::size_t k = 0; k < kPartials; ++k) {
    const double f = f0 * static_cast<double>(k + 1);
    const double decay = (1 + 0.5 * static_cast<double>(k)) / (static_cast<double>(instrument.decay_s) * rate_hz_);
    const bool audible = f < kMaxPartial * rate_hz_;
    voice.state[k] = audible ? amplitude * instrument.levels[k] : 0.0f;
    voice.turn[k] =
        std::polar(static_cast<float>(std::exp(-decay)), static_cast<float>(2 * std::numbers::pi * f / rate_hz_));
  }
  // Constant-power pan: -1 left, +1 right.
  const float angle = (pan + 1) * std::numbers::pi_v<float> / 4;
  voice.left = std::cos(angle);
  voice.right = std::sin(angle);
  voice.attack = 0;
  voice.attack_step = 1 / (instrument.attack_s * static_cast<float>(rate_hz_));
}

// Walks by small steps along the scale; on a chord's first beat it lands on a note of the chord.
int Tune::melody_note(int chord) noexcept {
  melody_degree_ += static_cast<int>(dice(5)) - 2;
  melody_degree_ = std::clamp(melody_degree_, 4, 13);
  if (steps_ % kStepsPerChord == 0)
    while ((melody_degree_ - chord + 14) % 7 % 2 != 0 || (melody_degree_ - chord + 14) % 7 > 4) --melody_degree_;
  return note_of(melody_degree_);
}

void Tune::step() noexcept {
  static constexpr Instrument kHarp{{1, 0.5f, 0.32f, 0.16f, 0.1f, 0.06f}, 0.7f, kAttack};
  static constexpr Instrument kBass{{1, 0.35f, 0.12f, 0.05f, 0, 0}, 1.4f, 3 * kAttack};
  static constexpr Instrument kBell{{1, 0.12f, 0.3f, 0.04f, 0.08f, 0.02f}, 1.1f, kAttack};
  const auto bar = static_cast<std::size_t>(steps_ / kStepsPerChord);
  const auto beat = static_cast<std::size_t>(steps_ % kStepsPerChord);
  const int chord = kChords[bar % kChords.size()];
  const auto& pattern = bar % 2 ? kFall : kRise;

  if (beat == 0) play(note_of(chord - 14), 0.31f, 0, kBass);
  if (beat == 2 && dice(2)) play(note_of(chord - 10), 0.18f, 0, kBass);
  play(note_of(chord - 7 + pattern[beat]), 0.18f, -0.5f, kHarp);
  play(note_of(chord + pattern[(beat + 2) % pattern.size()] - 7), 0.09f, 0.7f, kHarp);
  if (beat % 2 == 0 || dice(3) == 0) play(melody_note(chord), 0.2f, 0.25f, kBell);
  ++steps_;
  next_step_at_ = static_cast<std::int64_t>(
      std::llround(static_cast<double>(steps_) * 60 * rate_hz_ / (kBeatsPerMinute * kStepsPerBeat)));
}

void Tune::generate(std::span<float> left, std::span<float> right) noexcept {
  for (std::size_t n = 0; n < left.size(); ++n, ++position_) {
    if (position_ == next_step_at_) step();
    float l = 0, r = 0;
    for (Voice& voice : voices_) {
      float sum = 0;
      for (std::size_t k = 0; k < kPartials; ++k) {
        const float re = voice.state[k].real(), im = voice.state[k].imag();
        const float c = voice.turn[k].real(), s = voice.turn[k].imag();
        sum += im;
        voice.state[k] = {re * c - im * s, re * s + im * c};
      }
      voice.attack = std::min(1.0f, voice.attack + voice.attack_step);
      sum *= voice.attack;
      l += voice.left * sum;
      r += voice.right * sum;
    }
    left[n] = l;
    right[n] = r;
  }
}

}  // namespace sluice::dsp
