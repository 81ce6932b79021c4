#include "nodes/sdr/kernels/preamble_detector.h"

#include <cmath>
#include <numbers>

namespace sluice::sdr {

void PreambleDetector::reset() noexcept {
  pieces_.fill({});
  count_ = 0;
  best_ = {};
  since_best_ = 0;
}

void PreambleDetector::add(std::span<const Sample> samples, std::size_t at) noexcept {
  const Sample* first = samples.data() + at;
  const Sample* second = first + lag_;
  Sums sums;
  for (std::size_t n = 0; n < piece_; ++n) {
    sums.product += conj_product(second[n], first[n]);
    sums.first += first[n];
    sums.second += second[n];
    sums.energy += power(second[n]);
  }
  pieces_[count_++ % kPieces] = sums;
}

// Over all pieces, the mean taken out.
PreambleDetector::Sums PreambleDetector::window() const noexcept {
  Sums sum;
  for (const Sums& piece : pieces_) {
    sum.product += piece.product;
    sum.first += piece.first;
    sum.second += piece.second;
    sum.energy += piece.energy;
  }
  const auto samples = static_cast<float>(kPieces * piece_);
  sum.product -= conj_product(sum.second, sum.first) / samples;
  sum.energy -= power(sum.second) / samples;
  return sum;
}

std::optional<Preamble> PreambleDetector::search(std::span<const Sample> samples, std::size_t& from) noexcept {
  while (from + piece_ + lag_ <= samples.size()) {
    add(samples, from);
    from += piece_;
    if (count_ < kPieces) continue;
    const Sums sums = window();
    const float metric = power(sums.product) / (sums.energy * sums.energy);  // NaN for silence: never above
    if (metric > threshold_ && metric > best_.metric) {
      best_ = {.end = from + lag_,
               .cycles = std::arg(sums.product) / (2 * std::numbers::pi_v<float> * static_cast<float>(lag_)),
               .metric = metric};
      since_best_ = 0;
    } else if (best_.metric > 0 && ++since_best_ >= kPlateau) {
      const Preamble found = best_;
      best_ = {};
      since_best_ = 0;
      return found;
    }
  }
  return {};
}

}  // namespace sluice::sdr
