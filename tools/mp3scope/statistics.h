// What the frames of a file add up to.
#pragma once

#include <map>

#include "tools/mp3scope/walk/walk.h"

namespace sluice::mp3scope {

struct Statistics {
  std::int64_t frames = 0;  // without tag frames
  std::size_t bytes = 0;
  double seconds = 0;
  std::map<int, std::int64_t> bitrates;  // kbit/s -> frames
  std::int64_t padded = 0;
  std::int64_t mid_side = 0, intensity = 0, left_right = 0;  // frames of two channels
  std::array<std::int64_t, 4> block_types{};                 // granules of a channel: long, start, short, stop
  std::int64_t mixed_blocks = 0;
  std::int64_t scfsi = 0;  // channels of a frame that repeat scalefactors
  std::int64_t preflag = 0, scalefac_scale = 0, subblock_gain = 0, silent = 0;  // granules of a channel
  std::array<std::int64_t, 32> tables{};                                        // regions that use each
  std::array<std::int64_t, 2> count1_tables{};                                  // granules
  std::int64_t crc_right = 0, crc_wrong = 0;
  int largest_main_data_begin = 0;
  std::int64_t reservoir_frames = 0;  // that reach back
  double mean_main_data_begin = 0;    // bytes
  int largest_part2_3 = 0;            // bits
  std::int64_t unused_bytes = 0;
  int least_gain = 255, largest_gain = 0;  // global_gain of granules that are not silent
  int largest_value = 0;
  int highest_line = 0;
  std::int64_t undecodable = 0;

  void add(const FrameReport& frame);
  double mean_kbps() const { return seconds > 0 ? 8e-3 * static_cast<double>(bytes) / seconds : 0; }

 private:
  void add_granule(const FrameReport& frame, int granule, int channel);
};

}  // namespace sluice::mp3scope
