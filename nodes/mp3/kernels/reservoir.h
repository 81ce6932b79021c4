// Bit reservoir: unused main-data bytes of past frames that later frames may use, and what it makes of frame sizes.
// ISO/IEC 11172-3 2.4.2.7 (main_data_begin), C.1.5.4.2.2.
#pragma once

#include <memory>

#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

// Bytes of a frame that are not main data: header, CRC word, side information.
int head_bytes(const StreamFormat& format, bool crc);

// One stream. open() and close() by turns, one pair for each frame. Not thread-safe; real-time safe.
class Reservoir {
 public:
  // The bits of a frame may always miss their target by this part; where the bank takes up the difference, by more.
  static constexpr float kLeastTolerance = 0.08f;
  static constexpr float kLargestTolerance = 0.15f;
  struct Budget {
    int target_bits;                    // what the frame should use; kAsNeeded: what its quality takes
    int max_bits;                       // what it may use
    float tolerance = kLeastTolerance;  // part of the target by which the frame may miss it, up or down
  };
  static constexpr int kAsNeeded = -1;
  struct Closing {
    int main_data_begin;  // bytes
    int stuffing_bits;    // zeros to append to the main data
    int bitrate_index;    // of the frame's header
    bool padding;
  };

  virtual ~Reservoir() = default;
  // Opens the next frame. `demand`: bits its granules would need at their thresholds, in any steady scale.
  virtual Budget open(float demand) = 0;
  // Closes the frame, which used `bits` <= max_bits.
  virtual Closing close(int bits) = 0;

  int banked_bytes() const { return banked_; }
  int limit_bytes() const { return limit_; }
  // Empties the bank over the next `frames` frames: the one after them starts with main_data_begin 0.
  void request_restart(int frames) { restart_in_ = frames; }
  virtual void reset();

 protected:
  // `limit_bytes`: upper bound on what is banked. `demand_memory`: frames.
  Reservoir(const StreamFormat& format, int limit_bytes, bool crc, float demand_memory);

  // By how much `demand` exceeds the mean of late, -1..2.
  float excess(float demand);
  // Banks what `bits` leave of `available_bytes`; returns the stuffing that is left over.
  int bank_rest(int available_bytes, int bits);

  const StreamFormat format_;
  const int head_bytes_;
  const int limit_;
  int banked_ = 0;      // bytes
  int restart_in_ = 0;  // frames until the bank must be empty; 0 = no such wish

 private:
  const float demand_memory_;
  float mean_demand_ = 0.0f;
};

// All frames have the format's bitrate.
class ConstantReservoir final : public Reservoir {
 public:
  // `limit_bytes` 0 turns the reservoir off. `crc`: frames carry a CRC word.
  ConstantReservoir(const StreamFormat& format, int limit_bytes, bool crc);
  Budget open(float demand) override;
  Closing close(int bits) override;

 private:
  PaddingClock clock_;
  int slot_ = 0;  // main data bytes of the open frame
  bool padding_ = false;
};

// A range of bitrates, as header fields.
struct BitrateRange {
  int least;
  int most;
};
// The range between two bitrates in kbit/s, 0 where the choice is free; empty where one of them does not exist or they
// are in the wrong order. The free lower end leaves every frame room for a few dozen bytes of main data.
std::optional<BitrateRange> bitrate_range(const StreamFormat& format, int min_kbps, int max_kbps);

// Every frame has the least bitrate of a range that holds its bits.
class VariableReservoir final : public Reservoir {
 public:
  // `mean_kbps`: that the frames keep over some seconds; 0: as many bits as the quality takes.
  VariableReservoir(const StreamFormat& format, const BitrateRange& range, double mean_kbps, int limit_bytes, bool crc);

  // What a limit of `wanted` bytes comes to: low enough that a byte waits for four frames at most.
  static int limit_of(const StreamFormat& format, const BitrateRange& range, int wanted, bool crc);

  Budget open(float demand) override;
  Closing close(int bits) override;
  void reset() override;

 private:
  int slot(int index) const { return format_.frame_bytes_at(index) - head_bytes_; }
  // Bytes of the bank that a frame may use.
  int reach(int index) const;

  const BitrateRange range_;
  const float mean_bits_;  // of a frame; 0: no mean to be kept
  float saved_ = 0.0f;     // bits, against that mean
};

}  // namespace sluice::mp3
