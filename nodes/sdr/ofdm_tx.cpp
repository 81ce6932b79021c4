// Radio frames as bursts of OFDM (liquid-dsp's ofdmframegen; ofdm_layout.h), each in the slot of time that its packet
// stands for, so that the samples keep the rate of the sound: at 48 kHz sound and 480 kHz radio 1152 frames are 11520
// samples, burst and pause together. Delay: one slot.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/ofdm_modulator.h"
#include "nodes/sdr/ofdm_params.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class OfdmTx final : public Node {
 public:
  In<Packet<"sdr.frame">> in{*this, "in", "radio frames"};
  Out<Sample> out{*this, "out", "complex baseband"};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 400e3, .min = 1e3, .max = 100e6, .doc = "of the samples"}};
  Param<std::string> modulation{*this,
                                "modulation",
                                {.default_value = "qpsk",
                                 .choices = {kModulationNames.begin(), kModulationNames.end()},
                                 .doc = "of the payload; the head is always BPSK"}};
  Param<double> level{
      *this, "level", {.unit = "dBFS", .default_value = -12, .min = -60, .max = 0, .doc = "mean power of a burst"}};
  OfdmParams ofdm{*this};
  Counter busy{*this, "busy_percent", "share of the last slot that its burst took"};
  Counter overruns{*this, "overruns", "bursts longer than their slot: rate or modulation is too low",
                   Counter::Tells::fault};
  Counter clipped{*this, "clipped", "samples beyond full scale"};

  Status configure() override {
    if (const Status status = ofdm.check(); !status) return status;
    out.set_spec(iq_format(rate), kBlock);
    set_delay(in.spec().block_period());
    return {};
  }

  Status prepare() override {
    layout_ = std::make_shared<OfdmLayout>(ofdm.shape());
    modulator_ = std::make_unique<OfdmModulator>(layout_, *find_modulation(modulation.value()), kMaxFrameAir);
    gain_ = static_cast<float>(std::pow(10.0, level / 20));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef frame = in.next()) {
      const auto bytes = frame->bytes();
      const auto burst = bytes.empty() || bytes.size() > kMaxFrameAir
                             ? std::span<const Sample>{}
                             : modulator_->frame({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
      send(burst, slot(frame->header.frames, burst.size()), frame->header);
    }
  }

 private:
  static constexpr std::int64_t kBlock = 2048;     // samples
  static constexpr std::size_t kShortPause = 256;  // behind a burst without a slot

  // Samples that the next `frames` of sound stand for; their sum never strays from the exact time.
  std::size_t slot(std::int64_t frames, std::size_t burst) noexcept {
    if (in.format().rate_hz <= 0 || frames == 0) return burst + kShortPause;
    sound_ += frames;
    const auto end = std::llround(static_cast<double>(sound_) / in.format().rate_hz * rate);
    const auto length = static_cast<std::size_t>(std::max<std::int64_t>(0, end - position_));
    busy.set(100 * static_cast<double>(burst) / static_cast<double>(std::max<std::size_t>(length, 1)));
    if (burst > length) overruns.add();
    return std::max(burst, length);
  }

  void send(std::span<const Sample> burst, std::size_t length, const BlockHeader& from) noexcept {
    for (std::size_t done = 0; done < length;) {
      const std::size_t count = std::min(length - done, static_cast<std::size_t>(kBlock));
      BlockRef block = out.take(count);
      const auto to = block->iq();
      const std::size_t sent = done < burst.size() ? std::min(count, burst.size() - done) : 0;
      for (std::size_t n = 0; n < sent; ++n) to[n] = limited(gain_ * burst[done + n]);
      std::fill(to.begin() + static_cast<std::ptrdiff_t>(sent), to.end(), Sample{});
      block->header.capture_time = from.capture_time + frames_to_duration(static_cast<double>(done), rate);
      block->header.position = position_;
      block->header.flags = kIndependent | (done == 0 && in.gap() ? kDiscontinuity : 0u);
      position_ += static_cast<std::int64_t>(count);
      done += count;
      out.emit(std::move(block));
    }
  }

  Sample limited(Sample x) noexcept {
    if (std::abs(x.real()) <= 1 && std::abs(x.imag()) <= 1) return x;
    clipped.add();
    return {std::clamp(x.real(), -1.0f, 1.0f), std::clamp(x.imag(), -1.0f, 1.0f)};
  }

  std::shared_ptr<OfdmLayout> layout_;
  std::unique_ptr<OfdmModulator> modulator_;
  float gain_ = 1;
  std::int64_t sound_ = 0;     // frames of sound so far
  std::int64_t position_ = 0;  // samples so far
};

}  // namespace

REGISTER_NODE(OfdmTx, "sdr.ofdm_tx", "radio frames as bursts of OFDM samples")

}  // namespace sluice::sdr
