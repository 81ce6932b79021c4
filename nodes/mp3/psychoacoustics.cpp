// Third stage of the MP3 encoder: masking thresholds after the ear model of Rec. ITU-R BS.1387, taken from the MDCT
// lines, and the choice between left/right and mid/side for each frame. Delay: the granules of a frame but one.
#include <fmt/format.h>

#include <memory>

#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class PsychoacousticsNode final : public Node {
 public:
  In<SpectrumGranule> in{*this, "in", "MDCT lines, one granule a block"};
  Out<MaskedFrame> out{*this, "out", "spectra of a frame with thresholds; left/right or mid/side"};
  Counter mid_side{*this, "mid_side", "frames coded as mid and side"};

  Status configure() override {
    const auto stream = stream_format(in.format());
    if (!stream) return Error{"in", fmt::format("no MP3 rate; allowed: {}", allowed_rates())};
    format_ = *stream;
    Format format = in.format();
    format.media = MaskedFrame::kMedia;
    out.set_spec(format, format_.frame_samples());
    set_delay(format_.frame_samples() - kLines, format.rate_hz);
    return {};
  }

  Status prepare() override {
    stage_ = std::make_unique<PsychoStage>(format_, StreamSettings::parse(in.format().codec).stereo);
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) {
        gap_ = true;
        if (gathered_ > 0) stage_->restart_frame();
        gathered_ = 0;
      }
      if (gathered_++ == 0) first_ = block->header;
      const SpectrumGranule& spectrum = std::as_const(*block).as<SpectrumGranule>();
      if (!frame_) frame_ = out.take();
      if (!stage_->push(spectrum.channel, frame_->as<MaskedFrame>().frame)) continue;
      emit(spectrum.samples);
    }
  }

 private:
  void emit(std::int64_t samples) noexcept {
    MaskedFrame& masked = frame_->as<MaskedFrame>();
    masked.samples = samples;
    if (masked.frame.mid_side) mid_side.add();
    frame_->header = first_;
    frame_->header.frames = format_.frame_samples();
    frame_->header.flags = std::exchange(gap_, false) ? kDiscontinuity : 0u;
    out.emit(std::move(frame_));
    gathered_ = 0;
  }

  StreamFormat format_;
  std::unique_ptr<PsychoStage> stage_;
  BlockRef frame_;       // the block being filled
  BlockHeader first_{};  // of the frame's first granule
  int gathered_ = 0;     // granules of the frame
  bool gap_ = false;
};

}  // namespace

REGISTER_NODE(PsychoacousticsNode, "mp3.psychoacoustics",
              "MP3 encoder, stage 3: masking thresholds and the mid/side decision")

}  // namespace sluice::mp3
