#include "nodes/sdr/kernels/preamble_detector.h"

#include <cmath>
#include <numbers>

namespace sluice::sdr {

void PreambleDetector::reset() noexcept {
  products_.fill({});
  powers_.fill(0);
  count_ = 0;
  best_ = {};
  since_best_ = 0;
}

void PreambleDetector::add(std::span<const Sample> samples, std::size_t at) noexcept {
  const Sample* first = samples.data() + at;
  const Sample* second = first + lag_;
  float real = 0, imag = 0, energy = 0;
  for (std::size_t n = 0; n < piece_; ++n) {
    real += first[n].real() * second[n].real() + first[n].imag() * second[n].imag();
    imag += first[n].real() * second[n].imag() - first[n].imag() * second[n].real();
    energy += second[n].real() * second[n].real() + second[n].imag() * second[n].imag();
  }
  products_[count_ % kPieces] = {real, imag};
  powers_[count_ % kPieces] = energy;
  ++count_;
}

std::optional<Preamble> PreambleDetector::search(std::span<const Sample> samples, std::size_t& from) noexcept {
  while (from + piece_ + lag_ <= samples.size()) {
    add(samples, from);
    from += piece_;
    if (count_ < kPieces) continue;
    Sample p{};
    float r = 0;
    for (std::size_t k = 0; k < kPieces; ++k) {
      p += products_[k];
      r += powers_[k];
    }
    const float metric = power(p) / (r * r);  // NaN for silence: never above
    if (metric > threshold_ && metric > best_.metric) {
      best_ = {.end = from + lag_,
               .cycles = std::arg(p) / (2 * std::numbers::pi_v<float> * static_cast<float>(lag_)),
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
