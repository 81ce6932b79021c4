// FM broadcast receiver (fm_demodulator.h): complex baseband -> stereo sound at 48 kHz, and what RDS says as lines of
// JSON. Delay: the audio low-pass, 0.70 ms.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/fm_band.h"
#include "nodes/sdr/fm_demodulator.h"
#include "nodes/sdr/rds_json.h"

namespace sluice::sdr {
namespace {

class FmRx final : public Node {
 public:
  In<Sample> in{*this, "in", "complex baseband, the station at 0 Hz; the rate 480 kHz or another multiple of 240"};
  Out<float> out{*this, "out", "stereo sound at 48 kHz; both channels alike where there is no pilot"};
  Out<Text<"json">> rds{*this, "rds", "what the station says, a line of JSON when it changes", {.optional = true}};
  Param<double> emphasis{
      *this,
      "emphasis",
      {.unit = "s", .default_value = 50e-6, .min = 0, .max = 100e-6, .doc = "50 us, in the Americas 75 us; 0: none"}};
  Counter pilot{*this, "pilot", "level of the pilot, 1 as it should be"};
  Counter rds_blocks{*this, "rds_blocks", "blocks of RDS since it was found"};
  Counter rds_good{*this, "rds_good", "those received without an error"};
  Counter rds_corrected{*this, "rds_corrected", "those with an error that was corrected"};

  Status configure() override {
    const double ratio = in.format().rate_hz / kMpxRate;
    if (ratio < 2 || std::abs(ratio - std::round(ratio)) > 1e-9)  // Carson's 256 kHz do not fit into 240
      return Error{"in", fmt::format("takes samples at 480 kHz or another multiple of 240, but gets {}",
                                     to_string(in.format()))};
    const auto per_frame = static_cast<std::int64_t>(std::llround(in.format().rate_hz / kAudioRate));
    out.set_spec({.media = "audio", .codec = "", .rate_hz = kAudioRate, .channels = 2},
                 in.spec().block_frames / per_frame + 1);
    rds.set_spec({.media = "text", .codec = "json", .rate_hz = 0, .channels = 0}, 0, kMaxRdsJson);
    set_delay(from_seconds(FmDemodulator::delay_s()));
    return {};
  }

  Status prepare() override {
    demodulator_ =
        std::make_unique<FmDemodulator>(FmDemodulatorOptions{.rate_hz = in.format().rate_hz, .emphasis_s = emphasis});
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef samples = in.next()) {
      BlockRef sound = out.take();
      stamp_from(*sound, *samples, in);
      sound->header.frames = out.spec().block_frames;
      const std::size_t made = demodulator_->run(std::as_const(*samples).iq(), sound->channel(0), sound->channel(1));
      sound->header.frames = static_cast<std::int64_t>(made);
      sound->header.position = position_;
      sound->header.flags |= kIndependent;
      position_ += sound->header.frames;
      tell_rds(samples->header.capture_time);
      if (made > 0) out.emit(std::move(sound));
    }
  }

 private:
  // Once a group sequence may have brought something whole: not more than every quarter of a second.
  void tell_rds(Time now) noexcept {
    const RdsDecoder& decoder = demodulator_->rds();
    pilot.set(static_cast<double>(demodulator_->pilot()));
    rds_blocks.set(static_cast<double>(decoder.counts().blocks));
    rds_good.set(static_cast<double>(decoder.counts().good));
    rds_corrected.set(static_cast<double>(decoder.counts().corrected));
    if (!rds.connected() || decoder.changes() == told_ || position_ < next_telling_) return;
    told_ = decoder.changes();
    next_telling_ = position_ + static_cast<std::int64_t>(kAudioRate / 4);
    std::array<char, kMaxRdsJson> text{};
    const std::size_t size = write_rds_json(decoder.station(), text);
    if (text == said_) return;
    said_ = text;
    BlockRef line = rds.take();
    line->resize(size);
    std::memcpy(line->bytes().data(), text.data(), size);
    line->header.capture_time = now;
    line->header.flags = kIndependent;
    rds.emit(std::move(line));
  }

  std::unique_ptr<FmDemodulator> demodulator_;
  std::int64_t position_ = 0, next_telling_ = 0;
  std::uint64_t told_ = 0;
  std::array<char, kMaxRdsJson> said_{};
};

}  // namespace

REGISTER_NODE(FmRx, "sdr.fm_rx", "FM broadcast receiver: stereo by the pilot, de-emphasis, RDS")

}  // namespace sluice::sdr
