#include "nodes/mp3/kernels/scalefactor_choice.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

// What a step one index off costs, in bits per line and squared index, when noise and bits trade along the
// high-resolution curve: noise grows by c = 0.26 (natural log) per index and a line saves 3/16 bit, so an unevenness of
// variance e^2 wastes c e^2 / 2 indices = 0.0244 e^2 bits.
constexpr float kUnevennessCost = 0.0244f;

int round_gain(float wanted) {
  return std::clamp(static_cast<int>(std::floor(wanted + 0.5f)), 0, 255);
}

}  // namespace

struct ScalefactorChoice::Candidate {
  float cost = std::numeric_limits<float>::max();
  int global_gain = 210;
  bool scale = false;
  bool preflag = false;
  std::array<std::uint8_t, 3> subblock_gain{};
  Slen slen{};                                         // how the scalefactors are coded
  alignas(64) std::array<float, kBandSlots> base;      // step indices with scalefactors 0
  alignas(64) std::array<float, kBandSlots> scalefac;  // small integers

  int step() const { return scale ? 4 : 2; }
};

// Highest step any band of a window wants, or kAnyStep when all are silent; a long block is window 0.
struct ScalefactorChoice::Tops {
  std::array<float, 3> window = {kAnyStep, kAnyStep, kAnyStep};
  float highest() const { return std::max({window[0], window[1], window[2]}); }
};

// A scalefactor reaches 15 in the lower half, 7 above (both versions).
ScalefactorChoice::ScalefactorChoice(const StreamFormat& format, const BandLayout& layout, bool short_block)
    : format_(format), layout_(layout), short_(short_block) {
  const int split = short_block ? 18 : 11;
  for (int band = 0; band < layout.count; ++band) {
    limits_.width[band] = static_cast<float>(layout.width(band));
    limits_.lower[band] = band < split ? 1.0f : 0.0f;
    limits_.most[band] = band >= layout.coded ? 0.0f : band < split ? 15.0f : 7.0f;
  }
}

// With `for_last` pulled down to what suits the band that has no scalefactor.
ScalefactorChoice::Tops ScalefactorChoice::tops(const WantedSteps& wanted, bool for_last) const {
  const int windows = short_ ? 3 : 1;
  Tops tops;
  if (!short_) tops.window[0] = simd().highest_wanted(wanted.index.data());
  for (int band = 0; band < layout_.count && short_; ++band)
    tops.window[band % 3] = std::max(tops.window[band % 3], wanted.index[band]);
  for (int band = layout_.coded; band < layout_.count && for_last; ++band) {
    float& top = tops.window[(band - layout_.coded) % windows];
    if (wanted.index[band] != kAnyStep) top = std::min(top, wanted.index[band] + tuning().last_band_slack);
  }
  return tops;
}

void ScalefactorChoice::fill_base(Candidate& c) const {
  c.base.fill(static_cast<float>(c.global_gain));
  for (int band = 0; band < layout_.count && short_; ++band)
    c.base[band] -= static_cast<float>(8 * c.subblock_gain[band % 3]);
  for (int band = 0; band < kLongBands && c.preflag; ++band)
    c.base[band] -= static_cast<float>(kPretab[band] * c.step());
}

// Fills the scalefactors that bring each band nearest to its wanted step, and the candidate's cost. Returns by how many
// scalefactor units the neediest band falls short.
float ScalefactorChoice::fit(const WantedSteps& wanted, Candidate& c) const {
  const auto step = static_cast<float>(c.step());
  fill_base(c);
  const float shortfall = simd().fit_scalefactors(limits_, wanted.index.data(), wanted.finest.data(), c.base.data(),
                                                  step, c.scalefac.data());
  const int edge = disputed_edge(format_);
  if (edge >= 0 && !short_) c.scalefac[edge - 1] = c.scalefac[edge] = std::min(c.scalefac[edge - 1], c.scalefac[edge]);
  ScalefactorScore score;
  simd().score_scalefactors(limits_, wanted.index.data(), wanted.finest.data(), c.base.data(), step, c.scalefac.data(),
                            score);
  const bool codable = score.headroom >= 0.0f;
  c.slen = slen(c, static_cast<int>(score.largest_lower), static_cast<int>(score.largest_upper));
  c.cost = codable ? kUnevennessCost * score.unevenness + static_cast<float>(c.slen.bits)
                   : std::numeric_limits<float>::max();
  return shortfall;
}

Slen ScalefactorChoice::slen(const Candidate& c, int largest_lower, int largest_upper) const {
  if (!format_.lsf) return mpeg1_slen(short_, largest_lower, largest_upper);
  QuantizedGranule trial;
  trial.block_type = short_ ? BlockType::kShort : BlockType::kNormal;
  for (int band = 0; band < layout_.count; ++band) trial.scalefac[band] = static_cast<std::uint8_t>(c.scalefac[band]);
  code_scalefactors(format_, trial);
  return {trial.scalefac_compress, trial.part2_length};
}

void ScalefactorChoice::consider(const WantedSteps& wanted, Candidate& c, Candidate& best) const {
  const int gain = c.global_gain;
  const auto shortfall = static_cast<int>(fit(wanted, c));
  if (c.cost < best.cost) best = c;
  if (shortfall == 0) return;
  c.global_gain = std::max(0, gain - shortfall * c.step());
  fit(wanted, c);
  if (c.cost < best.cost) best = c;
  c.global_gain = gain;
}

void ScalefactorChoice::find_best(const WantedSteps& wanted, Candidate& best) const {
  // The last band's wish yields only where it would make others too fine to be coded.
  for (const bool for_last : {true, false}) {
    if (best.cost < std::numeric_limits<float>::max()) break;
    const Tops top = tops(wanted, for_last);
    if (top.highest() == kAnyStep) return fill_base(best);
    Candidate c;
    c.global_gain = round_gain(top.highest());
    for (int window = 0; short_ && window < 3; ++window) {
      const float below = top.window[window] == kAnyStep ? 0.0f : top.highest() - top.window[window];
      c.subblock_gain[window] = static_cast<std::uint8_t>(std::clamp(static_cast<int>(below / 8.0f), 0, 7));
    }
    for (const bool scale : {false, true})
      for (const bool preflag : {false, true}) {
        if (preflag && (short_ || format_.lsf)) continue;
        c.scale = scale;
        c.preflag = preflag;
        consider(wanted, c, best);
      }
  }
}

void ScalefactorChoice::choose(const WantedSteps& wanted, QuantizedGranule& granule, std::span<int> obtained) const {
  Candidate best;
  best.scalefac.fill(0.0f);
  find_best(wanted, best);
  granule.global_gain = static_cast<std::uint8_t>(best.global_gain);
  granule.scalefac_scale = best.scale;
  granule.preflag = best.preflag;
  granule.subblock_gain = best.subblock_gain;
  granule.scfsi = 0;
  for (int band = 0; band < layout_.count; ++band) {
    granule.scalefac[band] = static_cast<std::uint8_t>(best.scalefac[band]);
    obtained[band] = static_cast<int>(best.base[band]) - granule.scalefac[band] * best.step();
  }
  std::fill(granule.scalefac.begin() + layout_.count, granule.scalefac.end(), std::uint8_t{0});
  granule.scalefac_compress = best.slen.compress;
  granule.part2_length = best.slen.bits;
}

}  // namespace sluice::mp3
