#include "tools/mp3scope/walk/granule_data.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "tools/mp3scope/walk/huffman_decoder.h"

namespace sluice::mp3scope {
namespace {

using mp3::BitReader;
using mp3::FrameHeader;
using mp3::GranuleSide;

constexpr int kMaxBigValues = mp3::kLines / 2;
constexpr int kLastRegionStart = mp3::kLines;

// MPEG-1, 2.4.2.7: bands with slen1 and slen2 bits. Mixed blocks: 8 long bands and 3 short ones in three windows.
int mpeg1_scalefactor_bits(const GranuleSide& side, unsigned scfsi) {
  const int slen1 = mp3::kSlen1[side.scalefac_compress];
  const int slen2 = mp3::kSlen2[side.scalefac_compress];
  if (side.block_type == 2) return (side.mixed_block ? 17 : 18) * slen1 + 18 * slen2;
  static constexpr std::array<int, 4> kGroupBands = {6, 5, 5, 5};
  int bits = 0;
  for (int group = 0; group < 4; ++group)
    if ((scfsi >> group & 1) == 0) bits += kGroupBands[group] * (group < 2 ? slen1 : slen2);
  return bits;
}

struct LsfWidths {
  std::array<int, 4> slen;
  int table;  // row of kLsfBands
};

// 13818-3 2.4.3.2: how scalefac_compress numbers the four widths.
LsfWidths lsf_widths(int compress, bool intensity_right) {
  if (intensity_right) {
    const int c = compress >> 1;
    if (c < 180) return {{c / 36, c % 36 / 6, c % 6, 0}, 3};
    if (c < 244) return {{((c - 180) % 64) >> 4, ((c - 180) % 16) >> 2, (c - 180) % 4, 0}, 4};
    return {{(c - 244) / 3, (c - 244) % 3, 0, 0}, 5};
  }
  const int c = compress;
  if (c < 400) return {{(c >> 4) / 5, (c >> 4) % 5, (c % 16) >> 2, c % 4}, 0};
  if (c < 500) return {{((c - 400) >> 2) / 5, ((c - 400) >> 2) % 5, (c - 400) % 4, 0}, 1};
  return {{(c - 500) / 3, (c - 500) % 3, 0, 0}, 2};
}

// Scalefactors with each of the four widths, by [row][0 long, 1 short, 2 mixed]. 13818-3 2.4.3.2, Table.
constexpr std::array<std::array<std::array<int, 4>, 3>, 6> kLsfBands = {{
    {{{6, 5, 5, 5}, {9, 9, 9, 9}, {6, 9, 9, 9}}},
    {{{6, 5, 7, 3}, {9, 9, 12, 6}, {6, 9, 12, 6}}},
    {{{11, 10, 0, 0}, {18, 18, 0, 0}, {15, 18, 0, 0}}},
    {{{7, 7, 7, 0}, {12, 12, 12, 0}, {6, 15, 12, 0}}},
    {{{6, 6, 6, 3}, {12, 9, 9, 6}, {6, 12, 9, 6}}},
    {{{8, 8, 5, 0}, {15, 12, 9, 0}, {6, 18, 9, 0}}},
}};

int lsf_scalefactor_bits(const GranuleSide& side, bool intensity_right) {
  const LsfWidths widths = lsf_widths(side.scalefac_compress, intensity_right);
  const int shape = side.block_type != 2 ? 0 : side.mixed_block ? 2 : 1;
  int bits = 0;
  for (int part = 0; part < 4; ++part) bits += kLsfBands[widths.table][shape][part] * widths.slen[part];
  return bits;
}

// First lines of regions 1 and 2. Where they are implied, at 8 kHz bands are wider: as decoders have it.
std::array<int, 2> region_starts(const FrameHeader& header, const GranuleSide& side) {
  if (!side.window_switching) {
    const auto& edge = mp3::kSfbLong[header.rate_row];
    const int first = std::min(22, side.region0_count + 1);
    return {edge[first], edge[std::min(22, first + side.region1_count + 1)]};
  }
  const bool eight_khz = header.rate_hz() == 8000;
  if (side.block_type == 2) return {eight_khz ? 72 : 36, kLastRegionStart};
  return {!header.lsf() ? 36 : eight_khz ? 108 : 54, kLastRegionStart};
}

}  // namespace

std::string_view side_fault(const GranuleSide& side) {
  if (side.big_values > kMaxBigValues) return "big_values is more than 288";
  if (side.window_switching && side.block_type == 0) return "window switching to block type 0";
  for (int region = 0; region < (side.window_switching ? 2 : 3) && side.big_values > 0; ++region)
    if (!table_exists(side.table_select[region])) return "Huffman table 4 or 14, which do not exist";
  return {};
}

GranuleData read_granule(const FrameHeader& header, const GranuleSide& side, int channel, unsigned scfsi,
                         BitReader& in) {
  GranuleData data;
  const std::size_t end = in.at() + side.part2_3_length;
  data.part2_bits =
      header.lsf() ? lsf_scalefactor_bits(side, channel == 1 && header.intensity) : mpeg1_scalefactor_bits(side, scfsi);
  in.skip(static_cast<std::size_t>(data.part2_bits));
  const auto starts = region_starts(header, side);
  int line = 0;
  for (; line < 2 * side.big_values && in.at() <= end; line += 2) {
    const int region = line < starts[0] ? 0 : line < starts[1] ? 1 : 2;
    const Pair pair = read_pair(side.table_select[region], in);
    data.largest = std::max({data.largest, std::abs(pair.x), std::abs(pair.y)});
  }
  for (; in.at() < end && line + 4 <= mp3::kLines; line += 4, ++data.count1)
    data.largest = std::max(data.largest, read_quadruple(side.count1table_select, in) > 0 ? 1 : 0);
  data.lines = line;
  data.left_bits = static_cast<int>(end) - static_cast<int>(in.at());
  in.move_to(end);
  return data;
}

}  // namespace sluice::mp3scope
