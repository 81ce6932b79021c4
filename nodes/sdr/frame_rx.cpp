#include "nodes/sdr/frame_rx.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "nodes/sdr/formats.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {

Status FrameRx::configure() {
  const double rate = in.format().rate_hz;
  if (rate <= 0) return Error{"in", "needs samples of a known rate"};
  max_frame_ = std::llround(longest * rate);
  out.set_spec(packet_format("sdr.soft", rate), max_frame_, kMaxFrameBits);
  report.set_spec(report_format(), 0);
  set_delay(static_cast<double>(max_frame_) + static_cast<double>(behind()), rate);
  return {};
}

void FrameRx::process() REALTIME {
  while (const BlockRef block = in.next()) {
    if (in.gap() && received_ > 0) gap_ = true;
    push(std::as_const(*block).iq());
    received_ += block->header.frames;
    while (const auto frame = next()) emit(*frame, block->header);
  }
  const FrameCounts now = counts();
  frames.set(static_cast<double>(now.frames));
  bad_heads.set(static_cast<double>(now.bad_heads));
  false_preambles.set(static_cast<double>(now.false_preambles));
}

// Told once all is over: a receiver that hears nothing would else say nothing.
void FrameRx::flush() REALTIME {
  if (counts().frames == 0) unheard.set(static_cast<double>(received_) / in.format().rate_hz);
}

void FrameRx::emit(const SoftFrame& frame, const BlockHeader& now) noexcept {
  if (frame.samples > max_frame_ || frame.soft.size() > kMaxFrameBits) return;
  const double rate = in.format().rate_hz;
  snr.set(static_cast<double>(frame.quality.snr_db));
  evm.set(static_cast<double>(frame.quality.evm_db));
  cfo.set(static_cast<double>(frame.quality.cfo) * rate);
  BlockRef block = out.take();
  block->resize(frame.soft.size());
  std::memcpy(block->bytes().data(), frame.soft.data(), frame.soft.size());
  // Samples since the frame began, up to the end of the present block.
  const double ago = static_cast<double>(received_ - frame.start - now.frames);
  block->header.capture_time = now.capture_time - frames_to_duration(ago, rate);
  block->header.position = now.position - static_cast<std::int64_t>(ago);
  block->header.frames = frame.samples;
  block->header.flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u);
  const Time captured = block->header.capture_time;
  out.emit(std::move(block));
  if (report.connected()) tell(frame.quality, captured);
}

void FrameRx::tell(const FrameQuality& quality, Time captured) noexcept {
  BlockRef block = report.take();
  const FrameCounts so_far = counts();
  block->as<LinkReport>() = {.from = LinkReport::From::modem,
                             .snr_db = static_cast<double>(quality.snr_db),
                             .evm_db = static_cast<double>(quality.evm_db),
                             .cfo_hz = static_cast<double>(quality.cfo) * in.format().rate_hz,
                             .clock_ppm = static_cast<double>(quality.clock_ppm),
                             .frames = so_far.frames,
                             .bad_frames = so_far.bad_heads};
  block->header.capture_time = captured;
  block->header.flags = kIndependent;
  report.emit(std::move(block));
}

}  // namespace sluice::sdr
