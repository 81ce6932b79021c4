#include "nodes/mp3/kernels/psychoacoustics.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/fast_math.h"

namespace sluice::mp3 {
namespace {

constexpr double kGridBark = 0.5;
constexpr float kLower = 27.0f;        // dB per Bark, BS.1387-1 eq. 17
constexpr float kFullScaleDb = 92.0f;  // level of a full-scale sine, BS.1387-1 2.1.3
constexpr float kAdditivity = 0.4f;    // exponent of the addition of spread excitations, BS.1387-1 eq. 20
// Mean of the pseudo-power over X^2: 3 for noise, about 2 for a steady tone. Measured on white noise and sines.
constexpr float kPseudoScale = 1.0f / 2.5f;
constexpr float kDb = 0.33219281f;  // log2(10) / 10: dB to log2 of an energy

double bark(double hz) {
  return 7.0 * std::asinh(hz / 650.0);
}
double hz_of(double bark_value) {
  return 650.0 * std::sinh(bark_value / 7.0);
}

// Outer and middle ear, BS.1387-1 eq. 7, as an energy factor.
double ear_weight(double hz) {
  const double khz = std::max(hz, 20.0) / 1000.0;
  const double db =
      -0.6 * 3.64 * std::pow(khz, -0.8) + 6.5 * std::exp(-0.6 * (khz - 3.3) * (khz - 3.3)) - 1e-3 * std::pow(khz, 3.6);
  return std::pow(10.0, db / 10.0);
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

EarGrid::EarGrid(int rate_hz, int lines, std::span<const std::int16_t> edges) {
  const double top = bark(rate_hz / 2.0);
  size_ = std::min(kMaxGrid, static_cast<int>(std::ceil(top / kGridBark)));
  for (int i = 0; i < size_; ++i) {
    const double z = std::min((i + 0.5) * kGridBark, top);
    const double hz = hz_of(z);
    centre_hz_[i] = static_cast<float>(hz);
    internal_noise_[i] = static_cast<float>(internal_noise(hz));
    upper_slope_db_[i] = static_cast<float>((-24.0 - 230.0 / hz) * kGridBark);
    decay_[i] = static_cast<float>(std::exp(-static_cast<double>(lines) / rate_hz / decay_seconds(hz)));
    mask_[i] = static_cast<float>(std::pow(10.0, -masking_offset_db(z) / 10.0));
    flat_spread_[i] = 1.0f;
  }
  map_lines(rate_hz, lines);
  map_bands(edges);
  std::array<float, kMaxGrid> flat;
  flat.fill(std::pow(10.0f, -kFullScaleDb / 10.0f));  // 0 dB everywhere, BS.1387-1 eq. 18
  spread(flat);
  for (int i = 0; i < size_; ++i) flat_spread_[i] = flat[i] / std::pow(10.0f, -kFullScaleDb / 10.0f);
}

void EarGrid::map_lines(int rate_hz, int lines) {
  const double line_hz = rate_hz / 2.0 / lines;
  for (int line = 0; line < lines; ++line) {
    const double low = bark(line * line_hz) / kGridBark;
    const double high = bark((line + 1) * line_hz) / kGridBark;
    for (int i = static_cast<int>(low); i < size_ && i < high; ++i) {
      const double share = (std::min(high, i + 1.0) - std::max(low, static_cast<double>(i))) / (high - low);
      if (share <= 0.0) continue;
      overlap_.push_back({static_cast<std::int16_t>(i), static_cast<std::int16_t>(line), static_cast<float>(share)});
    }
  }
}

// A noise of energy N, flat over a band of w lines, puts N / w into each line. Its ratio to the mask, averaged over the
// band's lines, is N / w^2 sum_l 1 / m_l with m_l the mask's share of line l: the threshold makes this mean 1.
void EarGrid::map_bands(std::span<const std::int16_t> edges) {
  std::array<double, kMaxGrid> lines_in{};  // ear-weighted lines of each grid band
  for (Overlap& o : overlap_) {
    const double hz = centre_hz_[o.grid];
    lines_in[o.grid] += o.share * ear_weight(hz);
    o.share *= static_cast<float>(ear_weight(hz));
  }
  for (std::size_t band = 0; band + 1 < edges.size(); ++band) {
    const double width = edges[band + 1] - edges[band];
    for (const Overlap& o : overlap_) {
      if (o.line < edges[band] || o.line >= edges[band + 1]) continue;
      const float weight =
          static_cast<float>(lines_in[o.grid] * o.share / ear_weight(centre_hz_[o.grid]) / width / width);
      if (!band_overlap_.empty() && band_overlap_.back().grid == o.grid &&
          band_overlap_.back().band == static_cast<int>(band))
        band_overlap_.back().weight += weight;
      else
        band_overlap_.push_back({static_cast<std::int16_t>(band), o.grid, weight});
    }
  }
  for (BandOverlap& b : band_overlap_) b.weight /= mask_[b.grid];
}

void EarGrid::group(std::span<const float> power, std::span<float> energy) const {
  for (int i = 0; i < size_; ++i) energy[i] = internal_noise_[i];
  for (const Overlap& o : overlap_) energy[o.grid] += o.share * power[o.line];
}

void EarGrid::spread(std::span<float> energy) const {
  // With exponent 0.4 both directions are first-order recursions; upwards the slope of the sum is the mean of its
  // parts.
  constexpr float kGrid = static_cast<float>(kGridBark);
  const float down = std::exp2(-kLower * kGrid * kDb * kAdditivity);
  const float down_sum = 1.0f / (1.0f - std::exp2(-kLower * kGrid * kDb));
  std::array<float, kMaxGrid> companded;
  std::array<float, kMaxGrid> slope;
  for (int i = 0; i < size_; ++i) {
    const float log2_energy = fast_log2(energy[i]);
    const float level_db = log2_energy / kDb + kFullScaleDb;
    const float up_db = std::min(upper_slope_db_[i] + 0.2f * kGrid * level_db, -1.0f * kGrid);
    const float up = fast_exp2(up_db * kDb);
    const float total = down_sum + up / (1.0f - up);  // the spreading conserves energy, BS.1387-1 eq. 19
    companded[i] = fast_exp2(kAdditivity * (log2_energy - fast_log2(total)));
    slope[i] = fast_exp2(up_db * kDb * kAdditivity);
  }
  std::array<float, kMaxGrid> sum;
  float carried = 0.0f;
  float carried_slope = 0.0f;
  for (int i = 0; i < size_; ++i) {
    const float arriving = carried * carried_slope;
    sum[i] = arriving + companded[i];
    carried_slope = (arriving * carried_slope + companded[i] * slope[i]) / sum[i];
    carried = sum[i];
  }
  carried = 0.0f;
  for (int i = size_ - 1; i >= 0; --i) {
    sum[i] += carried;
    carried = (carried + companded[i]) * down;
  }
  for (int i = 0; i < size_; ++i) energy[i] = fast_pow(sum[i], 1.0f / kAdditivity) / flat_spread_[i];
}

void EarGrid::band_thresholds(std::span<const float> excitation, std::span<float> threshold) const {
  std::fill(threshold.begin(), threshold.end(), 0.0f);
  for (const BandOverlap& b : band_overlap_) threshold[b.band] += b.weight / excitation[b.grid];
  for (float& t : threshold) t = 1.0f / t;
}

Psychoacoustics::Psychoacoustics(const StreamFormat& format)
    : bands_(format),
      long_grid_(format.rate_hz, kLines, format.long_edges()),
      short_grid_(format.rate_hz, kLines / 3, format.short_edges()) {}

void Psychoacoustics::reset() {
  smeared_.fill(0.0f);
}

void Psychoacoustics::analyse_window(const EarGrid& grid, std::span<const float> lines, std::span<float> threshold) {
  std::array<float, kLines> power;
  const std::size_t n = lines.size();
  for (std::size_t k = 0; k < n; ++k) {
    const float below = k > 0 ? lines[k - 1] : -lines[0];
    const float above = k + 1 < n ? lines[k + 1] : 0.0f;
    const float slope = above - below;
    power[k] = kPseudoScale * (lines[k] * lines[k] + slope * slope);
  }
  std::array<float, EarGrid::kMaxGrid> excitation;
  grid.group(std::span(power).first(n), excitation);
  grid.spread(excitation);
  for (int i = 0; i < grid.size(); ++i) {
    const float a = grid.decay(i);
    smeared_[i] = a * smeared_[i] + (1.0f - a) * excitation[i];
    excitation[i] = std::max(excitation[i], smeared_[i]);
  }
  grid.band_thresholds(excitation, threshold);
}

Masking Psychoacoustics::analyse(const Spectrum& spectrum) {
  Masking masking;
  if (spectrum.type != BlockType::kShort) {
    analyse_window(long_grid_, spectrum.line, std::span(masking.threshold).first(kLongBands));
    return masking;
  }
  for (int window = 0; window < 3; ++window) {
    std::array<float, kLines / 3> lines;
    std::array<float, kShortBands> threshold;
    int k = 0;
    for (int band = window; band < kMaxBands; band += 3)
      for (int i = bands_.for_short.edge[band]; i < bands_.for_short.edge[band + 1]; ++i) lines[k++] = spectrum.line[i];
    analyse_window(short_grid_, lines, threshold);
    for (int band = 0; band < kShortBands; ++band) masking.threshold[3 * band + window] = threshold[band];
  }
  return masking;
}

float band_entropy(float energy, float threshold, int width) {
  return 0.5f * static_cast<float>(width) * fast_log2(1.0f + energy / threshold);
}

}  // namespace sluice::mp3
