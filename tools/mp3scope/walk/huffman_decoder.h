// Huffman codes of Layer III, read. ISO/IEC 11172-3 Table B.7.
#pragma once

#include "nodes/mp3/kernels/bit_reader.h"

namespace sluice::mp3scope {

// Tables of the big values: 0 to 31 (4 and 14 do not exist: see table_exists()).
bool table_exists(int table);

struct Pair {
  int x, y;
};
// One pair of big values, linbits and signs included.
Pair read_pair(int table, mp3::BitReader& in);

// How many of the four values are +-1; `table` 0 (A) or 1 (B).
int read_quadruple(int table, mp3::BitReader& in);

}  // namespace sluice::mp3scope
