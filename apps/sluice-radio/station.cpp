#include "apps/sluice-radio/station.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "apps/common/graph_files.h"
#include "engine/graph/quote.h"
#include "nodes/io/devices.h"

namespace sluice::apps {
namespace {

std::string file_chain(const StationOptions& options) {
  std::string arguments = quoted_value(options.file);
  if (!options.raw.empty()) arguments += ", raw=" + quoted_value(options.raw);
  if (options.file == "-") return fmt::format("file.read({}, live=true)", arguments);  // its feeder is the clock
  if (options.loop) arguments += ", loop=true";
  return fmt::format("file.read({}) -> pace", arguments);
}

bool has_microphone() {
  const auto devices = io::list_audio_devices();
  return std::ranges::any_of(devices, [](const io::DeviceInfo& device) { return device.inputs > 0; });
}

Status contradiction(const StationOptions& options) {
  if (!options.file.empty() && !options.device.empty()) return Error{"--device", "and --file exclude each other"};
  if (!options.raw.empty() && options.file.empty())
    return Error{"--raw", "says what --file holds: name the file, or --file - for standard input"};
  if (options.loop && (options.file.empty() || options.file == "-"))
    return Error{"--loop", "needs --file with a file that can be read again"};
  if (!options.file.empty() && options.file != "-" && !std::filesystem::exists(options.file))
    return Error{"--file", options.file + ": no such file"};
  return {};
}

}  // namespace

Result<Station> plan_station(const StationOptions& options) {
  if (Status status = contradiction(options); !status) return std::unexpected(status.error());
  Station station;
  GraphRequest& request = station.request;
  request.file = find_own_graph("radio");
  request.vars = {{"bitrate", std::to_string(options.bitrate)},
                  {"port", std::to_string(options.port)},
                  {"bind", options.bind},
                  {"name", options.name}};
  if (!options.title.empty()) request.vars["title"] = options.title;
  if (!options.file.empty()) {
    station.source = options.file == "-" ? "standard input, live" : options.file;
    request.replacements.emplace_back("mic", file_chain(options));
  } else if (options.device.empty() && !has_microphone()) {
    station.source = "a generated tune, as this machine has no microphone (sluice devices lists what it has)";
    request.replacements.emplace_back("mic", "tune -> pace");
  } else {
    station.source = options.device.empty() ? "the default microphone" : "the device '" + options.device + "'";
    request.vars["device"] = options.device;
  }
  if (!options.icecast.empty())
    request.additions.push_back(fmt::format("mux -> cast: icecast.source({}, name={}{})", quoted_value(options.icecast),
                                            quoted_value(options.name),
                                            options.title.empty() ? "" : ", title=" + quoted_value(options.title)));
  return station;
}

}  // namespace sluice::apps
