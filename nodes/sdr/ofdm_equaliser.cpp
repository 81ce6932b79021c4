#include "nodes/sdr/ofdm_equaliser.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace sluice::sdr {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr float kNoiseGain = 0.05f;    // of a symbol's pilots in the running estimate
constexpr float kLeastPower = 1e-20f;  // of a carrier: -200 dB of full scale is no signal
constexpr std::size_t kSlack = 2;      // taps before the first and behind the last one that the prefix allows
constexpr float kShareOfTaps = 0.8f;   // of the taps' freedom that the used carriers span

}  // namespace

OfdmEqualiser::OfdmEqualiser(std::shared_ptr<const OfdmLayout> layout)
    : layout_(std::move(layout)),
      fft_(layout_->shape.carriers),
      smoother_(layout_->carriers, layout_->shape.carriers, -static_cast<int>(kSlack),
                layout_->shape.prefix + 2 * kSlack),
      rotation_(layout_->shape.carriers),
      raw_(layout_->carriers.size()),
      channel_(raw_.size()),
      matcher_(raw_.size()),
      matched_(raw_.size()),
      weight_(raw_.size()) {}

std::span<const Sample> OfdmEqualiser::transform(std::span<const Sample> symbol) noexcept {
  const auto input = fft_.input();
  for (std::size_t n = 0; n < input.size(); ++n) input[n] = product(symbol[n], rotation_[n]);
  return fft_.execute();
}

bool OfdmEqualiser::begin(std::span<const Sample> s1, double cfo) noexcept {
  const OfdmShape& shape = layout_->shape;
  cfo_ = cfo;
  base_phase_ = 0;
  symbol_ = 0;
  for (std::size_t n = 0; n < rotation_.size(); ++n)
    rotation_[n] = Sample(std::polar(1.0, -kTurn * cfo * static_cast<double>(n)));
  const auto spectrum = transform(s1);
  for (std::size_t c = 0; c < raw_.size(); ++c) {
    const Sample known = layout_->s1[layout_->bin(layout_->carriers[c])];
    raw_[c] = conj_product(spectrum[layout_->bin(layout_->carriers[c])], known) / power(known);
  }
  smoother_.apply(raw_, channel_);
  float total = 0, rest = 0;
  for (std::size_t c = 0; c < raw_.size(); ++c) {
    total += power(channel_[c]);
    rest += power(raw_[c] - channel_[c]);
  }
  const auto count = static_cast<float>(raw_.size());
  mean_power_ = total / count;
  if (!(mean_power_ > kLeastPower)) return false;
  noise_ = rest / std::max(1.0f, count - kShareOfTaps * static_cast<float>(shape.prefix + 2 * kSlack));
  for (std::size_t c = 0; c < raw_.size(); ++c) {
    matcher_[c] = std::conj(channel_[c]) / mean_power_;
    weight_[c] = power(channel_[c]) / mean_power_;
  }
  // The preamble's phase over M / 2 samples is known to 1 / (products SNR), with 1.5 M products; twice that for safety.
  const double per_symbol = 2.0 * static_cast<double>(shape.symbol()) / static_cast<double>(shape.carriers);
  phase_.begin(per_symbol * per_symbol * 2.0 / (1.5 * static_cast<double>(shape.carriers) * snr()) + 1e-6);
  timing_.begin();
  return true;
}

void OfdmEqualiser::read(std::span<const Sample> symbol, std::size_t step) noexcept {
  base_phase_ = std::remainder(base_phase_ - kTurn * cfo_ * static_cast<double>(step), kTurn);
  phase_.predict();
  timing_.predict();
  match(transform(symbol));
  follow_pilots();
  ++symbol_;
}

// Predicted phase and time error taken out, channel's phase too.
void OfdmEqualiser::match(std::span<const Sample> spectrum) noexcept {
  const double slope = kTurn * timing_.offset() / static_cast<double>(layout_->shape.carriers);
  int carrier = layout_->carriers.front();
  Sample turn(std::polar(1.0, base_phase_ - phase_.phase() + slope * carrier));
  const Sample step(std::polar(1.0, slope));
  for (std::size_t c = 0; c < matched_.size(); ++c) {
    for (; carrier < layout_->carriers[c]; ++carrier) turn = product(turn, step);
    matched_[c] = product(product(spectrum[layout_->bin(carrier)], turn), matcher_[c]);
  }
}

void OfdmEqualiser::follow_pilots() noexcept {
  const Sample* known = layout_->pilots.data() + symbol_ % OfdmLayout::kPilotPeriod * layout_->carriers.size();
  Sample sum{};
  float weights = 0, count = 0;
  for (std::size_t c = 0; c < matched_.size(); ++c) {
    if (!layout_->is_pilot[c]) continue;
    sum += conj_product(matched_[c], known[c]);
    weights += weight_[c];
    ++count;
  }
  const double predicted = phase_.phase();
  const float error = std::arg(sum);
  phase_.correct(static_cast<double>(error), static_cast<double>(noise_ / (2 * mean_power_ * weights)));
  const Sample measured = std::polar(1.0f, -error);
  const Sample applied(std::polar(1.0, predicted - phase_.phase()));
  float moment = 0, inertia = 0, noise = 0;
  for (std::size_t c = 0; c < matched_.size(); ++c) {
    if (layout_->is_pilot[c]) {
      const Sample z = conj_product(matched_[c], known[c]);
      const auto k = static_cast<float>(layout_->carriers[c]);
      moment += k * product(z, measured).imag();
      inertia += k * k * weight_[c];
      noise += power(product(z, applied) - weight_[c]) / std::max(weight_[c], 0.01f);
    }
    matched_[c] = product(matched_[c], applied);
  }
  noise_ += kNoiseGain * (noise * mean_power_ / count - noise_);
  timing_.correct(-static_cast<double>(moment / inertia) * static_cast<double>(layout_->shape.carriers) / kTurn);
}

int OfdmEqualiser::timing_step() noexcept {
  const int step = std::abs(timing_.offset()) < 1 ? 0 : timing_.offset() > 0 ? 1 : -1;
  timing_.move(-step);
  return step;
}

double OfdmEqualiser::snr() const noexcept {
  return static_cast<double>(mean_power_) / static_cast<double>(std::max(noise_, 1e-7f * mean_power_));
}

double OfdmEqualiser::cfo() const noexcept {
  return cfo_ + phase_.frequency() / (kTurn * static_cast<double>(layout_->shape.symbol()));
}

}  // namespace sluice::sdr
