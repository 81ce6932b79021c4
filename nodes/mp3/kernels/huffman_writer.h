// Writes the lines of a granule as Huffman codes. ISO/IEC 11172-3 2.4.1.7, 2.4.2.7 "huffmancodebits".
#pragma once

#include "nodes/mp3/kernels/bit_writer.h"
#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

// Big values by region, then the quadruples. Returns `out`, advanced. Real-time safe after the first call.
BitWriter put_lines(const StreamFormat& format, const QuantizedGranule& granule, BitWriter out);

}  // namespace sluice::mp3
