// Peak and RMS level of a signal over windows of fixed length.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace sluice::dsp {

constexpr double kSilenceDb = -144;  // floor of a level: below 24-bit resolution

// 20 log10 of an amplitude re full scale (1.0), at least kSilenceDb.
inline double amplitude_db(double amplitude) noexcept {
  return amplitude > 0 ? std::max(kSilenceDb, 20 * std::log10(amplitude)) : kSilenceDb;
}

// Thread-safe: no. Realtime-safe: yes.
class LevelWindow {
 public:
  // NaN and infinity count as invalid() and leave the levels alone.
  void add(float sample) noexcept {
    if (!std::isfinite(sample)) {
      ++invalid_;
      return;
    }
    const double x = static_cast<double>(sample);
    peak_ = std::max(peak_, std::abs(x));
    power_ += x * x;
    ++count_;
    clipped_ += std::abs(x) > 1;
  }
  void clear() noexcept { *this = LevelWindow{}; }

  double peak_db() const noexcept { return amplitude_db(peak_); }
  // RMS re a full-scale square wave; a full-scale sine reads -3.01.
  double rms_db() const noexcept {
    return count_ ? amplitude_db(std::sqrt(power_ / static_cast<double>(count_))) : kSilenceDb;
  }
  std::int64_t clipped() const noexcept { return clipped_; }
  std::int64_t invalid() const noexcept { return invalid_; }

 private:
  double peak_ = 0, power_ = 0;
  std::int64_t count_ = 0, clipped_ = 0, invalid_ = 0;
};

}  // namespace sluice::dsp
