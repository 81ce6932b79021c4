// The scalefactor bands of a granule as runs of consecutive lines in stream order.
#pragma once

#include "nodes/mp3/kernels/mdct.h"

namespace sluice::mp3 {

// Long types: 22 bands. Short type: 39, numbered 3 * band + window. The bands without a scalefactor come last.
struct BandLayout {
  int count = 0;
  int coded = 0;  // bands that have a scalefactor: 21 or 36
  std::array<std::int16_t, kMaxBands + 1> edge{};

  int width(int band) const { return edge[band + 1] - edge[band]; }
  // Bands, rounded up to a multiple of every target's lanes.
  int slots() const { return (count + 15) / 16 * 16; }

  static BandLayout long_bands(const StreamFormat& format) {
    BandLayout layout{.count = kLongBands, .coded = kLongBands - 1, .edge = {}};
    for (int i = 0; i <= kLongBands; ++i) layout.edge[i] = format.long_edges()[i];
    return layout;
  }
  static BandLayout short_bands(const StreamFormat& format) {
    BandLayout layout{.count = kMaxBands, .coded = kMaxBands - 3, .edge = {}};
    const auto edges = format.short_edges();
    for (int i = 0; i < kMaxBands; ++i) {
      const int width = edges[i / 3 + 1] - edges[i / 3];
      layout.edge[i + 1] = static_cast<std::int16_t>(layout.edge[i] + width);
    }
    return layout;
  }
};

// Both layouts of one stream.
struct Bands {
  explicit Bands(const StreamFormat& format)
      : for_long(BandLayout::long_bands(format)), for_short(BandLayout::short_bands(format)) {}
  const BandLayout& of(BlockType type) const { return type == BlockType::kShort ? for_short : for_long; }

  BandLayout for_long;
  BandLayout for_short;
};

}  // namespace sluice::mp3
