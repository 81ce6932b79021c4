#include "nodes/mp3/kernels/banded_matrix.h"

#include <algorithm>

namespace sluice::mp3 {

// Whole quads of columns, moved down where they would reach beyond the last column.
void BandedMatrix::add_row(int first, std::span<const float> weights) {
  const int count = static_cast<int>(weights.size());
  const int quads = (count + 3) / 4;
  const int from = std::min(first, columns_ - 4 * quads);
  first_.push_back(static_cast<std::int16_t>(from));
  quads_.push_back(static_cast<std::int16_t>(quads));
  for (int i = 0; i < 4 * quads; ++i) {
    const int at = from + i - first;
    weight_.push_back(at >= 0 && at < count ? weights[static_cast<std::size_t>(at)] : 0.0f);
  }
}

}  // namespace sluice::mp3
