// What the operating system counts of this process (proc(5)).
#pragma once

namespace sluice::control {

struct ProcessStats {
  double cpu_s = 0;           // user and system time of all threads
  double start_time_s = 0;    // since the epoch
  double resident_bytes = 0;  // memory in RAM
  double virtual_bytes = 0;
  int threads = 0;
  int open_files = 0;
};

// Zeros where the system does not tell. Thread-safe; not realtime-safe: reads /proc.
ProcessStats process_stats();

}  // namespace sluice::control
