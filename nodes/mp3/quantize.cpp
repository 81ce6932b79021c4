// Fourth stage of the MP3 encoder: noise allocation at a constant bitrate (CBR), at a bitrate that is kept in the mean
// (ABR), or at a quality (VBR). Step sizes, scalefactors, Huffman tables and regions, bit reservoir, frame sizes.
// ISO/IEC 11172-3 C.1.5.4 gives the frame of it; see kernels/rate_loop.h. Delay 0.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "nodes/mp3/kernels/rate_loop.h"
#include "nodes/mp3/kernels/vbr_scale.h"
#include "nodes/mp3/payloads.h"

namespace sluice::mp3 {
namespace {

constexpr int kMostReservoir = 511;  // bytes that main_data_begin can reach back

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
  Param<double> vbr{*this,
                    "vbr",
                    {.default_value = -1,
                     .min = -1,
                     .max = kWorstQuality,
                     .doc = "a variable bitrate of this quality instead: 0 best, about 220 kbit/s, .. 4 about 125 .. "
                            "9 about 60, as LAME's -V; -1: off"}};
  Param<int> abr{
      *this,
      "abr",
      {.unit = "kbit/s", .default_value = 0, .min = 0, .max = 320, .doc = "a variable bitrate of this mean; 0: off"}};
  Param<int> min_bitrate{*this,
                         "min_bitrate",
                         {.unit = "kbit/s",
                          .default_value = 0,
                          .min = 0,
                          .max = 320,
                          .doc = "of frames of a variable bitrate; 0: the least of use"}};
  Param<int> max_bitrate{*this,
                         "max_bitrate",
                         {.unit = "kbit/s", .default_value = 0, .min = 0, .max = 320, .doc = "ditto; 0: the largest"}};
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
    const int kbps = frame_bitrate(rate_hz);
    const auto stream = StreamFormat::make(rate_hz, in.format().channels, kbps);
    if (!stream)
      return Error{"bitrate", fmt::format("{} kbit/s does not exist at {} Hz; allowed: {}", kbps, rate_hz,
                                          allowed_bitrates(rate_hz))};
    format_ = *stream;
    if (const Status status = choose_range(); !status) return status;
    options_ = options();
    Format format = in.format();
    format.media = CodedFrame::kMedia;
    format.codec = settings(format.codec).text();
    out.set_spec(format, format_.frame_samples());
    return {};
  }

  Status prepare() override {
    loop_ = std::make_unique<RateLoop>(format_, options_);
    return {};
  }

  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (in.gap()) loop_->reset();
      BlockHeader stamps = block->header;
      stamps.frames = format_.frame_samples();
      stamps.flags = in.gap() ? kDiscontinuity : 0u;
      for (const MaskedFrame& masked : masked_frames(*block)) {
        encode(masked, stamps);
        stamps.position += stamps.frames;
        stamps.capture_time += frames_to_duration(static_cast<double>(stamps.frames), format_.rate_hz);
        stamps.flags = 0;
      }
    }
  }

 private:
  void encode(const MaskedFrame& masked, const BlockHeader& stamps) noexcept {
    BlockRef coded = out.take();
    CodedFrame& frame = coded->as<CodedFrame>();
    loop_->encode(masked.frame, frame.frame);
    frame.samples = masked.samples;
    coded->header = stamps;
    out.emit(std::move(coded));
  }

  RateMethod method() const {
    return vbr >= 0 ? RateMethod::kVariable : abr > 0 ? RateMethod::kMean : RateMethod::kConstant;
  }

  // Of every frame, or the one of the standard that comes nearest to what a variable one will come to.
  int frame_bitrate(int rate_hz) const {
    if (method() == RateMethod::kConstant) return bitrate;
    const double wanted =
        method() == RateMethod::kMean ? abr.value() : vbr_nominal_kbps(vbr, rate_hz, in.format().channels);
    return nearest_bitrate(rate_hz, wanted);
  }

  Status choose_range() {
    if (vbr >= 0 && abr > 0) return Error{"abr", "a quality (vbr) and a mean bitrate exclude one another"};
    const auto range = bitrate_range(format_, min_bitrate, max_bitrate);
    if (!range)
      return Error{"min_bitrate",
                   fmt::format("no range from {} to {} kbit/s at {} Hz; allowed: {}", min_bitrate.value(),
                               max_bitrate.value(), format_.rate_hz, allowed_bitrates(format_.rate_hz))};
    const auto bitrates = bitrates_for(format_.rate_hz);
    const int most = bitrates[static_cast<std::size_t>(range->most) - 1];
    if (abr > most)
      return Error{"abr", fmt::format("{} kbit/s is above the largest frame's {} kbit/s", abr.value(), most)};
    range_ = *range;
    return {};
  }

  RateOptions options() const {
    const bool look_ahead = StreamSettings::parse(in.format().codec).look_ahead;
    const double frames = join_interval * format_.rate_hz / format_.frame_samples();
    return {.method = method(),
            .quality = vbr,
            .mean_kbps = static_cast<double>(abr),
            .range = range_,
            .lowpass_hz = lowpass > 0 ? static_cast<int>(lowpass) : default_lowpass_hz(format_),
            .reservoir_bytes = reservoir && look_ahead ? kMostReservoir : 0,
            .crc = crc,
            .restart_frames = static_cast<int>(std::ceil(frames))};
  }

  StreamSettings settings(const std::string& front) const {
    StreamSettings settings = StreamSettings::parse(front);
    settings.method = options_.method;
    settings.bitrate_kbps = format_.bitrate_kbps;
    settings.mean_kbps = abr;
    settings.quality = std::max(0.0, vbr.value());
    settings.min_kbps = min_bitrate;
    settings.max_kbps = max_bitrate;
    settings.reservoir_bytes = reservoir_limit(format_, options_);
    settings.lowpass_hz = options_.lowpass_hz;
    settings.crc = crc;
    return settings;
  }

  StreamFormat format_;
  BitrateRange range_{};
  RateOptions options_;
  std::unique_ptr<RateLoop> loop_;
};

}  // namespace

REGISTER_NODE(Quantize, "mp3.quantize", "MP3 encoder, stage 4: noise allocation, quantisation and bit reservoir")

}  // namespace sluice::mp3
