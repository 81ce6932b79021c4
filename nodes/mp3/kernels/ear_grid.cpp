#include "nodes/mp3/kernels/ear_grid.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {
namespace {

constexpr double kGridBark = 0.5;
constexpr double kLower = 27.0;        // dB per Bark, BS.1387-1 eq. 17
constexpr double kFullScaleDb = 92.0;  // level of a full-scale sine, BS.1387-1 2.1.3
constexpr double kAdditivity = 0.4;    // exponent of the addition of spread excitations, BS.1387-1 eq. 20

double bark(double hz) {
  return 7.0 * std::asinh(hz / 650.0);
}
double hz_of(double bark_value) {
  return 650.0 * std::sinh(bark_value / 7.0);
}
double centre_hz(int grid, double top_bark) {
  return hz_of(std::min((grid + 0.5) * kGridBark, top_bark));
}
double from_db(double db) {
  return std::pow(10.0, db / 10.0);
}

// Outer and middle ear, BS.1387-1 eq. 7, as an energy factor.
double ear_weight(double hz) {
  const double khz = std::max(hz, 20.0) / 1000.0;
  return from_db(-0.6 * 3.64 * std::pow(khz, -0.8) + 6.5 * std::exp(-0.6 * (khz - 3.3) * (khz - 3.3)) -
                 1e-3 * std::pow(khz, 3.6));
}

// Internal noise of the ear, BS.1387-1 eq. 11, in units where a full-scale sine is 1.
double internal_noise(double hz) {
  return std::pow(10.0, 0.4 * 0.364 * std::pow(hz / 1000.0, -0.8) - kFullScaleDb / 10.0);
}

// BS.1387-1 eq. 25.
double masking_offset_db(double z) {
  return z <= 12.0 ? 3.0 : 0.25 * z;
}

// Time constant of the decay of excitation, BS.1387-1 eq. 21: 8 ms rising to 30 ms at 100 Hz.
double decay_seconds(double hz) {
  return 0.008 + 100.0 / hz * (0.030 - 0.008);
}

}  // namespace

EarGrid::EarGrid(int rate_hz, int lines, std::span<const std::int16_t> edges, double quiet_db)
    : lines_(lines), grid_of_lines_(lines), bands_of_grid_(kMaxGrid) {
  const double top = bark(rate_hz / 2.0);
  size_ = std::min(kMaxGrid, static_cast<int>(std::ceil(top / kGridBark)));
  internal_noise_.fill(1.0f);
  for (int i = 0; i < kMaxGrid; ++i) {
    const double hz = centre_hz(i, top);
    if (i < size_) internal_noise_[i] = static_cast<float>(internal_noise(hz) * from_db(quiet_db));
    spread_.upper_slope_db[i] = static_cast<float>((-24.0 - 230.0 / hz) * kGridBark);
    spread_.decay[i] = static_cast<float>(std::exp(-static_cast<double>(lines) / rate_hz / decay_seconds(hz)));
    spread_.normal[i] = 1.0f;
  }
  spread_.size = size_;
  spread_.level_slope = static_cast<float>(0.2 * kGridBark);
  spread_.flattest_db = static_cast<float>(-1.0 * kGridBark);
  spread_.full_scale_db = static_cast<float>(kFullScaleDb);
  spread_.down = static_cast<float>(from_db(-kLower * kGridBark * kAdditivity));
  spread_.down_sum = static_cast<float>(1.0 / (1.0 - from_db(-kLower * kGridBark)));
  const std::vector<Overlap> overlap = overlaps(rate_hz);
  map_lines(overlap, top);
  map_bands(overlap, edges, top);
  alignas(64) Values flat;
  flat.fill(static_cast<float>(from_db(-kFullScaleDb)));  // 0 dB everywhere, BS.1387-1 eq. 18
  const float zero_db = flat[0];
  simd().spread(spread_, flat.data(), 1);
  for (int i = 0; i < size_; ++i) spread_.normal[i] = zero_db / flat[i];
}

std::vector<EarGrid::Overlap> EarGrid::overlaps(int rate_hz) const {
  const double line_hz = rate_hz / 2.0 / lines_;
  std::vector<Overlap> overlap;
  for (int line = 0; line < lines_; ++line) {
    const double low = bark(line * line_hz) / kGridBark;
    const double high = bark((line + 1) * line_hz) / kGridBark;
    for (int i = static_cast<int>(low); i < size_ && i < high; ++i) {
      const double share = (std::min(high, i + 1.0) - std::max(low, static_cast<double>(i))) / (high - low);
      if (share > 0.0) overlap.push_back({i, line, share});
    }
  }
  return overlap;
}

void EarGrid::map_lines(std::span<const Overlap> overlap, double top_bark) {
  for (int i = 0; i < size_; ++i) {
    std::vector<float> weights;
    int first = 0;
    for (const Overlap& o : overlap) {
      if (o.grid != i) continue;
      if (weights.empty()) first = o.line;
      weights.push_back(static_cast<float>(o.share * ear_weight(centre_hz(i, top_bark))));
    }
    grid_of_lines_.add_row(first, weights);
  }
}

// A noise of energy N, flat over a band of w lines, puts N / w into each line. Its ratio to the mask, averaged over the
// band's lines, is N / w^2 sum_l 1 / m_l with m_l the mask's share of line l: the threshold makes this mean 1.
void EarGrid::map_bands(std::span<const Overlap> overlap, std::span<const std::int16_t> edges, double top_bark) {
  std::array<double, kMaxGrid> lines_in{};  // ear-weighted lines of each grid band
  for (const Overlap& o : overlap) lines_in[o.grid] += o.share * ear_weight(centre_hz(o.grid, top_bark));
  for (std::size_t band = 0; band + 1 < edges.size(); ++band) {
    const double width = edges[band + 1] - edges[band];
    std::vector<float> weights;
    int first = 0;
    for (const Overlap& o : overlap) {
      if (o.line < edges[band] || o.line >= edges[band + 1]) continue;
      if (weights.empty()) first = o.grid;
      weights.resize(static_cast<std::size_t>(o.grid - first) + 1);
      const double mask = from_db(-masking_offset_db(std::min((o.grid + 0.5) * kGridBark, top_bark)));
      weights.back() += static_cast<float>(lines_in[o.grid] * o.share / width / width / mask);
    }
    bands_of_grid_.add_row(first, weights);
  }
}

void EarGrid::group(std::span<const float> window, std::span<float, kMaxGrid> energy) const {
  alignas(64) std::array<float, kLines> power;
  simd().pseudo_power(window.data(), lines_, power.data());
  std::copy(internal_noise_.begin(), internal_noise_.end(), energy.begin());
  simd().multiply_rows(grid_of_lines_.rows(), power.data(), energy.data());
}

void EarGrid::band_thresholds(std::span<const float, kMaxGrid> reciprocal, std::span<float> threshold) const {
  std::fill(threshold.begin(), threshold.end(), 0.0f);
  simd().multiply_rows(bands_of_grid_.rows(), reciprocal.data(), threshold.data());
  for (float& t : threshold) t = 1.0f / t;
}

}  // namespace sluice::mp3
