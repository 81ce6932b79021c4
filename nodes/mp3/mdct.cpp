// Second stage of the MP3 encoder: decides block types from attacks in the subbands, with one granule of look-ahead
// unless the filterbank was told `latency: low`, and transforms to 576 lines. ISO/IEC 11172-3 2.4.3.4.10, C.1.5.3.3.
// Delay: the look-ahead granule.
#include <fmt/format.h>

#include <memory>

#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class Mdct final : public Node {
 public:
  In<Subbands> in{*this, "in", "subband samples, one granule a block"};
  Out<SpectrumGranule> out{*this, "out", "MDCT lines with block types, one granule a block"};

  Status configure() override {
    const auto stream = stream_format(in.format());
    if (!stream) return Error{"in", fmt::format("no MP3 rate; allowed: {}", allowed_rates())};
    format_ = *stream;
    Format format = in.format();
    format.media = SpectrumGranule::kMedia;
    out.set_spec(format, kLines);
    settings_ = StreamSettings::parse(format.codec);
    set_delay(settings_.look_ahead ? kLines : 0, format.rate_hz);
    return {};
  }

  Status prepare() override {
    stage_ = std::make_unique<MdctStage>(format_, settings_.stereo, settings_.look_ahead);
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) block_gap_ = true;
      BlockRef spectrum = out.take();
      const Subbands& subbands = std::as_const(*block).as<Subbands>();
      const bool complete = stage_->push(subbands.channel, spectrum->as<SpectrumGranule>().channel);
      if (!settings_.look_ahead) pending_ = block->header;
      if (complete) emit(std::move(spectrum), subbands.samples);
      pending_ = block->header;
    }
  }

 private:
  // The spectrum carries the stamps of the granule it ends with.
  void emit(BlockRef spectrum, std::int64_t samples) noexcept {
    spectrum->as<SpectrumGranule>().samples = samples;
    spectrum->header = pending_;
    spectrum->header.flags = std::exchange(block_gap_, false) ? kDiscontinuity : 0u;
    out.emit(std::move(spectrum));
  }

  StreamFormat format_;
  std::unique_ptr<MdctStage> stage_;
  StreamSettings settings_;
  BlockHeader pending_{};  // of the granule that the next spectrum ends with
  bool block_gap_ = false;
};

}  // namespace

REGISTER_NODE(Mdct, "mp3.mdct", "MP3 encoder, stage 2: block switching and MDCT, 576 lines a granule")

}  // namespace sluice::mp3
