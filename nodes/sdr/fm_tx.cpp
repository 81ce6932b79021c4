// FM broadcast transmitter (fm_modulator.h): stereo sound at 48 kHz -> complex baseband, with pilot and RDS.
// Rec. ITU-R BS.450-3, IEC 62106. Delay: the audio low-pass, 0.68 ms.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>

#include "engine/node/node.h"
#include "nodes/sdr/fm_band.h"
#include "nodes/sdr/fm_modulator.h"
#include "nodes/sdr/formats.h"

namespace sluice::sdr {
namespace {

class FmTx final : public Node {
 public:
  In<float> in{*this, "in", "audio at 48 kHz, one or two channels"};
  In<Text<>> text{
      *this, "text", "what is on the air, \"Artist - Title\": the radiotext from then on", {.optional = true}};
  Out<Sample> out{*this, "out", "complex baseband of constant magnitude"};
  Param<double> rate{
      *this,
      "rate",
      {.unit = "Hz", .default_value = 1.2e6, .min = 480e3, .max = 19.2e6, .doc = "a multiple of 240 kHz"}};
  Param<double> emphasis{
      *this,
      "emphasis",
      {.unit = "s", .default_value = 50e-6, .min = 0, .max = 100e-6, .doc = "50 us, in the Americas 75 us; 0: none"}};
  Param<bool> rds{*this, "rds", {.default_value = true, .doc = "send the station's name and radiotext"}};
  Param<std::string> pi{*this, "pi", {.default_value = "1234", .doc = "programme identification, four hex digits"}};
  Param<int> pty{*this, "pty", {.default_value = 10, .min = 0, .max = 31, .doc = "programme type; 10: pop music"}};
  Param<std::string> ps{*this, "ps", {.default_value = "SLUICE", .doc = "name of the station, 8 letters"}};
  Param<std::string> rt{
      *this, "rt", {.default_value = "", .doc = "radiotext, 64 letters; \"Artist - Title\" is marked as RT+"}};
  Param<double> level{
      *this, "level", {.unit = "dBFS", .default_value = 0, .min = -60, .max = 0, .doc = "of the carrier"}};

  Format accepted(const InPort& port) const override {
    Format format = port.format();
    if (&port != &in) return format;
    format.rate_hz = kAudioRate;
    format.channels = std::min(format.channels, 2);
    return format;
  }

  Status configure() override {
    const Format& format = in.format();
    if (format.rate_hz != kAudioRate || format.channels < 1 || format.channels > 2)
      return Error{"in", fmt::format("takes audio at 48 kHz of one or two channels, but gets {}", to_string(format))};
    const double ratio = rate / kMpxRate;
    if (std::abs(ratio - std::round(ratio)) > 1e-9) return Error{"rate", "must be a multiple of 240 kHz"};
    const char* end = pi.value().data() + pi.value().size();
    unsigned code = 0;
    if (const auto [last, error] = std::from_chars(pi.value().data(), end, code, 16);
        error != std::errc{} || last != end || code > 0xFFFF)
      return Error{"pi", fmt::format("'{}' is not four hexadecimal digits", pi.value())};
    options_ = {.rate_hz = rate, .emphasis_s = emphasis, .stereo = format.channels == 2, .rds = rds};
    options_.station.pi = static_cast<std::uint16_t>(code);
    options_.station.pty = static_cast<std::uint8_t>(pty);
    options_.station.stereo = options_.stereo;
    options_.station.set_ps(ps.value());
    options_.station.set_rt(rt.value());
    out.set_spec(iq_format(rate), static_cast<std::int64_t>(std::llround(rate / kAudioRate)) * in.spec().block_frames);
    set_delay(from_seconds(FmModulator::delay_s()));
    return {};
  }

  Status prepare() override {
    modulator_ = std::make_unique<FmModulator>(options_);
    gain_ = static_cast<float>(std::pow(10.0, level / 20));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef line = text.next()) {
      options_.station.set_rt(std::as_const(*line).text());
      modulator_->set_station(options_.station);
    }
    while (const BlockRef audio = in.next()) {
      const auto& sound = std::as_const(*audio);
      const std::size_t per_frame = modulator_->samples_per_frame();
      BlockRef block = out.take(per_frame * sound.frames());
      stamp_from(*block, sound, in);
      block->header.position = sound.header.position * static_cast<std::int64_t>(per_frame);
      block->header.frames = sound.header.frames * static_cast<std::int64_t>(per_frame);
      block->header.flags |= kIndependent;
      modulator_->run(sound.channel(0), sound.channel(sound.channels() - 1), block->iq());
      if (gain_ != 1)
        for (Sample& x : block->iq()) x *= gain_;
      out.emit(std::move(block));
    }
  }

 private:
  FmModulatorOptions options_;
  std::unique_ptr<FmModulator> modulator_;
  float gain_ = 1;
};

}  // namespace

REGISTER_NODE(FmTx, "sdr.fm_tx", "FM broadcast transmitter: stereo, pre-emphasis, RDS with PS, RT, PTY and RT+")

}  // namespace sluice::sdr
