#include "nodes/sdr/ofdm_synchroniser.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sluice::sdr {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
// Agreement with the pattern of S0, of the power there is: 0.8 at 6 dB SNR, below 0.3 for noise and other signals.
constexpr float kAgrees = 0.4f;
constexpr float kFirstPath = 0.15f;  // of the strongest path's power: the side lobes of S1 are lower

// samples[n] exp(-j 2 pi cfo n)
void take_out(double cfo, std::span<const Sample> samples, std::span<Sample> to) noexcept {
  const Sample step(std::polar(1.0, -kTurn * cfo));
  Sample turn = 1;
  for (std::size_t n = 0; n < to.size(); ++n) {
    to[n] = product(samples[n], turn);
    turn = product(turn, step);
  }
}

}  // namespace

OfdmSynchroniser::OfdmSynchroniser(std::shared_ptr<const OfdmLayout> layout, double max_cfo)
    : layout_(std::move(layout)),
      max_cfo_(max_cfo),
      fft_(layout_->shape.carriers),
      pattern_(layout_->shape.carriers),
      window_(3 * layout_->shape.carriers),
      paths_(2 * layout_->shape.carriers) {
  float total = 0;
  const int half = static_cast<int>(layout_->shape.carriers / 2);
  for (int k = -half; k + 2 < half; ++k) {
    Sample& known = pattern_[layout_->bin(k)];
    known = conj_product(layout_->s0[layout_->bin(k + 2)], layout_->s0[layout_->bin(k)]);
    total += std::abs(known);
  }
  for (Sample& known : pattern_) known /= total;
}

std::optional<FrameStart> OfdmSynchroniser::find(std::span<const Sample> samples, const Preamble& preamble) noexcept {
  const std::size_t size = layout_->shape.carriers;
  const std::size_t inside = size + size / 4;  // before the window's end: within S0, whatever noise did to the end
  const auto cfo = whole_offset(samples.subspan(preamble.end - inside, size), static_cast<double>(preamble.cycles));
  if (!cfo) return {};
  const std::size_t from = preamble.end - size / 2;
  return FrameStart{*cfo, from + first_path(samples.subspan(from, window_.size()), *cfo)};
}

std::optional<double> OfdmSynchroniser::whole_offset(std::span<const Sample> samples, double fraction) noexcept {
  take_out(fraction, samples, fft_.input());
  const auto spectrum = fft_.execute();
  float total = 0, best = 0;
  for (const Sample& y : spectrum) total += power(y);
  const int size = static_cast<int>(layout_->shape.carriers);
  const int most = (static_cast<int>(std::ceil(max_cfo_ * size)) + 2) / 2 * 2;
  int best_shift = 0;
  for (int shift = -most; shift <= most; shift += 2) {
    const float agrees = agreement(spectrum, shift);
    if (agrees > best) {
      best = agrees;
      best_shift = shift;
    }
  }
  const double cfo = fraction + static_cast<double>(best_shift) / size;
  // S0 is on about carriers / 2 bins: the mean power of one of them, were there nothing else.
  const float expected = 2 * total / static_cast<float>(layout_->carriers.size());
  if (best < kAgrees * expected || std::abs(cfo) > max_cfo_ + 0.25 / size) return {};
  return cfo;
}

float OfdmSynchroniser::agreement(std::span<const Sample> spectrum, int shift) const noexcept {
  const int size = static_cast<int>(spectrum.size());
  const auto moved = [&](int k) { return spectrum[static_cast<std::size_t>((k + shift + 2 * size) % size)]; };
  Sample sum{};
  for (int k = -size / 2; k + 2 < size / 2; k += 2)
    sum += conj_product(conj_product(moved(k + 2), moved(k)), pattern_[layout_->bin(k)]);
  return std::abs(sum);
}

std::size_t OfdmSynchroniser::first_path(std::span<const Sample> samples, double cfo) noexcept {
  take_out(cfo, samples, window_);
  for (std::size_t d = 0; d < paths_.size(); ++d) {
    Sample sum{};
    for (std::size_t n = 0; n < layout_->s1_time.size(); ++n) sum += conj_product(window_[d + n], layout_->s1_time[n]);
    paths_[d] = power(sum);
  }
  const auto strongest = static_cast<std::size_t>(std::ranges::max_element(paths_) - paths_.begin());
  std::size_t first = strongest - std::min(strongest, layout_->shape.prefix / 2);
  while (paths_[first] < kFirstPath * paths_[strongest]) ++first;
  return first;
}

}  // namespace sluice::sdr
