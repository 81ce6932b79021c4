// Narrow-band FM and AM for voice: sound at 48 kHz -> complex baseband at a multiple of it, and back.
//   FM  y[n] = exp(j 2 pi d / fs sum x),  x = arg(y[n] conj(y[n-1])) fs / (2 pi d)   (liquid-dsp's freqmod and freqdem)
//   AM  y[n] = (1 + m x[n]) / (1 + m),    x = (|y| / mean |y| - 1) / m               (the envelope needs no carrier
//   phase)
// Delays are those of the filters, all linear in phase.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <vector>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/liquid_dsp.h"

namespace sluice::sdr {
namespace {

constexpr double kAudioRate = 48000;
constexpr unsigned kTaps = 161;     // of audio and channel filters: 60 dB within 1.1 kHz (Kaiser)
constexpr unsigned kRateDelay = 8;  // samples at 48 kHz: half the length of the filters that change the rate
constexpr float kStopBand = 60;     // dB
constexpr double kWidest = 21e3;    // Hz: edge of the widest channel filter

template <typename T, int (*destroy)(T)>
struct Destroy {
  void operator()(T object) const { destroy(object); }
};
template <typename T, int (*destroy)(T)>
using Owned = std::unique_ptr<std::remove_pointer_t<T>, Destroy<T, destroy>>;

using AudioFilter = Owned<firfilt_rrrf, firfilt_rrrf_destroy>;
using ChannelFilter = Owned<firfilt_crcf, firfilt_crcf_destroy>;
using Interpolator = Owned<firinterp_crcf, firinterp_crcf_destroy>;
using Decimator = Owned<firdecim_crcf, firdecim_crcf_destroy>;
using FrequencyModulator = Owned<freqmod, freqmod_destroy>;
using FrequencyDemodulator = Owned<freqdem, freqdem_destroy>;

std::array<float, kTaps> low_pass(double edge_hz) {
  std::array<float, kTaps> taps{};
  liquid_firdes_kaiser(kTaps, static_cast<float>(edge_hz / kAudioRate), kStopBand, 0, taps.data());
  float sum = 0;
  for (const float tap : taps) sum += tap;
  for (float& tap : taps) tap /= sum;
  return taps;
}

// How often 48 kHz goes into a rate; 0: it does not.
unsigned ratio_of(double rate) {
  const double ratio = rate / kAudioRate;
  return std::abs(ratio - std::round(ratio)) < 1e-9 ? static_cast<unsigned>(std::lround(ratio)) : 0;
}

double delay_of(unsigned ratio) {
  return (2 * (kTaps / 2) + (ratio > 1 ? kRateDelay : 0)) / kAudioRate;
}

class VoiceTx : public Node {
 public:
  In<float> in{*this, "in", "voice at 48 kHz, one channel, full scale +-1"};
  Out<Sample> out{*this, "out", "complex baseband"};
  Param<double> rate{*this,
                     "rate",
                     {.unit = "Hz",
                      .default_value = 48e3,
                      .min = 48e3,
                      .max = 19.2e6,
                      .doc = "a multiple of 48 kHz",
                      .required = true}};
  Param<double> audio{
      *this, "audio", {.unit = "Hz", .default_value = 3400, .min = 1000, .max = 15000, .doc = "highest tone sent"}};
  Param<double> level{
      *this, "level", {.unit = "dBFS", .default_value = 0, .min = -60, .max = 0, .doc = "greatest magnitude"}};

  Format accepted(const InPort& port) const override {
    Format format = port.format();
    format.rate_hz = kAudioRate;
    format.channels = 1;
    return format;
  }

  Status configure() override {
    if (in.format().rate_hz != kAudioRate || in.format().channels != 1)
      return Error{"in", fmt::format("takes audio at 48 kHz of one channel, but gets {}", to_string(in.format()))};
    ratio_ = ratio_of(rate);
    if (ratio_ == 0) return Error{"rate", "must be a multiple of 48 kHz"};
    out.set_spec(iq_format(rate), ratio_ * in.spec().block_frames);
    set_delay(from_seconds(delay_of(ratio_)));
    return {};
  }

  Status prepare() override {
    auto taps = low_pass(audio);
    audio_filter_.reset(firfilt_rrrf_create(taps.data(), kTaps));
    if (ratio_ > 1) interpolator_.reset(firinterp_crcf_create_kaiser(ratio_, kRateDelay, kStopBand));
    gain_ = static_cast<float>(std::pow(10.0, level / 20));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto voice = std::as_const(*block).channel(0);
      BlockRef made = out.take(voice.size() * ratio_);
      stamp_from(*made, *block, in);
      made->header.position *= ratio_;
      made->header.frames *= ratio_;
      made->header.flags |= kIndependent;
      for (std::size_t n = 0; n < voice.size(); ++n) send(voice[n], made->iq().subspan(n * ratio_, ratio_));
      out.emit(std::move(made));
    }
  }

 protected:
  virtual Sample modulate(float x) noexcept = 0;

 private:
  void send(float x, std::span<Sample> to) noexcept {
    firfilt_rrrf_push(audio_filter_.get(), std::clamp(x, -1.0f, 1.0f));
    firfilt_rrrf_execute(audio_filter_.get(), &x);
    const Sample y = gain_ * modulate(x);
    if (interpolator_)
      firinterp_crcf_execute(interpolator_.get(), y, to.data());
    else
      to[0] = y;
  }

  unsigned ratio_ = 1;
  AudioFilter audio_filter_;
  Interpolator interpolator_;
  float gain_ = 1;
};

class VoiceRx : public Node {
 public:
  In<Sample> in{*this, "in", "complex baseband, the station at 0 Hz; the rate a multiple of 48 kHz"};
  Out<float> out{*this, "out", "voice at 48 kHz"};
  Param<double> bandwidth{*this,
                          "bandwidth",
                          {.unit = "Hz",
                           .default_value = 16e3,
                           .min = 2e3,
                           .max = 48e3,
                           .doc = "of the channel: 16 kHz takes FM of 5 kHz deviation, 8 kHz AM",
                           .required = true}};
  Param<double> squelch{
      *this,
      "squelch",
      {.unit = "dBFS", .default_value = -120, .min = -120, .max = 0, .doc = "silent below this; -120: never"}};
  Param<double> audio{
      *this, "audio", {.unit = "Hz", .default_value = 3400, .min = 1000, .max = 15000, .doc = "highest tone heard"}};
  Counter signal{*this, "signal_dbfs", "mean power within the bandwidth"};
  Counter open{*this, "open", "1 while the squelch is open"};

  Status configure() override {
    ratio_ = ratio_of(in.format().rate_hz);
    if (ratio_ == 0)
      return Error{"in", fmt::format("takes samples at a multiple of 48 kHz, but gets {}", to_string(in.format()))};
    out.set_spec({.media = "audio", .codec = "", .rate_hz = kAudioRate, .channels = 1},
                 in.spec().block_frames / ratio_ + 1);
    set_delay(from_seconds(delay_of(ratio_)));
    return {};
  }

  Status prepare() override {
    auto taps = low_pass(audio);
    audio_filter_.reset(firfilt_rrrf_create(taps.data(), kTaps));
    auto channel = low_pass(std::min(bandwidth / 2, kWidest));
    channel_filter_.reset(firfilt_crcf_create(channel.data(), kTaps));
    if (ratio_ > 1) decimator_.reset(firdecim_crcf_create_kaiser(ratio_, kRateDelay, kStopBand));
    piece_.resize(ratio_);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      BlockRef voice = out.take();
      stamp_from(*voice, *block, in);
      voice->header.frames = out.spec().block_frames;
      std::size_t made = 0;
      for (const Sample x : std::as_const(*block).iq()) {
        piece_[filled_++] = x;
        if (filled_ < ratio_) continue;
        filled_ = 0;
        voice->channel(0)[made++] = hear();
      }
      voice->header.frames = static_cast<std::int64_t>(made);
      voice->header.position = position_;
      voice->header.flags |= kIndependent;
      position_ += voice->header.frames;
      if (made > 0) out.emit(std::move(voice));
    }
    signal.set(10 * std::log10(std::max(1e-12, static_cast<double>(power_))));
    open.set(open_ ? 1 : 0);
  }

 protected:
  virtual float demodulate(Sample y) noexcept = 0;

 private:
  static constexpr float kPowerGain = 1 / (0.02f * static_cast<float>(kAudioRate));  // mean over 20 ms
  static constexpr float kFadeGain = 1 / (0.002f * static_cast<float>(kAudioRate));  // without a click: 2 ms
  static constexpr float kClose = 0.5f;  // of the power that opens it: it does not chatter

  float hear() noexcept {
    Sample y = piece_[0];
    if (decimator_) {
      firdecim_crcf_execute(decimator_.get(), piece_.data(), &y);
      y /= static_cast<float>(ratio_);
    }
    firfilt_crcf_push(channel_filter_.get(), y);
    firfilt_crcf_execute(channel_filter_.get(), &y);
    float x = demodulate(y);
    if (!std::isfinite(x)) x = 0;  // silence has no phase
    firfilt_rrrf_push(audio_filter_.get(), x);
    firfilt_rrrf_execute(audio_filter_.get(), &x);
    return x * squelch_gain(power(y));
  }

  // 0 to 1, without a click.
  float squelch_gain(float now) noexcept {
    power_ += kPowerGain * (now - power_);
    const float threshold = squelch > kNever ? static_cast<float>(std::pow(10.0, squelch / 10)) : 0.0f;
    open_ = power_ >= threshold * (open_ ? kClose : 1);
    fade_ += kFadeGain * ((open_ ? 1.0f : 0.0f) - fade_);
    return fade_;
  }

  static constexpr double kNever = -120;
  unsigned ratio_ = 1;
  AudioFilter audio_filter_;
  ChannelFilter channel_filter_;
  Decimator decimator_;
  std::vector<Sample> piece_;  // samples of one at 48 kHz
  std::size_t filled_ = 0;
  float power_ = 0, fade_ = 0;
  bool open_ = false;
  std::int64_t position_ = 0;
};

// Of sender and receiver.
struct Deviation {
  explicit Deviation(Node& node)
      : value{
            node,
            "deviation",
            {.unit = "Hz", .default_value = 5000, .min = 500, .max = 15000, .doc = "of the frequency at full scale"}} {}
  float index() const { return static_cast<float>(value / kAudioRate); }  // cycles a sample at full scale

  Param<double> value;
};
struct Depth {
  explicit Depth(Node& node)
      : value{node, "depth", {.default_value = 0.8, .min = 0.1, .max = 1, .doc = "of the modulation at full scale"}} {}
  float index() const { return static_cast<float>(value.value()); }

  Param<double> value;
};

class NarrowFmTx final : public VoiceTx {
 public:
  Deviation deviation{*this};

  Status prepare() override {
    modulator_.reset(freqmod_create(deviation.index()));
    return VoiceTx::prepare();
  }

 protected:
  Sample modulate(float x) noexcept override {
    Sample y;
    freqmod_modulate(modulator_.get(), x, &y);
    return y;
  }

 private:
  FrequencyModulator modulator_;
};

class NarrowFmRx final : public VoiceRx {
 public:
  Deviation deviation{*this};

  Status prepare() override {
    demodulator_.reset(freqdem_create(deviation.index()));
    return VoiceRx::prepare();
  }

 protected:
  float demodulate(Sample y) noexcept override {
    float x = 0;
    freqdem_demodulate(demodulator_.get(), y, &x);
    return x;
  }

 private:
  FrequencyDemodulator demodulator_;
};

class AmTx final : public VoiceTx {
 public:
  Depth depth{*this};

 protected:
  Sample modulate(float x) noexcept override {
    const float m = depth.index();
    return (1 + m * std::clamp(x, -1.0f, 1.0f)) / (1 + m);
  }
};

class AmRx final : public VoiceRx {
 public:
  Depth depth{*this};

 protected:
  float demodulate(Sample y) noexcept override {
    const float envelope = std::sqrt(power(y));
    carrier_ += kCarrierGain * (envelope - carrier_);
    return carrier_ > kNoCarrier ? (envelope / carrier_ - 1) / depth.index() : 0;
  }

 private:
  static constexpr float kCarrierGain = 1 / (0.1f * static_cast<float>(kAudioRate));  // follows fades of 0.1 s
  static constexpr float kNoCarrier = 1e-6f;

  float carrier_ = 0;
};

}  // namespace

REGISTER_NODE(NarrowFmTx, "sdr.nbfm_tx", "voice as narrow-band FM")
REGISTER_NODE(NarrowFmRx, "sdr.nbfm_rx", "voice from narrow-band FM, with a squelch")
REGISTER_NODE(AmTx, "sdr.am_tx", "voice as AM with a carrier")
REGISTER_NODE(AmRx, "sdr.am_rx", "voice from AM, by its envelope, with a squelch")

}  // namespace sluice::sdr
