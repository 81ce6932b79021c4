// sluice devices: the audio devices and the radios of this machine.
#include "nodes/io/devices.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/common/run.h"
#include "apps/sluice/verbs.h"
#ifdef SLUICE_LISTS_RADIOS
#include "nodes/sdr/radio_device.h"
#endif

namespace sluice::apps {
namespace {

nlohmann::json to_json(const io::DeviceInfo& device) {
  return {{"kind", "audio"},
          {"index", device.index},
          {"name", device.name},
          {"host_api", device.host_api},
          {"inputs", device.inputs},
          {"outputs", device.outputs},
          {"default_rate_hz", device.default_rate_hz},
          {"default_input", device.default_input},
          {"default_output", device.default_output}};
}

std::string line(const io::DeviceInfo& device) {
  const char* role = device.default_input && device.default_output ? "  default input and output"
                     : device.default_input                        ? "  default input"
                     : device.default_output                       ? "  default output"
                                                                   : "";
  return fmt::format("{:>3}  {:<40}  {} in, {} out, {:g} Hz, {}{}", device.index, device.name, device.inputs,
                     device.outputs, device.default_rate_hz, device.host_api, role);
}

#ifdef SLUICE_LISTS_RADIOS
constexpr const char* kNoRadio =
    "no radio: SoapySDR finds one when it is plugged in and the package of its driver is there "
    "(soapysdr-module-rtlsdr, "
    "-hackrf, ...)";
#else
constexpr const char* kNoRadio = "no radio: this build has no SoapySDR";
#endif

struct Radio {
  std::string label, arguments;
};

std::vector<Radio> list_radios() {
  std::vector<Radio> radios;
#ifdef SLUICE_LISTS_RADIOS
  for (auto& found : sdr::list_radio_devices()) radios.push_back({found.label, found.arguments});
#endif
  return radios;
}

int devices(bool json) {
  std::string error;
  const std::vector<io::DeviceInfo> found = io::list_audio_devices(&error);
  if (!error.empty()) {
    fmt::print(stderr, "error: the audio devices cannot be listed: {}\n", error);
    return kFailedWhileRunning;
  }
  const std::vector<Radio> radios = list_radios();
  if (json) {
    nlohmann::json array = nlohmann::json::array();
    for (const io::DeviceInfo& device : found) array.push_back(to_json(device));
    for (const Radio& radio : radios)
      array.push_back({{"kind", "radio"}, {"name", radio.label}, {"arguments", radio.arguments}});
    fmt::print("{}\n", array.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return kDone;
  }
  if (found.empty()) fmt::print(stderr, "this machine has no audio device\n");
  for (const io::DeviceInfo& device : found) fmt::print("{}\n", line(device));
  if (radios.empty()) fmt::print(stderr, "{}\n", kNoRadio);
  for (const Radio& radio : radios) fmt::print("radio  {:<38}  {}\n", radio.label, radio.arguments);
  return kDone;
}

}  // namespace

void add_devices(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("devices", "list the audio devices and radios");
  const auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "print JSON");
  verb->callback([&chosen, json] { chosen = [json] { return devices(*json); }; });
}

}  // namespace sluice::apps
