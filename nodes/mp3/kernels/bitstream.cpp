#include "nodes/mp3/kernels/bitstream.h"

#include <algorithm>

#include "nodes/mp3/kernels/bit_writer.h"
#include "nodes/mp3/kernels/crc.h"
#include "nodes/mp3/kernels/huffman_writer.h"
#include "nodes/mp3/kernels/scalefactors.h"

namespace sluice::mp3 {
namespace {

std::uint32_t bits_of(int value) {
  return static_cast<std::uint32_t>(value);
}

void put_window_fields(const QuantizedGranule& g, BitWriter& out) {
  const bool switched = g.block_type != BlockType::kNormal;
  out.put(switched, 1);  // window_switching_flag
  if (switched) {
    out.put(static_cast<std::uint32_t>(g.block_type), 2);
    out.put(0, 1);  // mixed_block_flag: never written, decoders disagree below 32 kHz
    for (int region = 0; region < 2; ++region) out.put(g.table_select[region], 5);
    for (int window = 0; window < 3; ++window) out.put(g.subblock_gain[window], 3);
    return;
  }
  for (int region = 0; region < 3; ++region) out.put(g.table_select[region], 5);
  out.put(g.region0_count, 4);
  out.put(g.region1_count, 3);
}

void put_granule_side_info(bool lsf, const QuantizedGranule& g, BitWriter& out) {
  out.put(g.part2_3_length, 12);
  out.put(g.big_values, 9);
  out.put(g.global_gain, 8);
  out.put(g.scalefac_compress, lsf ? 9 : 4);
  put_window_fields(g, out);
  if (!lsf) out.put(g.preflag, 1);
  out.put(g.scalefac_scale, 1);
  out.put(g.count1table_select, 1);
}

void put_side_info(const StreamFormat& format, const QuantizedFrame& frame, int main_data_begin, BitWriter& out) {
  const bool mono = format.channels == 1;
  out.put(bits_of(main_data_begin), format.lsf ? 8 : 9);
  out.put(0, format.lsf ? (mono ? 1 : 2) : (mono ? 5 : 3));  // private_bits
  for (int ch = 0; ch < format.channels && !format.lsf; ++ch)
    for (int group = 0; group < 4; ++group) out.put(bits_of(frame.granule[1][ch].scfsi >> group & 1), 1);
  for (int gr = 0; gr < format.granules(); ++gr)
    for (int ch = 0; ch < format.channels; ++ch) put_granule_side_info(format.lsf, frame.granule[gr][ch], out);
}

bool is_repeated(const QuantizedGranule& g, int band) {
  if (g.scfsi == 0) return false;
  for (int group = 0; group < 4; ++group)
    if (band >= kScfsiEdge[group] && band < kScfsiEdge[group + 1]) return (g.scfsi >> group & 1) != 0;
  return false;
}

void put_scalefactors(const StreamFormat& format, const QuantizedGranule& g, BitWriter& out) {
  int band = 0;
  for (const ScalefactorRun& run : scalefactor_runs(format, g)) {
    for (int i = 0; i < run.bands && run.bits > 0; ++i)
      if (!is_repeated(g, band + i)) out.put(g.scalefac[band + i], run.bits);
    band += run.bands;
  }
}

}  // namespace

void write_header(const StreamFormat& format, const HeaderOptions& options, int bitrate_index, bool padding,
                  bool mid_side, std::span<std::uint8_t, 4> out) {
  std::array<std::uint8_t, 4 + BitWriter::kSlack> bytes;
  BitWriter header(bytes);
  header.put(0x7ff, 11);
  header.put(bits_of(format.version_bits()), 2);
  header.put(1, 2);                    // layer III
  header.put(options.crc ? 0 : 1, 1);  // protection_bit
  header.put(bits_of(bitrate_index), 4);
  header.put(bits_of(format.sampling_index), 2);
  header.put(padding, 1);
  header.put(0, 1);  // private_bit
  header.put(format.channels == 1 ? 3 : options.joint ? 1 : 0, 2);
  header.put(mid_side ? 2 : 0, 2);  // mode_extension: intensity stereo is never used
  header.put(0, 1);                 // copyright
  header.put(1, 1);                 // original
  header.put(0, 2);                 // emphasis: none
  std::copy_n(bytes.begin(), out.size(), out.begin());
}

int write_head(const StreamFormat& format, const HeaderOptions& options, const QuantizedFrame& frame,
               int main_data_begin, std::span<std::uint8_t> out) {
  write_header(format, options, frame.bitrate_index, frame.padding, frame.mid_side, out.first<4>());
  const std::size_t side_start = options.crc ? 6 : 4;
  const auto side = out.subspan(side_start, static_cast<std::size_t>(format.side_info_bytes()));
  std::array<std::uint8_t, kMaxSideInfoBytes + BitWriter::kSlack> bytes;
  BitWriter writer(bytes);
  put_side_info(format, frame, main_data_begin, writer);
  std::copy_n(bytes.begin(), side.size(), side.begin());
  if (options.crc) {
    const std::uint16_t crc = frame_crc(frame_crc(kFrameCrcStart, out.subspan(2, 2)), side);
    out[4] = static_cast<std::uint8_t>(crc >> 8);
    out[5] = static_cast<std::uint8_t>(crc);
  }
  return static_cast<int>(side_start + side.size());
}

int write_main_data(const StreamFormat& format, const QuantizedFrame& frame, std::span<std::uint8_t> out) {
  BitWriter writer(out);
  for (int gr = 0; gr < format.granules(); ++gr)
    for (int ch = 0; ch < format.channels; ++ch) {
      const QuantizedGranule& granule = frame.granule[gr][ch];
      put_scalefactors(format, granule, writer);
      writer = put_lines(format, granule, writer);
    }
  for (std::uint32_t left = frame.stuffing_bits; left > 0;) {
    const std::uint32_t part = std::min(left, 32u);
    writer.put(0, static_cast<int>(part));
    left -= part;
  }
  return static_cast<int>(writer.bytes());
}

}  // namespace sluice::mp3
