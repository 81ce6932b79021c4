#include "nodes/mp3/kernels/mdct.h"

#include <cmath>
#include <numbers>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/simd/mdct_tables.h"

namespace sluice::mp3 {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr int kLongTaps = 2 * kSlots;  // n = 36
constexpr int kShortTaps = 12;         // n = 12
constexpr int kShortLines = 6;         // of one subband and window

double sine_window(int i, int n) {
  return std::sin(kPi / n * (i + 0.5));
}

// 2.4.3.4.10.3. Start: long slope up, flat, short slope down, zero. Stop: its mirror image.
double start_window(int i) {
  if (i < 18) return sine_window(i, kLongTaps);
  if (i < 24) return 1.0;
  if (i < 30) return sine_window(i - 18, kShortTaps);
  return 0.0;
}

double long_window(BlockType type, int i) {
  switch (type) {
    case BlockType::kStart:
      return start_window(i);
    case BlockType::kStop:
      return start_window(kLongTaps - 1 - i);
    default:
      return sine_window(i, kLongTaps);
  }
}

struct Constants {
  float window[4][kLongTaps];  // by block type; the short row is not used
  float short_window[kShortTaps];
  float short_cos[kShortLines][kShortLines];  // [k][folded input], scaled by 4 / n
  MdctTables for_long;

  Constants() {
    for (int type = 0; type < 4; ++type)
      for (int i = 0; i < kLongTaps; ++i) window[type][i] = static_cast<float>(long_window(BlockType(type), i));
    for (int i = 0; i < kShortTaps; ++i) short_window[i] = static_cast<float>(sine_window(i, kShortTaps));
    fill_cosines(for_long.cosine, kLongTaps);
    fill_cosines(short_cos, kShortTaps);
    fill_butterflies();
  }

  void fill_butterflies() {
    for (int i = 0; i < 8; ++i)
      for (int sb = 0; sb < kSubbands; ++sb) {
        const bool last = sb == kSubbands - 1;
        const double c = kAliasC[static_cast<std::size_t>(i)];
        for_long.cs[i][sb] = last ? 1.0f : static_cast<float>(1.0 / std::sqrt(1.0 + c * c));
        for_long.ca[i][sb] = last ? 0.0f : static_cast<float>(c / std::sqrt(1.0 + c * c));
      }
  }

  // The cosine is odd about (n/2 - 1)/2 in the first half and even about (3n/2 - 1)/2 in the second, so n inputs fold
  // to n / 2: u[i] = z[i] - z[n/2-1-i], then u[n/4+i] = z[n/2+i] + z[n-1-i], i < n/4.
  template <std::size_t kHalf>
  static void fill_cosines(float (&table)[kHalf][kHalf], int n) {
    for (int k = 0; k < n / 2; ++k)
      for (int u = 0; u < n / 2; ++u) {
        const int i = u < n / 4 ? u : u + n / 4;
        table[k][u] = static_cast<float>(4.0 / n * std::cos(kPi / (2 * n) * (2 * i + 1 + n / 2) * (2 * k + 1)));
      }
  }
};

const Constants& constants() {
  static const Constants instance;
  return instance;
}

using Lanes = std::array<float, kSubbands>;

// Frequency inversion: odd slots of odd subbands change sign before the MDCT. 2.4.3.4.10.5.
constexpr Lanes kInversion = [] {
  Lanes sign{};
  for (int sb = 0; sb < kSubbands; ++sb) sign[sb] = sb % 2 == 0 ? 1.0f : -1.0f;
  return sign;
}();

void apply_window(const Lanes& slot, bool odd, float w, Lanes& out) {
  if (odd)
    for (int sb = 0; sb < kSubbands; ++sb) out[sb] = slot[sb] * kInversion[sb] * w;
  else
    for (int sb = 0; sb < kSubbands; ++sb) out[sb] = slot[sb] * w;
}

template <std::size_t kHalf>
void fold(const std::array<Lanes, 2 * kHalf>& z, std::array<Lanes, kHalf>& u) {
  for (std::size_t i = 0; i < kHalf / 2; ++i)
    for (int sb = 0; sb < kSubbands; ++sb) {
      u[i][sb] = z[i][sb] - z[kHalf - 1 - i][sb];
      u[kHalf / 2 + i][sb] = z[kHalf + i][sb] + z[2 * kHalf - 1 - i][sb];
    }
}

template <std::size_t kHalf>
void multiply(const float (&cosines)[kHalf][kHalf], const std::array<Lanes, kHalf>& u, Lanes* x) {
  for (std::size_t k = 0; k < kHalf; ++k) {
    alignas(64) Lanes sum{};
    for (std::size_t i = 0; i < kHalf; ++i)
      for (int sb = 0; sb < kSubbands; ++sb) sum[sb] += cosines[k][i] * u[i][sb];
    x[k] = sum;
  }
}

}  // namespace

HybridMdct::HybridMdct(const StreamFormat& format) {
  constants();
  const auto edges = format.short_edges();
  for (int band = 0; band < kShortBands; ++band) {
    const int width = edges[band + 1] - edges[band];
    for (int window = 0; window < 3; ++window)
      for (int j = 0; j < width; ++j)
        short_position_[192 * window + edges[band] + j] =
            static_cast<std::int16_t>(3 * edges[band] + window * width + j);
  }
}

void HybridMdct::transform_short(const SubbandGranule& previous, const SubbandGranule& current, Coefficients& x) const {
  for (int window = 0; window < 3; ++window) {
    alignas(64) std::array<Lanes, kShortTaps> z;
    for (int i = 0; i < kShortTaps; ++i) {
      const int slot = 6 + 6 * window + i;  // of the 36: the three windows start at 6, 12 and 18
      const Lanes& from = slot < kSlots ? previous[slot] : current[slot - kSlots];
      apply_window(from, slot % 2 != 0, constants().short_window[i], z[i]);
    }
    alignas(64) std::array<Lanes, kShortLines> u;
    fold<kShortLines>(z, u);
    multiply<kShortLines>(constants().short_cos, u, x.data() + kShortLines * window);
  }
}

void HybridMdct::transform(const SubbandGranule& previous, const SubbandGranule& current, BlockType type,
                           Spectrum& out) const {
  out.type = type;
  if (type != BlockType::kShort) {
    simd().mdct_long(constants().for_long, constants().window[static_cast<int>(type)], previous.front().data(),
                     current.front().data(), out.line.data());
    return;
  }
  alignas(64) Coefficients x;
  transform_short(previous, current, x);
  for (int window = 0; window < 3; ++window)
    for (int sb = 0; sb < kSubbands; ++sb)
      for (int k = 0; k < kShortLines; ++k)
        out.line[short_position_[192 * window + kShortLines * sb + k]] = x[kShortLines * window + k][sb];
}

}  // namespace sluice::mp3
