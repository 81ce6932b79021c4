// Last stage of the encoder: quantised frames to the frames of the stream, and the totals for the Info tag.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/frame_mux.h"
#include "nodes/mp3/kernels/info_tag.h"

namespace sluice::mp3 {

// Samples from the input to its place in a raw decode, less kDecoderDelay: filterbank and MDCT of both sides, 1057.
inline constexpr int kEncoderDelay = 1057 - kDecoderDelay;

// Granules of silence to append after `granules` granules that hold `samples` samples, so that the decoder gives back
// every sample, the last frame is complete and not the only one. `look_ahead`: the MDCT gives its first granule when it
// has seen the second.
int closing_granules(const StreamFormat& format, std::int64_t granules, std::int64_t samples, bool look_ahead);

// Delay and padding of the Info tag for a stream of `frames` frames that holds `samples` samples.
void set_gapless(const StreamFormat& format, std::int64_t samples, StreamTotals& totals);

// Formats and multiplexes quantised frames, and keeps the totals for the Info tag. The last of the five stages.
class BitstreamStage {
 public:
  BitstreamStage(const StreamFormat& format, const HeaderOptions& options);

  // Call pop() until it returns false before the next push(). Where frames were lost on the way here, the bank of the
  // rate loop and the open slots disagree: what no longer fits becomes a silent frame until they agree again.
  void push(const QuantizedFrame& frame);
  void flush() { mux_.flush(); }
  bool pop(MuxedFrame& frame);
  // Frames that had to be silenced.
  std::uint32_t silenced() const { return silenced_; }
  // Frames, bytes and CRC of what pop() has handed out.
  const StreamTotals& totals() const { return totals_; }
  const SeekPoints& seek_points() const { return seek_points_; }

 private:
  StreamFormat format_;
  HeaderOptions options_;
  FrameMux mux_;
  StreamTotals totals_;
  SeekPoints seek_points_;
  QuantizedFrame silent_{};
  std::uint32_t silenced_ = 0;
  std::vector<std::uint8_t> head_;
  std::vector<std::uint8_t> main_data_;
};

}  // namespace sluice::mp3
