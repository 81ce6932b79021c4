// The machine's audio devices, through PortAudio.
#pragma once

#include <string>
#include <vector>

namespace sluice::io {

struct DeviceInfo {
  int index = 0;  // a valid value of the `device` parameter, as is any unique part of the name
  std::string name, host_api;
  int inputs = 0, outputs = 0;  // channels
  double default_rate_hz = 0;
  bool default_input = false, default_output = false;
};

// Not real-time safe; takes some 100 ms, as drivers are asked. On failure the list is empty and `error`, if not null,
// says why; a machine without devices gives an empty list and no error.
std::vector<DeviceInfo> list_audio_devices(std::string* error = nullptr);

// The clock of the device that a parameter `device` means, by that parameter alone: one device, one clock.
inline std::string clock_of_device(const std::string& device) {
  return device.empty() || device == "default" ? "default audio device" : "audio device " + device;
}

}  // namespace sluice::io
