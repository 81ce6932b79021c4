// A loudspeaker or other playback device, through PortAudio. The node fills a ring of preallocated blocks that the
// device's callback empties. Delay: `buffer` and the device's own.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

#include "engine/node/node.h"
#include "nodes/io/kernels/slot_ring.h"
#include "nodes/io/portaudio_library.h"

namespace sluice::io {
namespace {

struct PlayedBlock {
  std::vector<float> interleaved;
  std::size_t frames = 0;
  Time capture_time{};
};

class AudioPlayback final : public Node {
 public:
  In<float> in{*this, "in", "audio to be heard"};
  Param<std::string> device{
      *this, "device", {.doc = "a part of its name or its number, see `sluice devices`; empty: the default"}};
  Param<double> buffer{*this,
                       "buffer",
                       {.unit = "s",
                        .default_value = 0.04,
                        .min = 0.001,
                        .max = 10,
                        .doc = "blocks that may wait; half of it is filled before sound starts"}};
  Param<double> latency{
      *this,
      "latency",
      {.unit = "s", .default_value = 0.01, .min = 0, .max = 1, .doc = "buffer that the device is asked to use"}};
  Param<double> timeout{*this,
                        "timeout",
                        {.unit = "s",
                         .default_value = 5,
                         .min = 0,
                         .max = 3600,
                         .doc = "a device that takes nothing for this long has gone; 0: wait for ever"}};
  Counter xruns{*this, "xruns", "times that the device ran dry and played silence"};
  Counter device_latency{*this, "device_latency_s", "the device's own buffer, as it says"};

  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::device, .hands_over = true}; }
  bool self_driven() const override { return true; }
  std::string clock_name() const override { return clock_of_device(device); }
  std::shared_ptr<const ClockFace> clock_face() override {
    if (!face_) face_ = std::make_shared<ClockFace>(from_seconds(buffer / 2));  // what is filled before sound starts
    return face_;
  }

  Status configure() override {
    set_delay(from_seconds(buffer) + from_seconds(latency));
    return {};
  }

  Status prepare() override {
    auto library = PortAudioLibrary::start();
    if (!library) return library.error();
    library_.emplace(std::move(*library));
    const auto chosen = choose_device(library_->devices(), device.value(), Direction::playback);
    if (!chosen) return chosen.error();
    name_ = chosen->name;
    channels_ = static_cast<std::size_t>(in.format().channels);
    const auto frames = static_cast<std::size_t>(in.spec().block_frames);
    const double period = seconds(in.spec().block_period());
    const auto blocks = std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(buffer / period)));
    ring_.emplace(blocks, PlayedBlock{.interleaved = std::vector<float>(frames * channels_)});
    heard_ns_.store(host().now().time_since_epoch().count());
    const Status opened = stream_.open(*chosen, {.direction = Direction::playback,
                                                 .rate_hz = in.format().rate_hz,
                                                 .channels = in.format().channels,
                                                 .latency_s = latency,
                                                 .callback = &AudioPlayback::on_audio,
                                                 .finished = &AudioPlayback::on_finished,
                                                 .user = this});
    device_latency.set(stream_.latency_s());
    return opened;
  }

  Pull pull() REALTIME override {
    running_.store(true, std::memory_order_release);
    xruns.set(static_cast<double>(dry_.load(std::memory_order_relaxed)));
    while (in.waiting() > 0) {
      PlayedBlock* const slot = ring_->fillable();
      if (!slot) break;
      fill(*slot, *in.next());
      ring_->publish();
    }
    if (in.ended()) {
      ended_.store(true, std::memory_order_release);
      if (ring_->waiting() == 0) return Pull::ended();
    }
    const bool finished = finished_.load(std::memory_order_acquire);
    if (timeout == 0 && !finished) return Pull::woken();
    const Time deadline = Time(Duration(heard_ns_.load(std::memory_order_acquire))) + from_seconds(timeout);
    if (!finished && host().now() < deadline) return Pull::at(deadline);
    report_loss();
    return Pull::ended();
  }

  void stop() override {
    running_.store(false, std::memory_order_release);
    stream_.close(ended_.load() && failure().empty());
    library_.reset();
  }

 private:
  void fill(PlayedBlock& slot, const Block& block) noexcept {
    slot.frames = block.frames();
    slot.capture_time = block.header.capture_time;
    for (std::size_t c = 0; c < channels_; ++c) {
      const auto x = block.channel(c);
      for (std::size_t n = 0; n < x.size(); ++n) slot.interleaved[n * channels_ + c] = x[n];
    }
  }

  static int on_audio(const void*, void* output, unsigned long frames, const PaStreamCallbackTimeInfo*,
                      PaStreamCallbackFlags flags, void* user) {
    auto& self = *static_cast<AudioPlayback*>(user);
    const Time now = self.host().now();
    self.heard_ns_.store(now.time_since_epoch().count(), std::memory_order_release);
    if ((flags & paOutputUnderflow) && self.playing_) self.dry_.fetch_add(1, std::memory_order_relaxed);
    self.play(static_cast<float*>(output), frames, now);
    self.wake();
    return paContinue;
  }

  // The stream starts in prepare(), before the graph does.
  void wake() noexcept {
    if (running_.load(std::memory_order_acquire)) host().wake();
  }

  static void on_finished(void* user) {
    auto& self = *static_cast<AudioPlayback*>(user);
    self.finished_.store(true, std::memory_order_release);
    self.wake();
  }

  // The device's thread: fills `frames` from the ring, with silence where it is empty.
  void play(float* to, std::size_t frames, Time now) noexcept {
    const bool ended = ended_.load(std::memory_order_acquire);
    if (!playing_) playing_ = ring_->waiting() * 2 >= ring_->capacity() || ended;
    if (const PlayedBlock* const first = playing_ && face_ ? ring_->front() : nullptr)
      face_->show({now, first->capture_time + frames_to_duration(static_cast<double>(played_), in.format().rate_hz)});
    while (playing_ && frames > 0) {
      PlayedBlock* const slot = ring_->front();
      if (!slot) {
        playing_ = false;
        if (!ended) dry_.fetch_add(1, std::memory_order_relaxed);
        break;
      }
      if (played_ == 0) host().handed_over(slot->capture_time);
      const std::size_t count = std::min(frames, slot->frames - played_);
      std::memcpy(to, slot->interleaved.data() + played_ * channels_, count * channels_ * sizeof(float));
      to += count * channels_;
      frames -= count;
      played_ += count;
      if (played_ < slot->frames) continue;
      played_ = 0;
      ring_->pop();
    }
    std::fill_n(to, frames * channels_, 0.0f);
  }

  void report_loss() noexcept {
    std::array<char, 256> text{};
    const auto [end, size] = fmt::format_to_n(
        text.data(), text.size(),
        "{:.120} takes no sound any more: was it unplugged, or its server stopped? (see `sluice devices`)", name_);
    fail({text.data(), std::min(size, text.size())});
  }

  std::optional<PortAudioLibrary> library_;
  std::string name_;
  std::optional<SlotRing<PlayedBlock>> ring_;
  std::shared_ptr<ClockFace> face_;
  DeviceStream stream_;  // after what its callback uses
  std::atomic<bool> ended_{false}, finished_{false}, running_{false};
  std::atomic<std::int64_t> heard_ns_{0};  // time of the last callback
  std::atomic<std::uint64_t> dry_{0};
  std::size_t channels_ = 0;
  bool playing_ = false;    // of the device's thread, as is played_
  std::size_t played_ = 0;  // frames of the front block
};

}  // namespace

REGISTER_NODE(AudioPlayback, "audio.playback", "a loudspeaker or another playback device")

}  // namespace sluice::io
