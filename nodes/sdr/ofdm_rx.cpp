// OFDM samples -> radio frames as soft bits (ofdm_demodulator.h). Frequency offsets up to 0.05 cycles a sample, clocks
// that differ by 200 ppm, echoes up to the prefix. Lost in noise, it is in step again with the next preamble.
// Delay: `longest`, the longest frame that is believed.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/link_report.h"
#include "nodes/sdr/ofdm_demodulator.h"
#include "nodes/sdr/ofdm_params.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class OfdmRx final : public Node {
 public:
  In<Sample> in{*this, "in", "complex baseband at the sender's rate"};
  Out<Packet<"sdr.soft">> out{*this, "out", "radio frames, a byte for each bit: 0 sure 0, 255 sure 1, 128 unknown"};
  Out<LinkReport> report{*this, "report", "quality of each frame, for sdr.status", {.optional = true}};
  Param<double> max_cfo{
      *this,
      "max_cfo",
      {.default_value = 0.05, .min = 0.001, .max = 0.2, .doc = "frequency offset that is looked for, cycles/sample"}};
  Param<double> longest{
      *this, "longest", {.unit = "s", .default_value = 0.04, .min = 0.001, .max = 10, .doc = "longest frame believed"}};
  OfdmParams ofdm{*this};
  Counter frames{*this, "frames", "frames demodulated"};
  Counter bad_heads{*this, "bad_heads", "frames begun whose head could not be read"};
  Counter false_preambles{*this, "false_preambles", "repetitions in the signal that were no preamble"};
  Counter snr{*this, "snr_db", "of the last frame's carriers"};
  Counter evm{*this, "evm_db", "error vector of the last frame re mean power"};
  Counter cfo{*this, "cfo_hz", "frequency offset of the last frame"};

  Status configure() override {
    if (const Status status = ofdm.check(); !status) return status;
    if (in.format().rate_hz <= 0) return Error{"in", "needs samples of a known rate"};
    max_frame_ = std::llround(longest * in.format().rate_hz);
    out.set_spec(packet_format("sdr.soft", in.format().rate_hz), max_frame_, kMaxFrameBits);
    report.set_spec(report_format(), 0);
    set_delay(static_cast<double>(max_frame_) + 3.0 * static_cast<double>(ofdm.shape().symbol()), in.format().rate_hz);
    return {};
  }

  Status prepare() override {
    const auto layout = std::make_shared<OfdmLayout>(ofdm.shape());
    demodulator_ = std::make_unique<OfdmDemodulator>(layout, max_cfo, kMaxFrameAir,
                                                     static_cast<std::size_t>(in.spec().block_frames));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (in.gap() && received_ > 0) gap_ = true;
      demodulator_->push(block->iq());
      received_ += block->header.frames;
      while (const auto frame = demodulator_->next()) emit(*frame, block->header);
    }
    frames.set(static_cast<double>(demodulator_->counts().frames));
    bad_heads.set(static_cast<double>(demodulator_->counts().bad_heads));
    false_preambles.set(static_cast<double>(demodulator_->counts().false_preambles));
  }

 private:
  void emit(const OfdmFrame& frame, const BlockHeader& now) noexcept {
    if (frame.samples > max_frame_ || frame.soft.size() > kMaxFrameBits) return;
    snr.set(static_cast<double>(frame.quality.snr_db));
    evm.set(static_cast<double>(frame.quality.evm_db));
    cfo.set(static_cast<double>(frame.quality.cfo) * in.format().rate_hz);
    BlockRef block = out.take();
    block->resize(frame.soft.size());
    std::memcpy(block->bytes().data(), frame.soft.data(), frame.soft.size());
    // Samples since the frame began, up to the end of the present block.
    const double ago = static_cast<double>(received_ - frame.start - now.frames);
    block->header.capture_time = now.capture_time - frames_to_duration(ago, in.format().rate_hz);
    block->header.position = now.position - static_cast<std::int64_t>(ago);
    block->header.frames = frame.samples;
    block->header.flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u);
    const Time captured = block->header.capture_time;
    out.emit(std::move(block));
    if (report.connected()) tell(frame.quality, captured);
  }

  void tell(const FrameQuality& quality, Time captured) noexcept {
    BlockRef block = report.take();
    const OfdmCounts& counts = demodulator_->counts();
    block->as<LinkReport>() = {.from = LinkReport::From::modem,
                               .snr_db = static_cast<double>(quality.snr_db),
                               .evm_db = static_cast<double>(quality.evm_db),
                               .cfo_hz = static_cast<double>(quality.cfo) * in.format().rate_hz,
                               .clock_ppm = static_cast<double>(quality.clock_ppm),
                               .frames = counts.frames,
                               .bad_frames = counts.bad_heads};
    block->header.capture_time = captured;
    block->header.flags = kIndependent;
    report.emit(std::move(block));
  }

  std::unique_ptr<OfdmDemodulator> demodulator_;
  std::int64_t max_frame_ = 0;  // samples
  std::int64_t received_ = 0;   // samples
  bool gap_ = false;            // samples are missing before the next frame
};

}  // namespace

REGISTER_NODE(OfdmRx, "sdr.ofdm_rx", "radio frames from OFDM samples, as soft bits")

}  // namespace sluice::sdr
