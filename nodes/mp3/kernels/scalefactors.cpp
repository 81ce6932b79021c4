#include "nodes/mp3/kernels/scalefactors.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace sluice::mp3 {
namespace {

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

// Of the 16 pairs of slen1 and slen2 the cheapest that is wide enough.
Slen cheapest_slen(int lower_width, int lower_bands, int upper_width, int upper_bands) {
  Slen best{0, std::numeric_limits<std::uint16_t>::max()};
  for (std::uint16_t compress = 0; compress < 16; ++compress) {
    if (kSlen1[compress] < lower_width || kSlen2[compress] < upper_width) continue;
    const int bits = lower_bands * kSlen1[compress] + upper_bands * kSlen2[compress];
    if (bits < best.bits) best = {compress, static_cast<std::uint16_t>(bits)};
  }
  return best;
}

// MPEG-1: slen1 for the lower, slen2 for the upper bands.
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
  const Slen slen = granule.scfsi == 0
                        ? mpeg1_slen(is_short(granule), largest[0], largest[1])
                        : cheapest_slen(width_for(largest[0]), count[0], width_for(largest[1]), count[1]);
  granule.scalefac_compress = slen.compress;
  granule.part2_length = slen.bits;
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

// The cheapest of the 16 pairs of widths by the widths needed, for MPEG-1 granules that repeat nothing.
struct Mpeg1Slens {
  Slen of[2][5][4];  // [0 long, 1 short][bits needed below][bits needed above]

  Mpeg1Slens() {
    for (int block_class = 0; block_class < 2; ++block_class)
      for (int lower = 0; lower < 5; ++lower)
        for (int upper = 0; upper < 4; ++upper)
          of[block_class][lower][upper] =
              block_class == 0 ? cheapest_slen(lower, 11, upper, 10) : cheapest_slen(lower, 18, upper, 18);
  }
};

const Mpeg1Slens kMpeg1Slens;  // made before main(): asked for by every trial of every pass

}  // namespace

int disputed_edge(const StreamFormat& format) {
  return format.rate_hz == 24000 ? 18 : -1;
}

Slen mpeg1_slen(bool short_block, int largest_lower, int largest_upper) {
  return kMpeg1Slens.of[short_block ? 1 : 0][width_for(largest_lower)][width_for(largest_upper)];
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
  if (equal == 0) return;
  const int before = second.part2_length;
  second.scfsi = equal;
  code_scalefactors(format, second);
  second.part2_3_length = static_cast<std::uint16_t>(second.part2_3_length - before + second.part2_length);
}

}  // namespace sluice::mp3
