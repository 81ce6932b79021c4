// A microphone or other capture device, through PortAudio. The device's callback fills a ring of preallocated blocks
// and wakes the node; nothing else happens on the device's thread. Delay: one block and the device's own buffer.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "engine/node/node.h"
#include "nodes/io/capture_queue.h"
#include "nodes/io/portaudio_library.h"

namespace sluice::io {
namespace {

// An older sample than this is a driver's wrong guess: after PulseAudio's idle sink wakes, its monitor says 0.6 s for a
// second, while the samples come at once (measured, PulseAudio 16.1: the ages contradict the sample clock).
constexpr double kOldest = 0.3;  // s

class AudioCapture final : public Node {
 public:
  Out<float> out{*this, "out", "what the device hears"};
  Param<std::string> device{
      *this, "device", {.doc = "a part of its name or its number, see `sluice devices`; empty: the default"}};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 44100, .min = 1000, .max = 768000, .doc = "sampling rate"}};
  Param<int> channels{*this, "channels", {.default_value = 2, .min = 1, .max = 64, .doc = "number of channels"}};
  Param<double> block{
      *this, "block", {.unit = "s", .default_value = 0.01, .min = 1e-4, .max = 1, .doc = "length of a block"}};
  Param<double> latency{
      *this,
      "latency",
      {.unit = "s", .default_value = 0.01, .min = 0, .max = 1, .doc = "buffer that the device is asked to use"}};
  Param<double> buffer{*this,
                       "buffer",
                       {.unit = "s",
                        .default_value = 0.1,
                        .min = 0.001,
                        .max = 60,
                        .doc = "what the graph may fall behind before samples are lost"}};
  Param<double> duration{
      *this, "duration", {.unit = "s", .default_value = 0, .min = 0, .max = 1e9, .doc = "ends after this; 0: never"}};
  Param<double> timeout{*this,
                        "timeout",
                        {.unit = "s",
                         .default_value = 5,
                         .min = 0,
                         .max = 3600,
                         .doc = "a device silent for this long has gone; 0: wait for ever"}};
  Counter xruns{*this, "xruns", "times that samples were lost"};
  Counter lost{*this, "lost_frames", "sample frames lost because the graph was too slow"};
  Counter device_latency{*this, "device_latency_s", "the device's own buffer, as it says"};

  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::device, .stamps = true}; }
  std::string clock_name() const override { return clock_of_device(device); }

  Status configure() override {
    const auto frames = std::max<std::int64_t>(1, std::llround(block * rate));
    out.set_spec({.media = "audio", .codec = "", .rate_hz = rate, .channels = channels}, frames);
    set_delay(out.spec().block_period() + from_seconds(latency));
    set_queueing(from_seconds(buffer));
    end_ = duration > 0 ? std::llround(duration * rate) : std::numeric_limits<std::int64_t>::max();
    return {};
  }

  Status prepare() override {
    auto library = PortAudioLibrary::start();
    if (!library) return library.error();
    library_.emplace(std::move(*library));
    const auto chosen = choose_device(library_->devices(), device.value(), Direction::capture);
    if (!chosen) return chosen.error();
    name_ = chosen->name;
    const auto blocks = static_cast<std::size_t>(std::ceil(buffer / block)) + 1;
    queue_.emplace(blocks, static_cast<std::size_t>(out.spec().block_frames),
                   static_cast<std::size_t>(channels.value()), rate);
    last_audio_ = host().now();
    const Status opened = stream_.open(*chosen, {.direction = Direction::capture,
                                                 .rate_hz = rate,
                                                 .channels = channels,
                                                 .latency_s = latency,
                                                 .callback = &AudioCapture::on_audio,
                                                 .finished = &AudioCapture::on_finished,
                                                 .user = this});
    device_latency.set(stream_.latency_s());
    return opened;
  }

  Pull pull() REALTIME override {
    running_.store(true, std::memory_order_release);
    xruns.set(static_cast<double>(queue_->xruns()));
    lost.set(static_cast<double>(queue_->lost_frames()));
    if (position_ >= end_) return Pull::ended();
    if (CapturedBlock* captured = queue_->front()) {
      emit(*captured);
      queue_->pop();
      last_audio_ = host().now();
      return Pull::again();
    }
    const bool finished = finished_.load(std::memory_order_acquire);
    if (timeout == 0 && !finished) return Pull::woken();
    const Time deadline = last_audio_ + from_seconds(timeout);
    if (!finished && host().now() < deadline) return Pull::at(deadline);
    report_loss();
    return Pull::ended();
  }

  void stop() override {
    running_.store(false, std::memory_order_release);
    stream_.close(false);
    library_.reset();
  }

 private:
  static int on_audio(const void* input, void*, unsigned long frames, const PaStreamCallbackTimeInfo* time,
                      PaStreamCallbackFlags flags, void* user) {
    auto& self = *static_cast<AudioCapture*>(user);
    const bool overflow = (flags & paInputOverflow) != 0;
    if (self.queue_->accept(static_cast<const float*>(input), frames, self.first_sample_time(frames, *time), overflow))
      self.wake();
    return paContinue;
  }

  // The stream starts in prepare(), before the graph does.
  void wake() noexcept {
    if (running_.load(std::memory_order_acquire)) host().wake();
  }

  static void on_finished(void* user) {
    auto& self = *static_cast<AudioCapture*>(user);
    self.finished_.store(true, std::memory_order_release);
    self.wake();
  }

  // The converter's time on the engine's clock: both clocks are read at this moment. Drivers that give no time, or an
  // absurd one, are taken to deliver at once.
  Time first_sample_time(unsigned long frames, const PaStreamCallbackTimeInfo& time) const noexcept {
    const Time now = host().now();
    const double age = time.currentTime - time.inputBufferAdcTime;
    const double at_least = static_cast<double>(frames) / rate;
    const bool plausible = time.inputBufferAdcTime > 0 && age >= 0 && age < kOldest;
    return now - from_seconds(plausible ? std::max(age, at_least) : at_least);
  }

  void emit(const CapturedBlock& captured) noexcept {
    const std::int64_t frames = std::min(out.spec().block_frames, end_ - captured.position);
    position_ = captured.position + out.spec().block_frames;
    if (frames <= 0) return;
    BlockRef next = out.take(static_cast<std::size_t>(frames));
    const std::size_t count = next->channels();
    for (std::size_t c = 0; c < count; ++c) {
      const auto to = next->channel(c);
      for (std::size_t n = 0; n < to.size(); ++n) to[n] = captured.interleaved[n * count + c];
    }
    next->header.capture_time = captured.capture_time;
    next->header.position = captured.position;
    next->header.flags = kIndependent | (captured.gap ? kDiscontinuity : 0u);
    out.emit(std::move(next));
  }

  void report_loss() noexcept {
    std::array<char, 256> text{};
    const auto [end, size] = fmt::format_to_n(
        text.data(), text.size(),
        "{:.120} delivers no sound any more: was it unplugged, or its server stopped? (see `sluice devices`)", name_);
    fail({text.data(), std::min(size, text.size())});
  }

  std::optional<PortAudioLibrary> library_;
  std::string name_;
  std::optional<CaptureQueue> queue_;
  DeviceStream stream_;  // after what its callback uses
  std::atomic<bool> finished_{false}, running_{false};
  Time last_audio_{};
  std::int64_t position_ = 0, end_ = 0;
};

}  // namespace

REGISTER_NODE(AudioCapture, "audio.capture", "a microphone or another capture device")

}  // namespace sluice::io
