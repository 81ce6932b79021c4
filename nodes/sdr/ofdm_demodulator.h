// Samples -> OFDM frames as soft bits. Our own receiver of liquid-dsp's frame: liquid's (ofdmframesync) follows
// frequency offsets up to 0.006 cycles a sample, gives no soft bits weighted by the channel, and estimates each carrier
// alone. After noise or a broken frame the search goes on behind its preamble: a receiver is in step again with the
// next one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/preamble_detector.h"
#include "nodes/sdr/ofdm_equaliser.h"
#include "nodes/sdr/ofdm_layout.h"
#include "nodes/sdr/ofdm_synchroniser.h"

namespace sluice::sdr {

struct FrameQuality {
  float snr_db = 0;     // of the carriers, from the pilots
  float evm_db = 0;     // distance to the nearest points, re mean power
  float cfo = 0;        // cycles per sample
  float clock_ppm = 0;  // sender's clock less ours, from the drift over the frame
};

struct OfdmFrame {
  std::span<const SoftBit> soft;  // 8 for each byte; valid until the next call
  std::int64_t start = 0;         // first sample, counted from the first one pushed
  std::int64_t samples = 0;
  FrameQuality quality;
};

struct OfdmCounts {
  std::uint64_t frames = 0;
  std::uint64_t false_preambles = 0;  // repetitions that were no preamble
  std::uint64_t bad_heads = 0;        // preambles whose head does not pass its check
};

// One thread at a time; realtime-safe but for the constructor.
class OfdmDemodulator {
 public:
  // max_cfo: cycles per sample. Frames of more than max_bytes are not believed.
  OfdmDemodulator(std::shared_ptr<const OfdmLayout> layout, double max_cfo, std::size_t max_bytes,
                  std::size_t max_push);

  // At most max_push samples; next() must have returned none before.
  void push(std::span<const Sample> samples) noexcept;
  std::optional<OfdmFrame> next() noexcept;

  const OfdmCounts& counts() const noexcept { return counts_; }

 private:
  enum class State { search, synchronise, head, payload };

  void search_from(std::size_t at) noexcept;
  bool synchronise() noexcept;
  bool read_symbol() noexcept;
  void add_to_head() noexcept;
  void read_head() noexcept;
  void add_to_payload() noexcept;
  OfdmFrame finish() noexcept;
  std::span<const Sample> buffered() const noexcept { return std::span(buffer_).first(filled_); }

  std::shared_ptr<const OfdmLayout> layout_;
  std::size_t max_bytes_;
  PreambleDetector detector_;
  OfdmSynchroniser synchroniser_;
  OfdmEqualiser equaliser_;
  ViterbiDecoder head_decoder_;

  std::vector<Sample> buffer_;  // samples not done with, and some before them
  std::size_t filled_ = 0, at_ = 0;
  std::int64_t dropped_ = 0;  // samples before buffer_[0]
  State state_ = State::search;
  Preamble preamble_;

  // Of the frame at hand.
  std::int64_t start_ = 0;
  std::size_t symbol_ = 0;  // behind S1
  std::size_t step_ = 0;    // samples from the last symbol to the next
  OfdmHead head_;
  std::vector<int> head_sums_;  // of soft bits less 1/2, by bit of the head
  std::size_t head_size_ = 0;
  std::vector<SoftBit> soft_;
  std::size_t soft_size_ = 0;
  float error_power_ = 0, error_weight_ = 0;
  OfdmCounts counts_;
};

}  // namespace sluice::sdr
