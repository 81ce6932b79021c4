// Third stage of the MP3 encoder: masking thresholds after the ear model of Rec. ITU-R BS.1387, taken from the MDCT
// lines, and the choice between left/right and mid/side for each frame. Delay: the granules of a block's frames but
// one.
#include <fmt/format.h>

#include <memory>

#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class PsychoacousticsNode final : public Node {
 public:
  In<SpectrumGranule> in{*this, "in", "MDCT lines, one granule a block"};
  Out<MaskedFrame> out{*this, "out", "spectra of a frame with thresholds; left/right or mid/side"};
  Param<int> gather{*this,
                    "gather",
                    {.default_value = 1,
                     .min = 1,
                     .max = kMaxGathered,
                     .doc = "frames a block: a graph that is cut here hands over less often, at the price of delay"}};
  Param<double> ath{*this,
                    "ath",
                    {.unit = "dB",
                     .default_value = 0,
                     .min = -100,
                     .max = 40,
                     .doc = "shifts the threshold in quiet, below which nothing is coded: -100 codes the faintest"}};
  Param<bool> compand{
      *this, "compand", {.doc = "does here, once, what several mp3.quantize behind this node have in common"}};
  Counter mid_side{*this, "mid_side", "frames coded as mid and side"};

  Status configure() override {
    const auto stream = stream_format(in.format());
    if (!stream) return Error{"in", fmt::format("no MP3 rate; allowed: {}", allowed_rates())};
    format_ = *stream;
    Format format = in.format();
    format.media = MaskedFrame::kMedia;
    const int samples = gather * format_.frame_samples();
    out.set_spec(format, samples, static_cast<std::size_t>(gather) * sizeof(MaskedFrame));
    set_delay(samples - kLines, format.rate_hz);
    return {};
  }

  Status prepare() override {
    stage_ = std::make_unique<PsychoStage>(format_, StreamSettings::parse(in.format().codec).stereo,
                                           PsychoOptions{.quiet_db = ath, .compand = compand});
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) {
        emit();
        stage_->restart_frame();
        granules_ = 0;
        gap_ = true;
      }
      if (!frames_) frames_ = out.take();
      if (complete_ == 0 && granules_ == 0) first_ = block->header;
      ++granules_;
      const SpectrumGranule& spectrum = std::as_const(*block).as<SpectrumGranule>();
      MaskedFrame& masked = (&frames_->as<MaskedFrame>())[complete_];
      if (!stage_->push(spectrum.channel, masked.frame)) continue;
      masked.samples = spectrum.samples;
      if (masked.frame.mid_side) mid_side.add();
      granules_ = 0;
      if (++complete_ == gather) emit();
    }
  }

  void flush() REALTIME override { emit(); }

 private:
  // The frames that are complete, if any.
  void emit() noexcept {
    if (complete_ == 0) return;
    frames_->resize(static_cast<std::size_t>(complete_) * sizeof(MaskedFrame));
    frames_->header = first_;
    frames_->header.frames = std::int64_t{complete_} * format_.frame_samples();
    frames_->header.flags = std::exchange(gap_, false) ? kDiscontinuity : 0u;
    out.emit(std::move(frames_));
    complete_ = 0;
  }

  StreamFormat format_;
  std::unique_ptr<PsychoStage> stage_;
  BlockRef frames_;      // the block being filled
  BlockHeader first_{};  // of its first granule
  int complete_ = 0;     // frames in it
  int granules_ = 0;     // of the frame that follows them
  bool gap_ = false;
};

}  // namespace

REGISTER_NODE(PsychoacousticsNode, "mp3.psychoacoustics",
              "MP3 encoder, stage 3: masking thresholds and the mid/side decision")

}  // namespace sluice::mp3
