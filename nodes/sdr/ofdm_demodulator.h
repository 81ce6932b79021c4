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
#include "nodes/sdr/soft_frame.h"

namespace sluice::sdr {

// One thread at a time; realtime-safe but for the constructor.
class OfdmDemodulator {
 public:
  // max_cfo: cycles per sample. Frames of more than max_bytes are not believed.
  OfdmDemodulator(std::shared_ptr<const OfdmLayout> layout, double max_cfo, std::size_t max_bytes,
                  std::size_t max_push);

  // At most max_push samples; next() must have returned none before.
  void push(std::span<const Sample> samples) noexcept;
  std::optional<SoftFrame> next() noexcept;

  const FrameCounts& counts() const noexcept { return counts_; }

 private:
  enum class State { search, synchronise, head, payload };

  void search_from(std::size_t at) noexcept;
  bool synchronise() noexcept;
  bool read_symbol() noexcept;
  void add_to_head() noexcept;
  void read_head() noexcept;
  void add_to_payload() noexcept;
  SoftFrame finish() noexcept;
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
  FrameCounts counts_;
};

}  // namespace sluice::sdr
