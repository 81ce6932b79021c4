#include "nodes/io/portaudio_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace sluice::io {
namespace {

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

void ignore_alsa(const char*, int, const char*, int, const char*, ...) {}
void ignore_text(const char*) {}

// Asking every driver what it can do makes ALSA, JACK and PortAudio print pages of complaints. Their handlers are found
// at run time, so that no driver's library is needed to build.
void silence_drivers() {
  using AlsaHandler = void (*)(const char*, int, const char*, int, const char*, ...);
  using TextHandler = void (*)(const char*);
  const auto find = [](const char* name) { return ::dlsym(RTLD_DEFAULT, name); };
  if (void* set = find("snd_lib_error_set_handler")) reinterpret_cast<int (*)(AlsaHandler)>(set)(ignore_alsa);
  for (const char* name : {"jack_set_error_function", "jack_set_info_function", "PaUtil_SetDebugPrintFunction"})
    if (void* set = find(name)) reinterpret_cast<void (*)(TextHandler)>(set)(ignore_text);
  ::setenv("JACK_NO_START_SERVER", "1", 0);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

bool fits(const DeviceInfo& device, Direction direction) {
  return (direction == Direction::capture ? device.inputs : device.outputs) > 0;
}

std::unexpected<Error> unknown_device(const std::vector<DeviceInfo>& devices, std::string_view wanted,
                                      Direction direction) {
  const std::string_view kind = direction == Direction::capture ? "capture" : "playback";
  const std::string lines = device_lines(devices, direction);
  if (lines.empty())
    return std::unexpected(
        Error{"device",
              fmt::format("this machine has no audio {} device; check that one is plugged in and that you may use it "
                          "(group audio), or use {} instead",
                          kind, direction == Direction::capture ? "file.read or tune" : "file.write or discard")});
  if (wanted.empty())
    return std::unexpected(
        Error{"device", fmt::format("there is no default {} device, choose one of\n{}", kind, lines)});
  return std::unexpected(
      Error{"device", fmt::format("no {} device is called '{}', there are\n{}", kind, wanted, lines)});
}

}  // namespace

Result<PortAudioLibrary> PortAudioLibrary::start() {
  const std::lock_guard lock(library_mutex());
  static const bool silenced = (silence_drivers(), true);
  static_cast<void>(silenced);
  if (const PaError error = Pa_Initialize(); error != paNoError)
    return std::unexpected(Error{"device", fmt::format("PortAudio does not start: {}", Pa_GetErrorText(error))});
  return PortAudioLibrary{};
}

PortAudioLibrary::PortAudioLibrary(PortAudioLibrary&& other) noexcept : owner_(std::exchange(other.owner_, false)) {}

PortAudioLibrary::~PortAudioLibrary() {
  if (!owner_) return;
  const std::lock_guard lock(library_mutex());
  Pa_Terminate();
}

std::vector<DeviceInfo> PortAudioLibrary::devices() const {
  const std::lock_guard lock(library_mutex());
  std::vector<DeviceInfo> list;
  for (int index = 0; index < Pa_GetDeviceCount(); ++index) {
    const PaDeviceInfo* info = Pa_GetDeviceInfo(index);
    const PaHostApiInfo* api = Pa_GetHostApiInfo(info->hostApi);
    list.push_back({.index = index,
                    .name = info->name,
                    .host_api = api->name,
                    .inputs = info->maxInputChannels,
                    .outputs = info->maxOutputChannels,
                    .default_rate_hz = info->defaultSampleRate,
                    .default_input = index == Pa_GetDefaultInputDevice(),
                    .default_output = index == Pa_GetDefaultOutputDevice()});
  }
  return list;
}

std::vector<DeviceInfo> list_audio_devices(std::string* error) {
  const auto library = PortAudioLibrary::start();
  if (!library && error) *error = library.error().message;
  return library ? library->devices() : std::vector<DeviceInfo>{};
}

std::string device_lines(const std::vector<DeviceInfo>& devices, Direction direction) {
  std::string lines;
  for (const DeviceInfo& device : devices) {
    if (!fits(device, direction)) continue;
    lines += fmt::format(
        "{}{:3}  {}  [{}, {}, {:g} Hz]", lines.empty() ? "" : "\n", device.index, device.name, device.host_api,
        direction == Direction::capture ? fmt::format("{} in", device.inputs) : fmt::format("{} out", device.outputs),
        device.default_rate_hz);
  }
  return lines;
}

Result<DeviceInfo> choose_device(const std::vector<DeviceInfo>& devices, std::string_view wanted, Direction direction) {
  if (wanted == "default") {
    const auto named =
        std::ranges::find_if(devices, [&](const DeviceInfo& d) { return d.name == "default" && fits(d, direction); });
    if (named != devices.end()) return *named;
    wanted = "";
  }
  int index = 0;
  const auto [end, failed] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
  const bool numeric = !wanted.empty() && failed == std::errc{} && end == wanted.data() + wanted.size();
  const std::string part = lower(wanted);
  const DeviceInfo* found = nullptr;
  for (const DeviceInfo& device : devices) {
    if (!fits(device, direction)) continue;
    const bool preset = direction == Direction::capture ? device.default_input : device.default_output;
    if (wanted.empty() ? preset : numeric ? device.index == index : lower(device.name) == part) return device;
    if (!found && !wanted.empty() && !numeric && lower(device.name).find(part) != std::string::npos) found = &device;
  }
  if (!found) return unknown_device(devices, wanted, direction);
  return *found;
}

Status DeviceStream::open(const DeviceInfo& device, const Options& options) {
  const std::lock_guard lock(library_mutex());
  const bool capture = options.direction == Direction::capture;
  const int most = capture ? device.inputs : device.outputs;
  if (options.channels > most)
    return Error{"channels",
                 fmt::format("{} has {} channel{}, not {}", device.name, most, most == 1 ? "" : "s", options.channels)};
  const PaStreamParameters parameters{.device = device.index,
                                      .channelCount = options.channels,
                                      .sampleFormat = paFloat32,
                                      .suggestedLatency = options.latency_s,
                                      .hostApiSpecificStreamInfo = nullptr};
  const PaStreamParameters* const in = capture ? &parameters : nullptr;
  const PaStreamParameters* const out = capture ? nullptr : &parameters;
  // Without paClipOff PortAudio clips; dither is never wanted, so that samples pass bit-exactly.
  PaError error = Pa_OpenStream(&stream_, in, out, options.rate_hz, paFramesPerBufferUnspecified,
                                paClipOff | paDitherOff, options.callback, options.user);
  if (error == paInvalidSampleRate)
    return Error{"rate", fmt::format("{} does not run at {:g} Hz; its own rate is {:g} Hz: take that, and `resample`",
                                     device.name, options.rate_hz, device.default_rate_hz)};
  if (error == paNoError) {
    if (const PaStreamInfo* info = Pa_GetStreamInfo(stream_))
      latency_s_ = capture ? info->inputLatency : info->outputLatency;
    Pa_SetStreamFinishedCallback(stream_, options.finished);
    error = Pa_StartStream(stream_);
  }
  if (error == paNoError) return {};
  const char* const why =
      error == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo()->errorText : Pa_GetErrorText(error);
  return Error{"device", fmt::format("{} cannot be opened ({}): does another program hold it?", device.name, why)};
}

void DeviceStream::close(bool drain) noexcept {
  const std::lock_guard lock(library_mutex());
  PaStream* const stream = std::exchange(stream_, nullptr);
  if (!stream) return;
  if (drain)
    Pa_StopStream(stream);
  else
    Pa_AbortStream(stream);
  Pa_CloseStream(stream);
}

}  // namespace sluice::io
