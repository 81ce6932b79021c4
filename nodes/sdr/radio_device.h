// One direction of a radio that SoapySDR knows: any receiver or transmitter for which a module is installed.
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace sluice::sdr {

enum class RadioDirection { receive, transmit };

struct RadioSettings {
  RadioDirection direction = RadioDirection::receive;
  std::string device;  // "driver=rtlsdr, serial=1"; empty: the first one found
  std::size_t channel = 0;
  double rate_hz = 0;
  double frequency_hz = 0;
  double gain_db = 0;
  bool automatic_gain = false;
  double bandwidth_hz = 0;  // 0: as the device thinks fit
  std::string antenna;      // empty: the device's default
};

struct RadioDeviceInfo {
  std::string label;      // for people
  std::string arguments;  // that name it: "driver=rtlsdr, serial=00000001"
};

// Devices that the installed modules find, or those of them that `arguments` fit. Takes up to seconds, as drivers are
// asked. Thread-safe.
std::vector<RadioDeviceInfo> list_radio_devices(const std::string& arguments = "");

// One thread at a time. Drivers' exceptions end here.
class RadioDevice {
 public:
  // What became of a read or write.
  struct Transfer {
    enum class Outcome { moved, late, lost_samples, broken } outcome;
    std::size_t samples = 0;
    std::string_view why = "";  // of `broken`
  };

  // Sets up everything and starts the stream. Errors name the parameter, and what the device or the machine has.
  static Result<RadioDevice> open(const RadioSettings& settings);

  RadioDevice();
  RadioDevice(RadioDevice&&) noexcept;
  RadioDevice& operator=(RadioDevice&&) noexcept;
  ~RadioDevice();

  bool open() const noexcept { return state_ != nullptr; }
  void close() noexcept;

  // Wait for up to `patience_us`. late: nothing was moved in that time. lost_samples: the device dropped samples before
  // those that come next.
  Transfer read(std::span<std::complex<float>> samples, long patience_us) noexcept;
  Transfer write(std::span<const std::complex<float>> samples, long patience_us) noexcept;
  // Tells the transmitter that nothing follows.
  void end_burst() noexcept;
  // Times that the transmitter ran dry since the last call, as the driver reports it.
  unsigned underflows() noexcept;

 private:
  struct State;
  explicit RadioDevice(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace sluice::sdr
