#include "nodes/sdr/radio_device.h"

#include <fmt/format.h>

#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <SoapySDR/Formats.hpp>
#include <SoapySDR/Logger.hpp>
#include <cmath>
#include <exception>
#include <utility>

namespace sluice::sdr {
namespace {

constexpr double kRateTolerance = 1e-4;  // a device that says 1 200 000.05 means 1 200 000; clocks differ by less

int soapy_direction(RadioDirection direction) {
  return direction == RadioDirection::receive ? SOAPY_SDR_RX : SOAPY_SDR_TX;
}

std::string text_of(const SoapySDR::RangeList& ranges) {
  std::string text;
  for (const auto& range : ranges) {
    if (!text.empty()) text += ", ";
    text += range.minimum() == range.maximum() ? fmt::format("{:g}", range.minimum())
                                               : fmt::format("{:g} to {:g}", range.minimum(), range.maximum());
  }
  return text.empty() ? "nothing" : text;
}

std::string absent(const std::string& device) {
  const auto found = list_radio_devices();
  const std::string which = device.empty() ? "no radio" : fmt::format("no radio fits '{}'", device);
  if (found.empty())
    return which +
           ": SoapySDR finds none on this machine. Is it plugged in, and the module for it installed "
           "(soapysdr-module-rtlsdr, or another soapysdr-module-*)?";
  std::string names;
  for (const auto& info : found) names += fmt::format("{}'{}'", names.empty() ? "" : ", ", info.arguments);
  return fmt::format("{}; there are: {}", which, names);
}

// What a device is told before its stream is set up, each thing checked against what it says it can do.
class Setup {
 public:
  Setup(SoapySDR::Device& device, const RadioSettings& settings)
      : device_(device), settings_(settings), direction_(soapy_direction(settings.direction)) {}

  Status run() {
    for (const auto step : {&Setup::choose_channel, &Setup::set_antenna, &Setup::set_rate, &Setup::set_frequency,
                            &Setup::set_bandwidth, &Setup::set_gain})
      if (Status status = (this->*step)(); !status) return status;
    return {};
  }

 private:
  Status choose_channel() {
    const std::size_t count = device_.getNumChannels(direction_);
    const char* verb = settings_.direction == RadioDirection::receive ? "receive" : "transmit";
    if (count == 0) return Error{"device", fmt::format("this radio cannot {}", verb)};
    if (settings_.channel < count) return {};
    return Error{"channel", fmt::format("this radio can {} on channels 0 to {}", verb, count - 1)};
  }

  Status set_antenna() {
    if (settings_.antenna.empty()) return {};
    const auto antennas = device_.listAntennas(direction_, settings_.channel);
    std::string names;
    for (const auto& name : antennas) {
      if (name == settings_.antenna) {
        device_.setAntenna(direction_, settings_.channel, name);
        return {};
      }
      names += (names.empty() ? "" : ", ") + name;
    }
    return Error{"antenna", fmt::format("'{}' is not one of {}", settings_.antenna, names.empty() ? "none" : names)};
  }

  Status set_rate() {
    device_.setSampleRate(direction_, settings_.channel, settings_.rate_hz);
    const double rate = device_.getSampleRate(direction_, settings_.channel);
    if (std::abs(rate - settings_.rate_hz) <= kRateTolerance * settings_.rate_hz) return {};
    return Error{"rate",
                 fmt::format("the radio would run at {:g} Hz in place of {:g} Hz; it can do {} Hz", rate,
                             settings_.rate_hz, text_of(device_.getSampleRateRange(direction_, settings_.channel)))};
  }

  Status set_frequency() {
    const auto ranges = device_.getFrequencyRange(direction_, settings_.channel);
    bool allowed = ranges.empty();
    for (const auto& range : ranges)
      allowed |= settings_.frequency_hz >= range.minimum() && settings_.frequency_hz <= range.maximum();
    if (!allowed) return Error{"frequency", fmt::format("the radio can be tuned to {} Hz", text_of(ranges))};
    device_.setFrequency(direction_, settings_.channel, settings_.frequency_hz);
    return {};
  }

  Status set_bandwidth() {
    if (settings_.bandwidth_hz > 0) device_.setBandwidth(direction_, settings_.channel, settings_.bandwidth_hz);
    return {};
  }

  Status set_gain() {
    const bool can_be_automatic = device_.hasGainMode(direction_, settings_.channel);
    if (settings_.automatic_gain && !can_be_automatic)
      return Error{"gain", "this radio has no automatic gain: give one in dB"};
    if (can_be_automatic) device_.setGainMode(direction_, settings_.channel, settings_.automatic_gain);
    if (settings_.automatic_gain) return {};
    const SoapySDR::Range range = device_.getGainRange(direction_, settings_.channel);
    if (settings_.gain_db < range.minimum() || settings_.gain_db > range.maximum())
      return Error{"gain", fmt::format("this radio has {:g} to {:g} dB", range.minimum(), range.maximum())};
    device_.setGain(direction_, settings_.channel, settings_.gain_db);
    return {};
  }

  SoapySDR::Device& device_;
  const RadioSettings& settings_;
  int direction_;
};

}  // namespace

std::vector<RadioDeviceInfo> list_radio_devices(const std::string& arguments) {
  SoapySDR::setLogLevel(SOAPY_SDR_ERROR);
  std::vector<RadioDeviceInfo> devices;
  try {
    for (auto device : SoapySDR::Device::enumerate(arguments)) {
      std::string label = device.contains("label") ? device["label"] : device["driver"];
      device.erase("label");
      devices.push_back({std::move(label), SoapySDR::KwargsToString(device)});
    }
  } catch (const std::exception&) {
    return {};  // a module that throws while it looks has found nothing
  }
  return devices;
}

struct RadioDevice::State {
  SoapySDR::Device* device = nullptr;
  SoapySDR::Stream* stream = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    try {
      if (stream) {
        device->deactivateStream(stream);
        device->closeStream(stream);
      }
      if (device) SoapySDR::Device::unmake(device);
    } catch (const std::exception&) {
      // It is gone already.
    }
  }
};

RadioDevice::RadioDevice() = default;
RadioDevice::RadioDevice(std::unique_ptr<State> state) : state_(std::move(state)) {}
RadioDevice::RadioDevice(RadioDevice&&) noexcept = default;
RadioDevice& RadioDevice::operator=(RadioDevice&&) noexcept = default;
RadioDevice::~RadioDevice() = default;

void RadioDevice::close() noexcept {
  state_.reset();
}

Result<RadioDevice> RadioDevice::open(const RadioSettings& settings) {
  const auto found = list_radio_devices(settings.device);
  if (found.empty()) return std::unexpected(Error{"device", absent(settings.device)});
  auto state = std::make_unique<State>();
  try {
    state->device = SoapySDR::Device::make(settings.device);
    if (const Status status = Setup(*state->device, settings).run(); !status) return std::unexpected(status.error());
    state->stream = state->device->setupStream(soapy_direction(settings.direction), SOAPY_SDR_CF32, {settings.channel});
    if (const int error = state->device->activateStream(state->stream); error != 0)
      return std::unexpected(
          Error{"device", fmt::format("{} does not start: {}", found.front().label, SoapySDR::errToStr(error))});
  } catch (const std::exception& error) {
    return std::unexpected(Error{"device", fmt::format("{}: {}", found.front().label, error.what())});
  }
  return RadioDevice(std::move(state));
}

namespace {

RadioDevice::Transfer transfer(int result) noexcept {
  using Outcome = RadioDevice::Transfer::Outcome;
  if (result > 0) return {Outcome::moved, static_cast<std::size_t>(result)};
  switch (result) {
    case 0:
    case SOAPY_SDR_TIMEOUT:
      return {Outcome::late};
    case SOAPY_SDR_OVERFLOW:
    case SOAPY_SDR_UNDERFLOW:
      return {Outcome::lost_samples};
    default:
      return {Outcome::broken, 0, SoapySDR::errToStr(result)};
  }
}

}  // namespace

RadioDevice::Transfer RadioDevice::read(std::span<std::complex<float>> samples, long patience_us) noexcept {
  try {
    void* const buffers[] = {samples.data()};
    int flags = 0;
    long long time_ns = 0;
    return transfer(state_->device->readStream(state_->stream, buffers, samples.size(), flags, time_ns, patience_us));
  } catch (const std::exception&) {
    return {Transfer::Outcome::broken, 0, "its driver threw"};
  }
}

RadioDevice::Transfer RadioDevice::write(std::span<const std::complex<float>> samples, long patience_us) noexcept {
  try {
    const void* const buffers[] = {samples.data()};
    int flags = 0;
    return transfer(state_->device->writeStream(state_->stream, buffers, samples.size(), flags, 0, patience_us));
  } catch (const std::exception&) {
    return {Transfer::Outcome::broken, 0, "its driver threw"};
  }
}

void RadioDevice::end_burst() noexcept {
  try {
    const std::complex<float> silence;
    const void* const buffers[] = {&silence};
    int flags = SOAPY_SDR_END_BURST;
    state_->device->writeStream(state_->stream, buffers, 1, flags);
  } catch (const std::exception&) {
    // It is closed next.
  }
}

unsigned RadioDevice::underflows() noexcept {
  unsigned count = 0;
  try {
    std::size_t channels = 0;
    int flags = 0;
    long long time_ns = 0;
    while (state_->device->readStreamStatus(state_->stream, channels, flags, time_ns, 0) == SOAPY_SDR_UNDERFLOW)
      ++count;
  } catch (const std::exception&) {
    return count;
  }
  return count;
}

}  // namespace sluice::sdr
