// The side information of a Layer III frame, read. ISO/IEC 11172-3 2.4.1.7, 2.4.2.7; ISO/IEC 13818-3 2.4.1.7.
// Independent of what writes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "nodes/mp3/kernels/frame_header.h"

namespace sluice::mp3 {

// One granule of one channel, in the standard's names and as the bits say, reserved values included.
struct GranuleSide {
  std::uint16_t part2_3_length = 0;  // bits
  std::uint16_t big_values = 0;      // pairs; more than 288 is a fault
  std::uint8_t global_gain = 0;
  std::uint16_t scalefac_compress = 0;
  bool window_switching = false;
  std::uint8_t block_type = 0;  // 0 with window_switching is a fault
  bool mixed_block = false;
  std::array<std::uint8_t, 3> table_select{};
  std::array<std::uint8_t, 3> subblock_gain{};
  std::uint8_t region0_count = 0;
  std::uint8_t region1_count = 0;
  bool preflag = false;  // MPEG-1; in LSF it follows from scalefac_compress
  bool scalefac_scale = false;
  std::uint8_t count1table_select = 0;

  bool operator==(const GranuleSide&) const = default;
};

struct SideInfo {
  std::uint16_t main_data_begin = 0;  // bytes
  std::uint8_t private_bits = 0;
  std::array<std::uint8_t, kMaxChannels> scfsi{};                             // [channel], bit i: band group i
  std::array<std::array<GranuleSide, kMaxChannels>, kMaxGranules> granule{};  // [granule][channel]

  // `bytes` holds header.side_info_bytes().
  static SideInfo parse(const FrameHeader& header, std::span<const std::uint8_t> bytes);

  // Sum of part2_3_length: the frame's main data without ancillary bits.
  int main_data_bits() const;
};

}  // namespace sluice::mp3
