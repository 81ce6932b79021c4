// Fourth stage of the MP3 encoder: noise allocation at a constant bitrate. Step sizes, scalefactors, Huffman tables and
// regions, bit reservoir, padding. ISO/IEC 11172-3 C.1.5.4 gives the frame of it; see kernels/rate_loop.h. Delay 0.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "nodes/mp3/kernels/rate_loop.h"
#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

class Quantize final : public Node {
 public:
  In<MaskedFrame> in{*this, "in", "spectra of a frame with thresholds"};
  Out<CodedFrame> out{*this, "out", "quantised frames"};
  Param<int> bitrate{*this,
                     "bitrate",
                     {.unit = "kbit/s",
                      .default_value = 128,
                      .min = 8,
                      .max = 320,
                      .doc = "constant; one of the standard's for the sampling rate"}};
  Param<bool> reservoir{
      *this, "reservoir", {.default_value = true, .doc = "let frames use bits that earlier ones left"}};
  Param<double> join_interval{*this,
                              "join_interval",
                              {.unit = "s",
                               .default_value = 1,
                               .min = 0,
                               .max = 60,
                               .doc = "a frame that decodes without history at least this often; 0: as it comes"}};
  Param<double> lowpass{
      *this, "lowpass", {.unit = "Hz", .default_value = 0, .min = 0, .max = 24000, .doc = "bandwidth; 0: by bitrate"}};
  Param<bool> crc{*this, "crc", {.default_value = false, .doc = "protect headers by a checksum, 16 bits a frame"}};

  Status configure() override {
    const int rate_hz = static_cast<int>(std::lround(in.format().rate_hz));
    const auto stream = StreamFormat::make(rate_hz, in.format().channels, bitrate);
    if (!stream)
      return Error{"bitrate", fmt::format("{} kbit/s does not exist at {} Hz; allowed: {}", bitrate.value(), rate_hz,
                                          allowed_bitrates(rate_hz))};
    format_ = *stream;
    Format format = in.format();
    format.media = CodedFrame::kMedia;
    StreamSettings settings = StreamSettings::parse(format.codec);
    settings.bitrate_kbps = bitrate;
    settings.reservoir_bytes = reservoir ? format_.max_main_data_begin() : 0;
    settings.crc = crc;
    settings.lowpass_hz = lowpass > 0 ? static_cast<int>(lowpass) : default_lowpass_hz(format_);
    format.codec = settings.text();
    out.set_spec(format, format_.frame_samples());
    return {};
  }

  Status prepare() override {
    const double frames = join_interval * format_.rate_hz / format_.frame_samples();
    loop_ = std::make_unique<RateLoop>(format_, RateOptions{.lowpass_hz = static_cast<int>(lowpass),
                                                            .reservoir_bytes = reservoir ? 511 : 0,
                                                            .crc = crc,
                                                            .restart_frames = static_cast<int>(std::ceil(frames))});
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) loop_->reset();
      const MaskedFrame& masked = std::as_const(*block).as<MaskedFrame>();
      BlockRef coded = out.take();
      CodedFrame& frame = coded->as<CodedFrame>();
      loop_->encode(masked.frame, frame.frame);
      frame.samples = masked.samples;
      stamp_from(*coded, *block);
      if (in.gap()) coded->header.flags |= kDiscontinuity;
      out.emit(std::move(coded));
    }
  }

 private:
  StreamFormat format_;
  std::unique_ptr<RateLoop> loop_;
};

}  // namespace

REGISTER_NODE(Quantize, "mp3.quantize", "MP3 encoder, stage 4: noise allocation, quantisation and bit reservoir")

}  // namespace sluice::mp3
