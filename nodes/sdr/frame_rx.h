// What receivers of radio frames share: ports, counters, stamps and reports.
// Delay: `longest`, the longest frame that is believed.
#pragma once

#include <optional>

#include "engine/node/node.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/link_report.h"
#include "nodes/sdr/soft_frame.h"

namespace sluice::sdr {

class FrameRx : public Node {
 public:
  In<Sample> in{*this, "in", "complex baseband at the sender's rate"};
  Out<Packet<"sdr.soft">> out{*this, "out", "radio frames, a byte for each bit: 0 sure 0, 255 sure 1, 128 unknown"};
  Out<LinkReport> report{*this, "report", "quality of each frame, for sdr.status", {.optional = true}};
  Param<double> longest{
      *this, "longest", {.unit = "s", .default_value = 0.04, .min = 0.001, .max = 10, .doc = "longest frame believed"}};
  Counter frames{*this, "frames", "frames demodulated"};
  Counter bad_heads{*this, "bad_heads", "frames begun whose head could not be read"};
  Counter false_preambles{*this, "false_preambles", "repetitions in the signal that were no preamble"};
  Counter unheard{*this, "heard_nothing_s", "seconds without one frame: are rate and frequency the sender's?",
                  Counter::Tells::fault};
  Counter snr{*this, "snr_db", "of the last frame's symbols"};
  Counter evm{*this, "evm_db", "error vector of the last frame re mean power"};
  Counter cfo{*this, "cfo_hz", "frequency offset of the last frame"};

  Status configure() override;
  void process() REALTIME override;
  void flush() REALTIME override;

 protected:
  // configure(): samples that a demodulator needs behind a frame's end.
  virtual std::size_t behind() const = 0;
  virtual void push(std::span<const Sample> samples) noexcept = 0;
  virtual std::optional<SoftFrame> next() noexcept = 0;
  virtual FrameCounts counts() const noexcept = 0;

 private:
  void emit(const SoftFrame& frame, const BlockHeader& now) noexcept;
  void tell(const FrameQuality& quality, Time captured) noexcept;

  std::int64_t max_frame_ = 0;  // samples
  std::int64_t received_ = 0;   // samples
  bool gap_ = false;            // samples are missing before the next frame
};

}  // namespace sluice::sdr
