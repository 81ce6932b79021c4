// A coded granule and frame: what the rate loop decides and the bit stream carries. ISO/IEC 11172-3 2.4.1.7.
// Trivially copyable, so that it can travel as a block's payload.
#pragma once

#include <array>
#include <cstdint>

#include "nodes/mp3/kernels/mdct.h"

namespace sluice::mp3 {

// One granule of one channel.
struct QuantizedGranule {
  // Side information, in the standard's names.
  std::uint16_t part2_3_length = 0;  // bits of scalefactors and Huffman data
  std::uint16_t big_values = 0;      // pairs
  std::uint8_t global_gain = 210;
  std::uint16_t scalefac_compress = 0;
  BlockType block_type = BlockType::kNormal;
  std::array<std::uint8_t, 3> table_select{};
  std::array<std::uint8_t, 3> subblock_gain{};
  std::uint8_t region0_count = 0;
  std::uint8_t region1_count = 0;
  bool preflag = false;
  bool scalefac_scale = false;
  std::uint8_t count1table_select = 0;
  std::uint8_t scfsi = 0;  // bit i: band group i repeats granule 0's scalefactors; only in granule 1

  std::uint16_t part2_length = 0;  // bits of scalefactors
  std::uint16_t count1 = 0;        // quadruples after the big values
  // Long types: by band; short: 3 * band + window. The last band of a window has none and stays 0.
  std::array<std::uint8_t, kMaxBands> scalefac{};
  std::array<std::int16_t, kLines> line{};  // signed quantised values, stream order
};

struct QuantizedFrame {
  std::array<std::array<QuantizedGranule, kMaxChannels>, kMaxGranules> granule;  // [granule][channel]
  std::uint16_t main_data_begin = 0;                                             // bytes
  std::uint32_t stuffing_bits = 0;  // ancillary zeros after the Huffman data; makes the frame's main data whole bytes
  std::uint8_t bitrate_index = 0;   // header field
  bool padding = false;
  bool mid_side = false;
};

}  // namespace sluice::mp3
