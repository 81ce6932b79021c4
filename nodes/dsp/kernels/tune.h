// An endless, quiet piece of music: what a radio plays where there is no microphone. Deterministic and cheap.
// Chords of Pachelbel's Canon (c. 1690): broken chords on a plucked voice, a bass, and a melody drawn from the chord
// and the scale by a seeded generator. Voices are sums of decaying partials, each a complex rotor.
#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <span>

namespace sluice::dsp {

// Realtime-safe; one thread at a time. Output is the same however it is cut into blocks.
class Tune {
 public:
  static constexpr int kPartials = 6;
  static constexpr int kVoices = 20;

  // rate_hz: 8 kHz or more; partials above 0.45 * rate_hz are left out.
  explicit Tune(double rate_hz, std::uint64_t seed = 1);

  // Writes the next samples; left and right have the same length. About -14 dBFS RMS, peaks below 1.
  void generate(std::span<float> left, std::span<float> right) noexcept;

 private:
  struct Instrument;
  struct Voice {
    std::array<std::complex<float>, kPartials> state{}, turn{};  // turn: rotation and decay of one sample
    float left = 0, right = 0;                                   // pan gains
    float attack = 1, attack_step = 0;                           // linear fade-in, avoids a click
  };

  void play(double midi_note, float amplitude, float pan, const Instrument& instrument) noexcept;
  void step() noexcept;
  int melody_note(int chord) noexcept;
  std::uint32_t dice(std::uint32_t sides) noexcept;

  double rate_hz_;
  std::uint64_t seed_, draws_ = 0;
  std::int64_t steps_ = 0;  // eighth notes played
  std::int64_t position_ = 0, next_step_at_ = 0;
  std::array<Voice, kVoices> voices_{};
  std::size_t next_voice_ = 0;
  int melody_degree_ = 7;  // of the scale, 0 = tonic
};

}  // namespace sluice::dsp
