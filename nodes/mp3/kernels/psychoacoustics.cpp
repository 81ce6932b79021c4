#include "nodes/mp3/kernels/psychoacoustics.h"

#include <algorithm>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

constexpr int kShortWindows = 3;

int windows_of(const Spectrum& spectrum) {
  return spectrum.type == BlockType::kShort ? kShortWindows : 1;
}

// The lines of one window of a short granule, ascending.
void gather_window(const Spectrum& spectrum, const BandLayout& bands, int window, std::span<float, kLines / 3> lines) {
  float* to = lines.data();
  for (int band = window; band < kMaxBands; band += kShortWindows)
    to = std::copy(spectrum.line.begin() + bands.edge[band], spectrum.line.begin() + bands.edge[band + 1], to);
}

}  // namespace

Psychoacoustics::Psychoacoustics(const StreamFormat& format, double quiet_db)
    : bands_(format),
      long_grid_(format.rate_hz, kLines, format.long_edges(), quiet_db),
      short_grid_(format.rate_hz, kLines / kShortWindows, format.short_edges(), quiet_db) {}

void Psychoacoustics::reset() {
  smeared_ = {};
}

const EarGrid& Psychoacoustics::grid_for(const Spectrum& spectrum) const {
  return spectrum.type == BlockType::kShort ? short_grid_ : long_grid_;
}

// Writes one row of `energy` for each window of the granule.
void Psychoacoustics::group(const Spectrum& spectrum, std::span<EarGrid::Values> energy) const {
  if (spectrum.type != BlockType::kShort) return long_grid_.group(spectrum.line, energy[0]);
  for (int window = 0; window < kShortWindows; ++window) {
    alignas(64) std::array<float, kLines / kShortWindows> lines;
    gather_window(spectrum, bands_.for_short, window, lines);
    short_grid_.group(lines, energy[static_cast<std::size_t>(window)]);
  }
}

void Psychoacoustics::finish(const Spectrum& spectrum, std::span<const EarGrid::Values> excitation,
                             EarGrid::Values& smeared, Masking& masking) const {
  const EarGrid& grid = grid_for(spectrum);
  alignas(64) EarGrid::Values reciprocal;
  if (spectrum.type != BlockType::kShort) {
    simd().smear(grid.spread_tables(), excitation[0].data(), smeared.data(), reciprocal.data());
    return grid.band_thresholds(reciprocal, std::span(masking.threshold).first(kLongBands));
  }
  for (std::size_t window = 0; window < kShortWindows; ++window) {
    std::array<float, kShortBands> threshold;
    simd().smear(grid.spread_tables(), excitation[window].data(), smeared.data(), reciprocal.data());
    grid.band_thresholds(reciprocal, threshold);
    for (std::size_t band = 0; band < kShortBands; ++band) masking.threshold[3 * band + window] = threshold[band];
  }
}

void Psychoacoustics::analyse(std::span<const Spectrum> channels, std::span<Masking> masking) {
  alignas(64) std::array<EarGrid::Values, kMaxChannels * kShortWindows> excitation;
  const auto rows = std::span(excitation);
  int count = 0;  // windows so far
  for (std::size_t ch = 0; ch < channels.size(); ++ch) {
    group(channels[ch], rows.subspan(static_cast<std::size_t>(count)));
    count += windows_of(channels[ch]);
  }
  int first = 0;
  for (std::size_t ch = 0; ch < channels.size(); ++ch) {  // channels of equal grids are spread together
    const int windows = windows_of(channels[ch]);
    const bool with_next = ch == 0 && channels.size() == 2 && windows_of(channels[1]) == windows;
    simd().spread(grid_for(channels[ch]).spread_tables(), excitation[static_cast<std::size_t>(first)].data(),
                  with_next ? 2 * windows : windows);
    if (with_next) break;
    first += windows;
  }
  first = 0;
  for (std::size_t ch = 0; ch < channels.size(); ++ch) {
    finish(channels[ch], rows.subspan(static_cast<std::size_t>(first)), smeared_[ch], masking[ch]);
    first += windows_of(channels[ch]);
  }
}

}  // namespace sluice::mp3
