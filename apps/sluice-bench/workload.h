// What is measured, as the command line says it.
#pragma once

#include <string>

#include "engine/core/clock.h"

namespace sluice::bench {

// chain:    source -> n nodes -> sink, as fast as it goes
// latency:  the same, one block each period; loaded: while two other processes keep two processors busy
// overload: the source is free, the sink takes one block each period
// encode:   source -> noise -> the five nodes of an MP3 encoder, as fast as it goes; a hop is a block of the source
// fan:      source -> `fan` copies -> join -> sink, as fast as it goes
struct Workload {
  std::string name = "chain";
  std::string variant = "copy";   // of the n nodes: copy makes a new block of each, pass hands the block itself on
  std::string engine = "sluice";  // or inline: the same work as a loop written by hand
  // What is taken of the run: none, counts (as always), trace, record; alternate: none and counts by turns; control:
  // measured like alternate, while it is counts all the time.
  std::string sight = "counts";
  int n = 16;
  int block = 512;                   // samples
  int fan = 8;                       // branches
  int cut = 0;                       // a border before this one of the n nodes; n + 1: before the sink; 0: none
  int window = 0;                    // blocks that may be in flight at the border; 0: as the engine chooses
  bool fifo = true;                  // ask for SCHED_FIFO, as programs do by themselves
  double seconds = 2, warmup = 0.3;  // measured, and before
  long period_us = 10000;            // of the paced end

  bool paced_source() const { return name == "latency" || name == "loaded"; }
  bool paced_sink() const { return name == "overload"; }
  bool by_turns() const { return sight == "alternate" || sight == "control"; }
  bool stamped() const { return paced_source() || paced_sink(); }
  Duration period() const { return std::chrono::microseconds(period_us); }
  // Nodes that a block comes to, as the peers' programs count them.
  int hops() const { return name == "fan" ? fan + 2 : name == "encode" ? 1 : n + 1; }
};

}  // namespace sluice::bench
