// What a Layer III stream is: sampling rate, channels, bitrate, and the frame sizes that follow from them.
// ISO/IEC 11172-3 2.4.2.3, 2.4.3.1; ISO/IEC 13818-3 2.4. The rates of MPEG-2.5 are no ISO standard: decoders agree on
// them (tables.h), and on LSF syntax otherwise.
#pragma once

#include <optional>
#include <span>

#include "nodes/mp3/kernels/tables.h"

namespace sluice::mp3 {

inline constexpr int kSubbands = 32;
inline constexpr int kSlots = 18;                  // subband samples of one granule
inline constexpr int kLines = kSubbands * kSlots;  // frequency lines (and samples) of one granule
inline constexpr int kMaxChannels = 2;
inline constexpr int kMaxGranules = 2;  // per frame: 2 in MPEG-1, 1 in LSF
inline constexpr int kLongBands = 22;   // the last one carries no scalefactor
inline constexpr int kShortBands = 13;  // of each of the three windows, ditto
inline constexpr int kMaxBands = 3 * kShortBands;
inline constexpr int kMaxPart23Bits = 4095;  // part2_3_length is 12 bits wide

// What stays the same from frame to frame: the size, its mean over a few seconds, or the noise.
enum class RateMethod : std::uint8_t { kConstant, kMean, kVariable };  // CBR, ABR, VBR

struct StreamFormat {
  int rate_hz = 44100;
  int channels = 2;
  int bitrate_kbps = 128;  // of every frame, or a nominal one where frames differ
  int rate_row = 0;        // row of the rate-indexed tables
  bool lsf = false;        // low sampling frequencies: MPEG-2 and 2.5
  int bitrate_index = 9;   // header field
  int sampling_index = 0;  // header field

  // Empty unless the rate is one of the nine and the bitrate stands in its version's table.
  static std::optional<StreamFormat> make(int rate_hz, int channels, int bitrate_kbps);

  // For stages that come before the bitrate matters; empty unless the rate is one of the nine.
  static std::optional<StreamFormat> at_rate(int rate_hz, int channels);

  int granules() const { return lsf ? 1 : 2; }
  int frame_samples() const { return granules() * kLines; }
  int side_info_bytes() const { return lsf ? (channels == 1 ? 9 : 17) : (channels == 1 ? 17 : 32); }
  int max_main_data_begin() const { return lsf ? 255 : 511; }                   // bytes, 8 or 9 bits wide
  int version_bits() const { return rate_row < 3 ? 3 : rate_row < 6 ? 2 : 0; }  // header field: MPEG-1, 2, 2.5
  int frame_bytes_unpadded() const { return frame_bytes_at(bitrate_index); }
  int frame_bytes_at(int index) const;  // unpadded, of a frame with bitrate_index `index`
  std::span<const std::int16_t, 23> long_edges() const { return kSfbLong[rate_row]; }
  std::span<const std::int16_t, 14> short_edges() const { return kSfbShort[rate_row]; }
  // First line of region 1 where the side information leaves it implied (block types 1, 2, 3). 2.4.2.7.
  int implied_region1_line(bool short_block) const { return short_block ? 3 * short_edges()[3] : long_edges()[8]; }
};

// Bitrates of the version that `rate_hz` belongs to, ascending, kbit/s, the first with bitrate_index 1; empty for a
// rate that is none of the nine. MPEG-2.5 ends at 64 kbit/s: more than its granules can use.
std::span<const std::int16_t> bitrates_for(int rate_hz);

// Decides the padding bit so that the mean frame length is exact. 2.4.3.1.
class PaddingClock {
 public:
  explicit PaddingClock(const StreamFormat& format);
  // True when the next frame carries one more byte.
  bool next();

 private:
  int numerator_;  // of the fraction of a byte that one frame lacks
  int denominator_;
  int rest_ = 0;
};

}  // namespace sluice::mp3
