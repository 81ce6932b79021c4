#include "nodes/mp3/kernels/scalefactors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

// What a step one index off costs, in bits per line and squared index, when noise and bits trade along the
// high-resolution curve: noise grows by c = 0.26 (natural log) per index and a line saves 3/16 bit, so an unevenness of
// variance e^2 wastes c e^2 / 2 indices = 0.0244 e^2 bits.
constexpr float kUnevennessCost = 0.0244f;

struct Candidate {
  float cost = std::numeric_limits<float>::max();
  int global_gain = 210;
  bool scale = false;
  bool preflag = false;
  std::array<std::uint8_t, 3> subblock_gain{};
  std::array<std::uint8_t, kMaxBands> scalefac{};
};

// Largest scalefactor that the slen fields can carry: 15 in the lower half, 7 above (both versions).
int largest_scalefac(bool short_block, int band) {
  const bool lower = short_block ? band < 18 : band < 11;
  return lower ? 15 : 7;
}

bool is_short(const QuantizedGranule& granule) {
  return granule.block_type == BlockType::kShort;
}

// Bits needed for values up to `largest`.
int width_for(int largest) {
  return std::bit_width(static_cast<unsigned>(largest));
}

int largest_in(const QuantizedGranule& granule, int from, int to) {
  int largest = 0;
  for (int band = from; band < to; ++band) largest = std::max<int>(largest, granule.scalefac[band]);
  return largest;
}

bool repeated(const QuantizedGranule& granule, int band) {
  for (int group = 0; group < 4; ++group)
    if (band >= kScfsiEdge[group] && band < kScfsiEdge[group + 1]) return (granule.scfsi >> group & 1) != 0;
  return false;
}

// MPEG-1: slen1 for the lower, slen2 for the upper bands; of the 16 pairs the cheapest that is wide enough.
void code_mpeg1(QuantizedGranule& granule) {
  const int split = is_short(granule) ? 18 : 11;
  const int end = is_short(granule) ? 36 : 21;
  std::array<int, 2> largest{};
  std::array<int, 2> count{};
  for (int band = 0; band < end; ++band) {
    if (repeated(granule, band)) continue;
    const int half = band < split ? 0 : 1;
    largest[half] = std::max<int>(largest[half], granule.scalefac[band]);
    ++count[half];
  }
  int best = std::numeric_limits<int>::max();
  for (int compress = 0; compress < 16; ++compress) {
    if (kSlen1[compress] < width_for(largest[0]) || kSlen2[compress] < width_for(largest[1])) continue;
    const int bits = count[0] * kSlen1[compress] + count[1] * kSlen2[compress];
    if (bits >= best) continue;
    best = bits;
    granule.scalefac_compress = static_cast<std::uint16_t>(compress);
  }
  granule.part2_length = static_cast<std::uint16_t>(best);
}

// LSF without intensity stereo: tables 0 and 1 (table 2 means preflag, which is not used below 32 kHz).
void code_lsf(QuantizedGranule& granule) {
  const int block_class = is_short(granule) ? 1 : 0;
  int best = std::numeric_limits<int>::max();
  for (int t = 0; t < 2; ++t) {
    const LsfScalefactorTable& table = kLsfScalefactors[t];
    int compress = 0;
    int bits = 0;
    bool fits = true;
    for (int part = 0, band = 0; part < 4; ++part) {
      const int count = table.bands[block_class][part];
      const int width = width_for(largest_in(granule, band, band + count));
      fits = fits && width < table.radix[part];
      compress = compress * table.radix[part] + width;
      bits += count * width;
      band += count;
    }
    if (!fits || bits >= best) continue;
    best = bits;
    granule.scalefac_compress = static_cast<std::uint16_t>(compress + table.base);
  }
  granule.part2_length = static_cast<std::uint16_t>(best);
}

// Fills the scalefactors that bring each band nearest to its wanted step, and the candidate's cost.
class Fitter {
 public:
  Fitter(const StreamFormat& format, const BandLayout& layout, std::span<const BandStep> wanted, bool short_block)
      : format_(format), layout_(layout), wanted_(wanted), short_(short_block) {}

  // Highest step any band of `window` wants, or kAnyStep when all are silent; a long block is window 0 of 1. With
  // `for_last` pulled down to what suits the band that has no scalefactor.
  float top(int window, bool for_last) const {
    const int windows = short_ ? 3 : 1;
    float top = kAnyStep;
    for (int band = window; band < layout_.count; band += windows) top = std::max(top, wanted_[band].index);
    for (int band = layout_.coded; band < layout_.count && for_last; ++band)
      if (wanted_[band].index != kAnyStep && band % windows == window)
        top = std::min(top, wanted_[band].index + tuning().last_band_slack);
    return top;
  }
  float highest_top(bool for_last) const {
    const float first = top(0, for_last);
    return short_ ? std::max({first, top(1, for_last), top(2, for_last)}) : first;
  }

  int base(const Candidate& c, int band) const {
    return c.global_gain - (short_ ? 8 * c.subblock_gain[band % 3] : 0) -
           (c.preflag ? kPretab[band] * scale_step(c.scale) : 0);
  }
  static int scale_step(bool scale) { return scale ? 4 : 2; }

  // Returns by how many scalefactor units the neediest band falls short.
  int fit(Candidate& c) const {
    const int step = scale_step(c.scale);
    int shortfall = 0;
    for (int band = 0; band < layout_.coded; ++band) {
      c.scalefac[band] = 0;
      if (wanted_[band].index == kAnyStep) continue;
      const float above = static_cast<float>(base(c, band)) - wanted_[band].index;
      const int needed = static_cast<int>(std::floor(above / static_cast<float>(step) + 0.5f));
      const int possible = (base(c, band) - wanted_[band].finest) / step;
      const int limit = largest_scalefac(short_, band);
      shortfall = std::max(shortfall, needed - limit);
      c.scalefac[band] = static_cast<std::uint8_t>(std::clamp(std::min(needed, possible), 0, limit));
    }
    if (disputed_edge(format_) >= 0 && !short_) share_disputed(c);
    c.cost = codable(c) ? cost(c) : std::numeric_limits<float>::max();
    return shortfall;
  }

  int obtained(const Candidate& c, int band) const {
    return base(c, band) - (band < layout_.coded ? c.scalefac[band] * scale_step(c.scale) : 0);
  }

 private:
  void share_disputed(Candidate& c) const {
    const int edge = disputed_edge(format_);
    c.scalefac[edge - 1] = c.scalefac[edge] = std::min(c.scalefac[edge - 1], c.scalefac[edge]);
  }

  // No band's step may be so fine that its largest line exceeds the largest code.
  bool codable(const Candidate& c) const {
    for (int band = 0; band < layout_.count; ++band)
      if (wanted_[band].index != kAnyStep && obtained(c, band) < wanted_[band].finest) return false;
    return true;
  }

  float cost(const Candidate& c) const {
    float unevenness = 0.0f;
    for (int band = 0; band < layout_.count; ++band) {
      if (wanted_[band].index == kAnyStep) continue;
      const float off = static_cast<float>(obtained(c, band)) - wanted_[band].index;
      unevenness += static_cast<float>(layout_.width(band)) * off * off;
    }
    QuantizedGranule trial;
    trial.block_type = short_ ? BlockType::kShort : BlockType::kNormal;
    trial.scalefac = c.scalefac;
    code_scalefactors(format_, trial);
    return kUnevennessCost * unevenness + static_cast<float>(trial.part2_length);
  }

  const StreamFormat& format_;
  const BandLayout& layout_;
  std::span<const BandStep> wanted_;
  bool short_;
};

int round_gain(float wanted) {
  return std::clamp(static_cast<int>(std::floor(wanted + 0.5f)), 0, 255);
}

void consider(const Fitter& fitter, Candidate c, Candidate& best) {
  const int shortfall = fitter.fit(c);
  if (c.cost < best.cost) best = c;
  if (shortfall == 0) return;
  c.global_gain = std::max(0, c.global_gain - shortfall * Fitter::scale_step(c.scale));
  fitter.fit(c);
  if (c.cost < best.cost) best = c;
}

Candidate best_candidate(const StreamFormat& format, const Fitter& fitter, bool short_block) {
  Candidate best;
  const float free_top = fitter.highest_top(false);
  if (free_top == kAnyStep) return best;
  // The last band's wish yields only where it would make others too fine to be coded.
  for (const bool for_last : {true, false}) {
    const float top = fitter.highest_top(for_last);
    if (best.cost < std::numeric_limits<float>::max()) break;
    Candidate c;
    c.global_gain = round_gain(top);
    for (int window = 0; short_block && window < 3; ++window) {
      const float window_top = fitter.top(window, for_last);
      const float below = window_top == kAnyStep ? 0.0f : top - window_top;
      c.subblock_gain[window] = static_cast<std::uint8_t>(std::clamp(static_cast<int>(below / 8.0f), 0, 7));
    }
    for (const bool scale : {false, true})
      for (const bool preflag : {false, true}) {
        if (preflag && (short_block || format.lsf)) continue;
        c.scale = scale;
        c.preflag = preflag;
        consider(fitter, c, best);
      }
  }
  return best;
}

}  // namespace

int disputed_edge(const StreamFormat& format) {
  return format.rate_hz == 24000 ? 18 : -1;
}

void choose_scalefactors(const StreamFormat& format, const BandLayout& layout, std::span<const BandStep> wanted,
                         QuantizedGranule& granule, std::span<int> obtained) {
  const bool short_block = is_short(granule);
  const Fitter fitter(format, layout, wanted, short_block);
  const Candidate best = best_candidate(format, fitter, short_block);
  granule.global_gain = static_cast<std::uint8_t>(best.global_gain);
  granule.scalefac_scale = best.scale;
  granule.preflag = best.preflag;
  granule.subblock_gain = best.subblock_gain;
  granule.scalefac = best.scalefac;
  granule.scfsi = 0;
  code_scalefactors(format, granule);
  for (int band = 0; band < layout.count; ++band) obtained[band] = fitter.obtained(best, band);
}

void code_scalefactors(const StreamFormat& format, QuantizedGranule& granule) {
  format.lsf ? code_lsf(granule) : code_mpeg1(granule);
}

std::array<ScalefactorRun, 4> scalefactor_runs(const StreamFormat& format, const QuantizedGranule& granule) {
  const bool short_block = is_short(granule);
  const int compress = granule.scalefac_compress;
  if (!format.lsf) {
    const int slen1 = kSlen1[compress];
    const int slen2 = kSlen2[compress];
    if (short_block) return {{{18, slen1}, {18, slen2}, {0, 0}, {0, 0}}};
    return {{{11, slen1}, {10, slen2}, {0, 0}, {0, 0}}};
  }
  const LsfScalefactorTable& table = kLsfScalefactors[compress < 400 ? 0 : compress < 500 ? 1 : 2];
  std::array<ScalefactorRun, 4> runs{};
  int rest = compress - table.base;
  for (int part = 3; part >= 0; --part) {
    runs[part] = {table.bands[short_block ? 1 : 0][part], rest % table.radix[part]};
    rest /= table.radix[part];
  }
  return runs;
}

void share_scalefactors(const StreamFormat& format, const QuantizedGranule& first, QuantizedGranule& second) {
  if (format.lsf || is_short(first) || is_short(second)) return;
  std::uint8_t equal = 0;
  for (int group = 0; group < 4; ++group) {
    const auto from = kScfsiEdge[group];
    const auto to = kScfsiEdge[group + 1];
    if (std::equal(first.scalefac.begin() + from, first.scalefac.begin() + to, second.scalefac.begin() + from))
      equal |= static_cast<std::uint8_t>(1 << group);
  }
  const int before = second.part2_length;
  second.scfsi = equal;
  code_scalefactors(format, second);
  second.part2_3_length = static_cast<std::uint16_t>(second.part2_3_length - before + second.part2_length);
}

}  // namespace sluice::mp3
