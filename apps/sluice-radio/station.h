// What the user asked for, as a request for graphs/radio.yaml.
#pragma once

#include <string>

#include "apps/common/load_graph.h"
#include "engine/core/result.h"

namespace sluice::apps {

struct StationOptions {
  std::string device;  // capture device; empty: the system's default
  std::string file;    // instead of a microphone; "-": standard input
  std::string raw;     // what headerless input is: "s16le:44100:2"
  bool loop = false;   // the file again and again
  int bitrate = 128;   // kbit/s
  int port = 8000;
  std::string bind = "127.0.0.1";
  std::string icecast;  // URL of a server that relays; empty: none
  std::string name = "Sluice";
  std::string title;
};

// Where the sound comes from: one sentence for the user, and the graph that plays it.
struct Station {
  std::string source;
  GraphRequest request;
};

// Looks for a microphone when neither file nor device is named; without one the station plays a generated tune.
// Errors are contradictions between options.
Result<Station> plan_station(const StationOptions& options);

}  // namespace sluice::apps
