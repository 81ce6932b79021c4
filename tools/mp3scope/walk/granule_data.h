// The main data of one granule of one channel, read to the last bit: scalefactors and Huffman codes. ISO/IEC 11172-3
// 2.4.1.7, 2.4.2.7; ISO/IEC 13818-3 2.4.3.2.
#pragma once

#include <string_view>

#include "nodes/mp3/kernels/bit_reader.h"
#include "nodes/mp3/kernels/side_info.h"

namespace sluice::mp3scope {

struct GranuleData {
  int part2_bits = 0;  // scalefactors
  int count1 = 0;      // quadruples behind the big values
  int lines = 0;       // up to and with the last quadruple
  int largest = 0;     // magnitude
  int left_bits = 0;   // of part2_3_length, behind the last code; negative: the codes pass its end
};

// What in the side information alone is against the standard; empty: nothing.
std::string_view side_fault(const mp3::GranuleSide& side);

// Reads one granule from `in`, which stands at its first bit, and leaves `in` at its end by part2_3_length.
// `scfsi`: bit i says that band group i repeats the first granule's scalefactors. The side information has no fault.
GranuleData read_granule(const mp3::FrameHeader& header, const mp3::GranuleSide& side, int channel, unsigned scfsi,
                         mp3::BitReader& in);

}  // namespace sluice::mp3scope
