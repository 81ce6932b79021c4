#include "nodes/sdr/ofdm_modulator.h"

#include "nodes/sdr/liquid_dsp.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace sluice::sdr {
namespace {

ofdmframegen generator_of(void* generator) noexcept {
  return static_cast<ofdmframegen>(generator);
}

}  // namespace

OfdmModulator::OfdmModulator(std::shared_ptr<const OfdmLayout> layout, Modulation modulation, std::size_t max_bytes)
    : layout_(std::move(layout)),
      modulation_(modulation),
      spectrum_(layout_->shape.carriers),
      samples_(layout_->frame_samples({modulation, max_bytes}) + layout_->shape.symbol()) {
  const std::lock_guard lock(fft_planner());
  const OfdmShape& shape = layout_->shape;
  generator_ =
      ofdmframegen_create(static_cast<unsigned>(shape.carriers), static_cast<unsigned>(shape.prefix),
                          static_cast<unsigned>(shape.taper), const_cast<std::uint8_t*>(layout_->kinds.data()));
  ofdmframegen_write_S1(generator_of(generator_), samples_.data());
  float energy = 0;
  for (const Sample& x : std::span(samples_).subspan(shape.prefix, shape.carriers)) energy += power(x);
  gain_ = std::sqrt(static_cast<float>(shape.carriers) / energy);
}

OfdmModulator::~OfdmModulator() {
  const std::lock_guard lock(fft_planner());
  ofdmframegen_destroy(generator_of(generator_));
}

std::span<const Sample> OfdmModulator::frame(std::span<const std::uint8_t> air) noexcept {
  const OfdmHead head{modulation_, air.size()};
  const std::size_t symbol = layout_->shape.symbol();
  assert(layout_->frame_samples(head) + symbol <= samples_.size());
  ofdmframegen generator = generator_of(generator_);
  ofdmframegen_reset(generator);
  ofdmframegen_write_S0a(generator, samples_.data());
  ofdmframegen_write_S0b(generator, samples_.data() + symbol);
  ofdmframegen_write_S1(generator, samples_.data() + 2 * symbol);
  written_ = kPreambleSymbols * symbol;
  std::array<std::uint8_t, kOfdmHeadBits> bits{};
  conv_encode(pack(head), bits);
  std::array<std::uint8_t, (kOfdmHeadBits + 7) / 8> packed{};
  for (std::size_t n = 0; n < bits.size(); ++n) packed[n / 8] |= static_cast<std::uint8_t>(bits[n] << (7 - n % 8));
  write_symbols(Modulation::bpsk, packed, layout_->head_symbols(), true);
  write_symbols(modulation_, air, layout_->payload_symbols(head), false);
  ofdmframegen_writetail(generator, samples_.data() + written_);
  written_ += layout_->shape.taper;
  for (Sample& x : std::span(samples_).first(written_)) x *= gain_;
  return std::span(samples_).first(written_);
}

// The head is repeated to fill its symbols; a payload is followed by zeros.
void OfdmModulator::write_symbols(Modulation modulation, std::span<const std::uint8_t> air, std::size_t count,
                                  bool repeat) noexcept {
  const std::size_t step = bits_per_symbol(modulation);
  std::size_t bit = 0;
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t c = 0; c < layout_->carriers.size(); ++c) {
      if (layout_->is_pilot[c]) continue;
      spectrum_[layout_->bin(layout_->carriers[c])] = modulate(modulation, air, repeat ? bit % kOfdmHeadBits : bit);
      bit += step;
    }
    ofdmframegen_writesymbol(generator_of(generator_), spectrum_.data(), samples_.data() + written_);
    written_ += layout_->shape.symbol();
  }
}

}  // namespace sluice::sdr
