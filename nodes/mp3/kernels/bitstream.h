// Formats quantised frames: header, CRC, side information and main data. ISO/IEC 11172-3 2.4.1; ISO/IEC 13818-3 2.4.1.
#pragma once

#include <span>

#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

inline constexpr int kMaxSideInfoBytes = 32;
inline constexpr int kMaxHeadBytes = 4 + 2 + kMaxSideInfoBytes;  // header, CRC, side information
// Four granules of 4095 bits, stuffing, and what the writer touches behind them.
inline constexpr int kMaxMainDataBytes = 4 * 512 + 1440 + 511 + 8;
inline constexpr int kMaxFrameBytes = 1441;

struct HeaderOptions {
  bool crc = false;
  bool joint = true;  // mode "joint stereo" rather than "stereo", for two channels
};

// The fixed part of a frame: header, CRC word when asked for, side information with `main_data_begin`. Returns the
// bytes written.
int write_head(const StreamFormat& format, const HeaderOptions& options, const QuantizedFrame& frame,
               int main_data_begin, std::span<std::uint8_t> out);

// Scalefactors, Huffman data and stuffing of all granules. Returns the bytes written; the bits are a multiple of 8.
int write_main_data(const StreamFormat& format, const QuantizedFrame& frame, std::span<std::uint8_t> out);

// Only the 4 header bytes, for a frame at `bitrate_index`.
void write_header(const StreamFormat& format, const HeaderOptions& options, int bitrate_index, bool padding,
                  bool mid_side, std::span<std::uint8_t, 4> out);

}  // namespace sluice::mp3
