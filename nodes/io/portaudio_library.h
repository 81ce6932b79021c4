// PortAudio as this family uses it: started, silenced, its devices found by name.
#pragma once

#include <portaudio.h>

#include <string>
#include <string_view>

#include "engine/core/result.h"
#include "nodes/io/devices.h"

namespace sluice::io {

enum class Direction { capture, playback };

// Keeps PortAudio initialised while it lives (PortAudio counts its users). Calls are serialised: PortAudio's are not
// thread-safe.
class PortAudioLibrary {
 public:
  static Result<PortAudioLibrary> start();
  PortAudioLibrary(PortAudioLibrary&& other) noexcept;
  PortAudioLibrary& operator=(PortAudioLibrary&&) = delete;
  ~PortAudioLibrary();

  std::vector<DeviceInfo> devices() const;

 private:
  PortAudioLibrary() = default;
  bool owner_ = true;
};

// The device that `wanted` means: empty or "default" is the system's default, a whole number an index, other text a
// part of a name, upper and lower case alike; an exact name goes first. The error lists what there is.
Result<DeviceInfo> choose_device(const std::vector<DeviceInfo>& devices, std::string_view wanted, Direction direction);

// "  0  USB Audio: - (hw:1,0)  [ALSA, 2 in, 48000 Hz]", one line for each device of that direction.
std::string device_lines(const std::vector<DeviceInfo>& devices, Direction direction);

// A stream of one device and direction with a callback; closed by its destructor.
class DeviceStream {
 public:
  struct Options {
    Direction direction = Direction::capture;
    double rate_hz = 0;
    int channels = 0;
    double latency_s = 0;  // what the device is asked for; it may take more
    PaStreamCallback* callback = nullptr;
    PaStreamFinishedCallback* finished = nullptr;  // the device stopped by itself, or stop() was called
    void* user = nullptr;
  };

  DeviceStream() = default;
  DeviceStream(const DeviceStream&) = delete;
  DeviceStream& operator=(const DeviceStream&) = delete;
  ~DeviceStream() { close(false); }

  // Opens and starts. The error says what the device can do instead.
  Status open(const DeviceInfo& device, const Options& options);
  // `drain`: plays out what was written first.
  void close(bool drain) noexcept;
  bool active() const noexcept { return stream_ && Pa_IsStreamActive(stream_) == 1; }
  double latency_s() const noexcept { return latency_s_; }  // as the device says

 private:
  PaStream* stream_ = nullptr;
  double latency_s_ = 0;
};

}  // namespace sluice::io
