#include "nodes/sdr/ofdm_demodulator.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace sluice::sdr {
namespace {

// Metric of a preamble at 0 dB SNR over the whole band: (S / (S + N))^2 = 1/4; of noise: mean 1/96.
constexpr float kDetected = 0.3f;
constexpr std::size_t kHistory = 4;   // symbols kept before the present one: a preamble
constexpr std::size_t kEvmEvery = 4;  // symbols of which the error vector is measured

// Where the transform begins before the first path: some of the prefix is left for what leads it.
std::size_t back_off(const OfdmShape& shape) noexcept {
  return shape.prefix / 4;
}

}  // namespace

OfdmDemodulator::OfdmDemodulator(std::shared_ptr<const OfdmLayout> layout, double max_cfo, std::size_t max_bytes,
                                 std::size_t max_push)
    : layout_(layout),
      max_bytes_(max_bytes),
      detector_(layout->shape.carriers / 2, kDetected),
      synchroniser_(layout, max_cfo),
      equaliser_(layout),
      head_decoder_(kOfdmHeadBytes),
      buffer_(max_push + (kHistory + 8) * layout->shape.symbol()),
      head_sums_(kOfdmHeadBits),
      soft_(8 * max_bytes + 6 * layout->data_carriers) {}

void OfdmDemodulator::push(std::span<const Sample> samples) noexcept {
  const std::size_t history = kHistory * layout_->shape.symbol();
  if (at_ > history) {
    const auto count = static_cast<std::ptrdiff_t>(at_ - history);
    std::copy(buffer_.begin() + count, buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= at_ - history;
    dropped_ += count;
    detector_.shift(at_ - history);
    preamble_.end -= std::min(preamble_.end, at_ - history);
    at_ = history;
  }
  assert(filled_ + samples.size() <= buffer_.size());
  std::ranges::copy(samples, buffer_.begin() + static_cast<std::ptrdiff_t>(filled_));
  filled_ += samples.size();
}

std::optional<SoftFrame> OfdmDemodulator::next() noexcept {
  for (;;) {
    if (state_ == State::search) {
      const auto found = detector_.search(buffered(), at_);
      if (!found) return {};
      preamble_ = *found;
      state_ = State::synchronise;
    } else if (state_ == State::synchronise) {
      if (filled_ < preamble_.end + synchroniser_.behind()) return {};
      state_ = synchronise() ? State::head : State::search;
    } else {
      if (!read_symbol()) return {};
      if (state_ == State::head)
        add_to_head();
      else
        add_to_payload();
      if (state_ == State::payload && soft_size_ >= 8 * head_.bytes) return finish();
    }
  }
}

void OfdmDemodulator::search_from(std::size_t at) noexcept {
  detector_.reset();
  at_ = at;
  state_ = State::search;
}

bool OfdmDemodulator::synchronise() noexcept {
  std::optional<FrameStart> frame;
  if (preamble_.end >= synchroniser_.before()) frame = synchroniser_.find(buffered(), preamble_);
  const OfdmShape& shape = layout_->shape;
  const std::size_t early = back_off(shape);
  if (!frame || frame->s1 < early ||
      !equaliser_.begin(buffered().subspan(frame->s1 - early, shape.carriers), frame->cfo)) {
    ++counts_.false_preambles;
    return false;
  }
  start_ =
      dropped_ + static_cast<std::int64_t>(frame->s1) - static_cast<std::int64_t>(shape.prefix + 2 * shape.symbol());
  step_ = shape.symbol();
  at_ = frame->s1 - early + step_;
  symbol_ = head_size_ = 0;
  std::ranges::fill(head_sums_, 0);
  return true;
}

// False when its samples have not all come.
bool OfdmDemodulator::read_symbol() noexcept {
  const OfdmShape& shape = layout_->shape;
  if (at_ + shape.carriers > filled_) return false;
  equaliser_.read(buffered().subspan(at_, shape.carriers), step_);
  ++symbol_;
  step_ = static_cast<std::size_t>(static_cast<int>(shape.symbol()) + equaliser_.timing_step());
  at_ += step_;
  return true;
}

void OfdmDemodulator::add_to_head() noexcept {
  for (std::size_t c = 0; c < layout_->carriers.size(); ++c) {
    if (layout_->is_pilot[c]) continue;
    SoftBit soft = kErasure;
    demodulate(Modulation::bpsk, equaliser_.matched()[c], equaliser_.weight()[c], &soft);
    head_sums_[head_size_++ % kOfdmHeadBits] += 2 * soft - 255;
  }
  if (symbol_ == layout_->head_symbols()) read_head();
}

void OfdmDemodulator::read_head() noexcept {
  std::array<SoftBit, kOfdmHeadBits> soft{};
  for (std::size_t n = 0; n < soft.size(); ++n)
    soft[n] = static_cast<SoftBit>(std::clamp(128 + head_sums_[n] / 2, 0, 255));
  std::array<std::uint8_t, kOfdmHeadBytes> bytes{};
  head_decoder_.decode(soft, bytes);
  const auto head = unpack(bytes);
  if (!head || head->bytes == 0 || head->bytes > max_bytes_) {
    ++counts_.bad_heads;
    search_from(at_ - symbol_ * layout_->shape.symbol());
    return;
  }
  head_ = *head;
  soft_size_ = 0;
  error_power_ = error_weight_ = 0;
  state_ = State::payload;
}

void OfdmDemodulator::add_to_payload() noexcept {
  const Modulation modulation = head_.modulation;
  const std::size_t bits = bits_per_symbol(modulation);
  const bool measure = symbol_ % kEvmEvery == 0;
  const auto matched = equaliser_.matched();
  const auto weight = equaliser_.weight();
  for (std::size_t c = 0; c < matched.size(); ++c) {
    if (layout_->is_pilot[c]) continue;
    demodulate(modulation, matched[c], weight[c], soft_.data() + soft_size_);
    soft_size_ += bits;
    if (measure && weight[c] > 0) {
      const Sample equalised = matched[c] / weight[c];
      error_power_ += weight[c] * power(equalised - nearest_point(modulation, equalised));
      error_weight_ += weight[c];
    }
  }
}

SoftFrame OfdmDemodulator::finish() noexcept {
  ++counts_.frames;
  const auto decibels = [](double ratio) { return static_cast<float>(10 * std::log10(std::max(ratio, 1e-9))); };
  SoftFrame frame;
  frame.soft = std::span(soft_).first(8 * head_.bytes);
  frame.start = start_;
  frame.samples = static_cast<std::int64_t>(layout_->frame_samples(head_));
  frame.quality = {
      .snr_db = decibels(equaliser_.snr()),
      .evm_db = error_weight_ > 0 ? decibels(static_cast<double>(error_power_ / error_weight_)) : 0.0f,
      .cfo = static_cast<float>(equaliser_.cfo()),
      .clock_ppm = static_cast<float>(-1e6 * equaliser_.drift() / static_cast<double>(layout_->shape.symbol()))};
  search_from(at_ - layout_->shape.prefix);
  return frame;
}

}  // namespace sluice::sdr
