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
  Slen slen{};  // how the scalefactors are coded

  int step() const { return scale ? 4 : 2; }
};

// The choice for one granule.
struct ScalefactorChoice::Search {
  Search(const ScalefactorChoice& choice, const WantedSteps& steps) : is(choice), wanted(steps) {}

  Candidate best();
  // Fills `scalefac` and `obtained`, and the candidate's coding and cost. Returns by how many scalefactor units the
  // neediest band falls short.
  int fit(Candidate& c);

  const ScalefactorChoice& is;
  const WantedSteps& wanted;
  std::array<std::uint8_t, 3> subblock_gain{};
  alignas(64) std::array<float, kBandSlots> lowered{};  // by subblock_gain
  alignas(64) std::array<float, kBandSlots> scalefac;   // of the latest fit(), the layout's bands
  alignas(64) std::array<float, kBandSlots> obtained;

 private:
  // Highest step any band of a window wants, or kAnyStep when all are silent; a long block is window 0.
  using Tops = std::array<float, 3>;
  Tops tops() const;
  Tops tops_for_last(Tops top) const;
  void set_subblock_gain(const Tops& top, float highest);
  Slen slen(int largest_lower, int largest_upper) const;
  void consider(Candidate c, Candidate& best);
};

ScalefactorChoice::Search::Tops ScalefactorChoice::Search::tops() const {
  Tops top = {kAnyStep, kAnyStep, kAnyStep};
  if (!is.short_) top[0] = simd().highest_wanted(wanted.index.data());
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
  for (int band = 0; band < is.layout_.count; ++band) lowered[band] = static_cast<float>(8 * subblock_gain[band % 3]);
}

Slen ScalefactorChoice::Search::slen(int largest_lower, int largest_upper) const {
  if (!is.format_.lsf) return mpeg1_slen(is.short_, largest_lower, largest_upper);
  QuantizedGranule trial;
  trial.block_type = is.short_ ? BlockType::kShort : BlockType::kNormal;
  for (int band = 0; band < is.layout_.count; ++band) trial.scalefac[band] = static_cast<std::uint8_t>(scalefac[band]);
  code_scalefactors(is.format_, trial);
  return {trial.scalefac_compress, trial.part2_length};
}

int ScalefactorChoice::Search::fit(Candidate& c) {
  const ScalefactorTrial trial = {static_cast<float>(c.global_gain), static_cast<float>(c.step()),
                                  c.preflag ? 1.0f : 0.0f};
  ScalefactorScore score;
  simd().try_scalefactors(is.limits_, wanted.index.data(), wanted.finest.data(), lowered.data(), trial, scalefac.data(),
                          obtained.data(), score);
  c.slen = slen(static_cast<int>(score.largest_lower), static_cast<int>(score.largest_upper));
  c.cost = score.headroom < 0.0f ? std::numeric_limits<float>::max()
                                 : kUnevennessCost * score.unevenness + static_cast<float>(c.slen.bits);
  return static_cast<int>(score.shortfall);
}

void ScalefactorChoice::Search::consider(Candidate c, Candidate& best) {
  const int shortfall = fit(c);
  if (c.cost < best.cost) best = c;
  if (shortfall == 0) return;
  c.global_gain = std::max(0, c.global_gain - shortfall * c.step());
  fit(c);
  if (c.cost < best.cost) best = c;
}

ScalefactorChoice::Candidate ScalefactorChoice::Search::best() {
  Candidate best;
  const Tops free = tops();
  // The last band's wish yields only where it would make others too fine to be coded.
  for (const Tops& top : {tops_for_last(free), free}) {
    const float highest = std::max({top[0], top[1], top[2]});
    if (highest == kAnyStep || best.cost < std::numeric_limits<float>::max()) break;
    if (is.short_) set_subblock_gain(top, highest);
    Candidate c;
    c.global_gain = round_gain(highest);
    for (const bool scale : {false, true})
      for (const bool preflag : {false, true}) {
        if (preflag && (is.short_ || is.format_.lsf)) continue;
        c.scale = scale;
        c.preflag = preflag;
        consider(c, best);
      }
  }
  return best;
}

// A scalefactor reaches 15 in the lower half, 7 above (both versions).
ScalefactorChoice::ScalefactorChoice(const StreamFormat& format, const BandLayout& layout, bool short_block)
    : format_(format), layout_(layout), short_(short_block) {
  constexpr int kMostLanes = 16;
  const int split = short_block ? 18 : 11;
  limits_.slots = (layout.count + kMostLanes - 1) / kMostLanes * kMostLanes;
  for (int band = 0; band < layout.count; ++band) {
    limits_.width[band] = static_cast<float>(layout.width(band));
    limits_.lower[band] = band < split ? 1.0f : 0.0f;
    limits_.most[band] = band >= layout.coded ? 0.0f : band < split ? 15.0f : 7.0f;
    limits_.pretab[band] = short_block ? 0.0f : static_cast<float>(kPretab[band]);
  }
}

// The two bands want the coarser of their steps, so that they get the same scalefactor.
WantedSteps ScalefactorChoice::with_disputed_shared(WantedSteps wanted) const {
  const auto edge = static_cast<std::size_t>(disputed_edge(format_));
  for (auto* values : {&wanted.index, &wanted.finest})
    (*values)[edge - 1] = (*values)[edge] = std::max((*values)[edge - 1], (*values)[edge]);
  return wanted;
}

void ScalefactorChoice::choose(const WantedSteps& wanted, QuantizedGranule& granule,
                               std::span<float, kBandSlots> obtained) const {
  if (!short_ && disputed_edge(format_) >= 0) return choose_steps(with_disputed_shared(wanted), granule, obtained);
  choose_steps(wanted, granule, obtained);
}

void ScalefactorChoice::choose_steps(const WantedSteps& wanted, QuantizedGranule& granule,
                                     std::span<float, kBandSlots> obtained) const {
  Search search(*this, wanted);
  Candidate best = search.best();
  search.fit(best);
  granule.global_gain = static_cast<std::uint8_t>(best.global_gain);
  granule.scalefac_scale = best.scale;
  granule.preflag = best.preflag;
  granule.subblock_gain = search.subblock_gain;
  granule.scalefac_compress = best.slen.compress;
  granule.part2_length = best.slen.bits;
  granule.scfsi = 0;
  granule.scalefac.fill(0);
  for (int band = 0; band < layout_.count; ++band) {
    granule.scalefac[band] = static_cast<std::uint8_t>(search.scalefac[band]);
    obtained[band] = search.obtained[band];
  }
}

}  // namespace sluice::mp3
