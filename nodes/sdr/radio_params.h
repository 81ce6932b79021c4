// What the nodes of radio devices are told alike.
#pragma once

#include <string>

#include "engine/node/node.h"
#include "nodes/sdr/patient_radio.h"

namespace sluice::sdr {

struct RadioParams {
  explicit RadioParams(Node& node)
      : device{node,
               "device",
               {.doc = "SoapySDR's arguments (\"driver=rtlsdr, serial=1\"), see `sluice devices`; empty: the first"}},
        channel{node, "channel", {.default_value = 0, .min = 0, .max = 63, .doc = "of the device"}},
        frequency{
            node, "frequency", {.unit = "Hz", .default_value = 100e6, .min = 0, .max = 300e9, .doc = "to tune to"}},
        bandwidth{node,
                  "bandwidth",
                  {.unit = "Hz", .default_value = 0, .min = 0, .max = 1e9, .doc = "of its filters; 0: its own choice"}},
        antenna{node, "antenna", {.doc = "name of the socket; empty: its default"}},
        timeout{node,
                "timeout",
                {.unit = "s",
                 .default_value = 2,
                 .min = 0.05,
                 .max = 3600,
                 .doc = "a device that stands still for this long is opened anew"}},
        give_up{node,
                "give_up",
                {.unit = "s",
                 .default_value = 30,
                 .min = 0,
                 .max = 1e6,
                 .doc = "and the graph ends when it is not back after this"}} {}

  Param<std::string> device;
  Param<int> channel;
  Param<double> frequency, bandwidth;
  Param<std::string> antenna;
  Param<double> timeout, give_up;

  RadioPatience patience() const { return {from_seconds(timeout), from_seconds(give_up)}; }
  RadioSettings settings(RadioDirection direction, double rate_hz) const {
    return {.direction = direction,
            .device = device,
            .channel = static_cast<std::size_t>(channel.value()),
            .rate_hz = rate_hz,
            .frequency_hz = frequency,
            .bandwidth_hz = bandwidth,
            .antenna = antenna};
  }
  // One device, one clock, whichever way its samples go.
  std::string clock_name() const { return device.value().empty() ? "default radio" : "radio " + device.value(); }
};

}  // namespace sluice::sdr
