// Bit reservoir: unused main-data bytes of past frames that later frames may use. ISO/IEC 11172-3 2.4.2.7
// (main_data_begin), C.1.5.4.2.2.
#pragma once

#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

class Reservoir {
 public:
  // `limit_bytes`: upper bound on what is banked; 0 turns the reservoir off. `crc`: frames carry a CRC word.
  Reservoir(const StreamFormat& format, int limit_bytes, bool crc);

  struct Budget {
    int target_bits;  // what the frame should use
    int max_bits;     // what it may use
    bool padding;     // of the frame's header
  };
  // Opens the next frame. `demand`: bits its granules would need at their thresholds, in any steady scale.
  Budget open(float demand);

  struct Closing {
    int main_data_begin;  // bytes
    int stuffing_bits;    // zeros to append to the main data
  };
  // Closes the frame, which used `bits` <= max_bits.
  Closing close(int bits);

  int banked_bytes() const { return banked_; }
  int limit_bytes() const { return limit_; }
  // Empties the bank over the next `frames` frames: the one after them starts with main_data_begin 0.
  void request_restart(int frames) { restart_in_ = frames; }
  void reset();

 private:
  StreamFormat format_;
  PaddingClock clock_;
  int overhead_bytes_;  // header, CRC, side information
  int limit_;           // bytes
  int banked_ = 0;      // bytes
  int slot_ = 0;        // main data bytes of the open frame
  float mean_demand_ = 0.0f;
  int restart_in_ = 0;  // frames until the bank must be empty; 0 = no such wish
};

}  // namespace sluice::mp3
