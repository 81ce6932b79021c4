// Huffman coding of a quantised granule: how many bits, which regions, which tables. ISO/IEC 11172-3 2.4.2.7, Table
// B.7.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "nodes/mp3/kernels/simd/rate_tables.h"
#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

using Magnitudes = std::array<std::int16_t, kLines + kLinePadding>;  // |quantised|, stream order, and room

// How a granule is divided and coded. Field names are the side information's.
struct HuffmanPlan {
  int bits = 0;
  int big_values = 0;  // pairs
  int count1 = 0;      // quadruples
  std::array<std::uint8_t, 3> table_select{};
  int region0_count = 0;
  int region1_count = 0;
  int count1table_select = 0;
};

// The cheapest plan for a long block (three regions, borders at the scalefactor band `edges`). `largest`: the largest
// value of each band. `no_border` is an edge index that no region may start at, or -1 (see disputed_edge()). Real-time
// safe.
HuffmanPlan plan_long(const Magnitudes& x, std::span<const std::int16_t> largest,
                      std::span<const std::int16_t, 23> edges, int no_border);

// The same for block types 1 to 3, whose two regions meet at the implied `region1_line`.
HuffmanPlan plan_switched(const Magnitudes& x, int region1_line);

}  // namespace sluice::mp3
