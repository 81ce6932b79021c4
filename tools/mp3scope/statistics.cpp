#include "tools/mp3scope/statistics.h"

#include <algorithm>
#include <cmath>

namespace sluice::mp3scope {

void Statistics::add(const FrameReport& frame) {
  if (frame.info_frame) return;
  const mp3::FrameHeader& header = frame.header;
  ++frames;
  bytes += frame.bytes;
  seconds += static_cast<double>(header.frame_samples()) / header.rate_hz();
  ++bitrates[static_cast<int>(std::lround(frame.kbps))];
  padded += header.padding;
  mid_side += header.mid_side;
  intensity += header.intensity;
  left_right += header.channels() == 2 && !header.mid_side && !header.intensity;
  crc_right += frame.crc == CrcState::kRight;
  crc_wrong += frame.crc == CrcState::kWrong;
  const int begin = frame.side.main_data_begin;
  largest_main_data_begin = std::max(largest_main_data_begin, begin);
  reservoir_frames += begin > 0;
  mean_main_data_begin += (begin - mean_main_data_begin) / static_cast<double>(frames);
  unused_bytes += frame.unused_bytes;
  undecodable += !frame.decodable;
  for (int gr = 0; gr < header.granules(); ++gr)
    for (int ch = 0; ch < header.channels(); ++ch) add_granule(frame, gr, ch);
  for (int ch = 0; ch < header.channels(); ++ch) scfsi += frame.side.scfsi[ch] != 0;
}

void Statistics::add_granule(const FrameReport& frame, int granule, int channel) {
  const mp3::GranuleSide& side = frame.side.granule[granule][channel];
  const GranuleData& data = frame.data[granule][channel];
  ++block_types[side.block_type];
  mixed_blocks += side.block_type == 2 && side.mixed_block;
  preflag += side.preflag;
  scalefac_scale += side.scalefac_scale;
  subblock_gain += side.subblock_gain != std::array<std::uint8_t, 3>{};
  largest_part2_3 = std::max<int>(largest_part2_3, side.part2_3_length);
  largest_value = std::max(largest_value, data.largest);
  highest_line = std::max(highest_line, std::min(data.lines, mp3::kLines));
  if (data.largest == 0) {
    ++silent;
    return;
  }
  least_gain = std::min<int>(least_gain, side.global_gain);
  largest_gain = std::max<int>(largest_gain, side.global_gain);
  if (side.big_values > 0)
    for (int region = 0; region < (side.window_switching ? 2 : 3); ++region) ++tables[side.table_select[region]];
  if (data.count1 > 0) ++count1_tables[side.count1table_select];
}

}  // namespace sluice::mp3scope
