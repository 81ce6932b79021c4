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
  ScalefactorTrial trial = {.gain = 210.0f, .step = 2.0f, .preflag = 0.0f};
  Slen slen{};  // how the scalefactors are coded
};

// The choice for one granule.
struct ScalefactorChoice::Search {
  Search(const ScalefactorChoice& choice, ScalefactorWishes& steps) : is(choice), wanted(steps) {}

  Candidate best();
  // Fills the granule's scalefactors and the steps that they give.
  void set(const ScalefactorTrial& trial, QuantizedGranule& granule, float* obtained) const;

  const ScalefactorChoice& is;
  ScalefactorWishes& wanted;
  std::array<std::uint8_t, 3> subblock_gain{};

 private:
  // Highest step any band of a window wants, or kAnyStep when all are silent; a long block is window 0.
  using Tops = std::array<float, 3>;
  struct Trials {
    std::array<ScalefactorTrial, 4> trial;
    int count = 0;

    void add(const ScalefactorTrial& another) { trial[static_cast<std::size_t>(count++)] = another; }
  };
  Tops tops() const;
  Tops tops_for_last(Tops top) const;
  void set_subblock_gain(const Tops& top, float highest);
  Trials trials_at(int global_gain) const;
  Trials consider(const Trials& trials, Candidate& best) const;
  Candidate judged(const ScalefactorTrial& trial, const ScalefactorScore& score) const;
  Slen slen(const ScalefactorTrial& trial, const ScalefactorScore& score) const;
};

ScalefactorChoice::Search::Tops ScalefactorChoice::Search::tops() const {
  Tops top = {kAnyStep, kAnyStep, kAnyStep};
  if (!is.short_) top[0] = simd().highest_wanted(wanted.index, is.limits_.slots);
  for (int band = 0; band < is.layout_.count && is.short_; ++band)
    top[band % 3] = std::max(top[band % 3], wanted.index[band]);
  return top;
}

// Pulled down to what suits the band that has no scalefactor.
ScalefactorChoice::Search::Tops ScalefactorChoice::Search::tops_for_last(Tops top) const {
  for (int band = is.layout_.coded; band < is.layout_.count; ++band)
    if (wanted.index[band] != kAnyStep)
      top[band - is.layout_.coded] =
          std::min(top[band - is.layout_.coded], wanted.index[band] + tuning().last_band_slack);
  return top;
}

void ScalefactorChoice::Search::set_subblock_gain(const Tops& top, float highest) {
  for (std::size_t window = 0; window < 3; ++window) {
    const float below = top[window] == kAnyStep ? 0.0f : highest - top[window];
    subblock_gain[window] = static_cast<std::uint8_t>(std::clamp(static_cast<int>(below / 8.0f), 0, 7));
  }
  for (int band = 0; band < is.layout_.count; ++band)
    wanted.lowered[band] = static_cast<float>(8 * subblock_gain[band % 3]);
}

void ScalefactorChoice::Search::set(const ScalefactorTrial& trial, QuantizedGranule& granule, float* obtained) const {
  std::array<std::uint8_t, kBandSlots> scalefac{};
  simd().set_scalefactors(is.limits_, wanted, trial, scalefac.data(), obtained);
  std::copy_n(scalefac.begin(), granule.scalefac.size(), granule.scalefac.begin());
}

Slen ScalefactorChoice::Search::slen(const ScalefactorTrial& trial, const ScalefactorScore& score) const {
  if (!is.format_.lsf)
    return mpeg1_slen(is.short_, static_cast<int>(score.largest_lower), static_cast<int>(score.largest_upper));
  QuantizedGranule granule;
  std::array<float, kBandSlots> obtained;
  granule.block_type = is.short_ ? BlockType::kShort : BlockType::kNormal;
  set(trial, granule, obtained.data());
  code_scalefactors(is.format_, granule);
  return {granule.scalefac_compress, granule.part2_length};
}

ScalefactorChoice::Candidate ScalefactorChoice::Search::judged(const ScalefactorTrial& trial,
                                                               const ScalefactorScore& score) const {
  Candidate c{.trial = trial};
  if (score.headroom < 0.0f) return c;
  c.slen = slen(trial, score);
  c.cost = kUnevennessCost * score.unevenness + static_cast<float>(c.slen.bits);
  return c;
}

// Returns those that left a band short, with as much less gain.
ScalefactorChoice::Search::Trials ScalefactorChoice::Search::consider(const Trials& trials, Candidate& best) const {
  std::array<ScalefactorScore, 4> scores;
  simd().score_scalefactors(is.limits_, wanted, trials.trial.data(), trials.count, scores.data());
  Trials lower;
  for (std::size_t i = 0; i < static_cast<std::size_t>(trials.count); ++i) {
    ScalefactorTrial trial = trials.trial[i];
    const Candidate c = judged(trial, scores[i]);
    if (c.cost < best.cost) best = c;
    if (scores[i].shortfall == 0.0f) continue;
    trial.gain = std::max(0.0f, trial.gain - scores[i].shortfall * trial.step);
    lower.add(trial);
  }
  return lower;
}

ScalefactorChoice::Search::Trials ScalefactorChoice::Search::trials_at(int global_gain) const {
  Trials trials;
  for (const float step : {2.0f, 4.0f})
    for (const float preflag : {0.0f, 1.0f})
      if (preflag == 0.0f || !(is.short_ || is.format_.lsf))
        trials.add({.gain = static_cast<float>(global_gain), .step = step, .preflag = preflag});
  return trials;
}

ScalefactorChoice::Candidate ScalefactorChoice::Search::best() {
  Candidate best;
  const Tops free = tops();
  // The last band's wish yields only where it would make others too fine to be coded.
  for (const Tops& top : {tops_for_last(free), free}) {
    const float highest = std::max({top[0], top[1], top[2]});
    if (highest == kAnyStep || best.cost < std::numeric_limits<float>::max()) break;
    if (is.short_) set_subblock_gain(top, highest);
    consider(consider(trials_at(round_gain(highest)), best), best);
  }
  return best;
}

// A scalefactor reaches 15 in the lower half, 7 above (both versions).
ScalefactorChoice::ScalefactorChoice(const StreamFormat& format, const BandLayout& layout, bool short_block)
    : format_(format), layout_(layout), short_(short_block) {
  const int split = short_block ? 18 : 11;
  limits_.slots = layout.slots();
  for (int band = 0; band < layout.count; ++band) {
    limits_.width[band] = static_cast<float>(layout.width(band));
    limits_.lower[band] = band < split ? 1.0f : 0.0f;
    limits_.most[band] = band >= layout.coded ? 0.0f : band < split ? 15.0f : 7.0f;
    limits_.pretab[band] = short_block ? 0.0f : static_cast<float>(kPretab[band]);
  }
}

// The two bands want the coarser of their steps, so that they get the same scalefactor.
void ScalefactorChoice::share_disputed(ScalefactorWishes& wanted) const {
  const int edge = disputed_edge(format_);
  if (short_ || edge < 0) return;
  for (float* const values : {wanted.index, wanted.finest})
    values[edge - 1] = values[edge] = std::max(values[edge - 1], values[edge]);
}

void ScalefactorChoice::choose(ScalefactorWishes& wanted, QuantizedGranule& granule,
                               std::span<float, kBandSlots> obtained) const {
  share_disputed(wanted);
  Search search(*this, wanted);
  const Candidate best = search.best();
  search.set(best.trial, granule, obtained.data());
  granule.global_gain = static_cast<std::uint8_t>(best.trial.gain);
  granule.scalefac_scale = best.trial.step == 4.0f;
  granule.preflag = best.trial.preflag == 1.0f;
  granule.subblock_gain = search.subblock_gain;
  granule.scalefac_compress = best.slen.compress;
  granule.part2_length = best.slen.bits;
  granule.scfsi = 0;
}

}  // namespace sluice::mp3
