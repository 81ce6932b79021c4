// A trace as the Chrome trace-event format, which ui.perfetto.dev and chrome://tracing open.
// (Trace Event Format, Google, 2016: "X" complete, "C" counter, "i" instant, "M" metadata events.)
#pragma once

#include <cstdio>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "engine/run/trace.h"

namespace sluice::control {

// Writes what a tracer records, from a thread of its own, until finish(). All members: one thread.
class ChromeTraceFile {
 public:
  static constexpr std::uint64_t kMostEvents = 4'000'000;  // some 400 MB; more is counted as lost

  // Error: the file cannot be written. `tracer` outlives the file; `origin` is time 0.
  static Result<std::unique_ptr<ChromeTraceFile>> create(const std::string& path, Tracer& tracer, Time origin);
  ~ChromeTraceFile();

  // Writes the rest and closes. Error: the disk is full.
  Status finish();
  std::uint64_t events() const { return written_; }
  std::uint64_t lost() const { return tracer_.lost() + beyond_; }

 private:
  ChromeTraceFile(std::FILE* file, std::string path, Tracer& tracer, Time origin);
  void work(const std::stop_token& stop);
  void write_new();
  void write_threads();
  void write(const Tracer::Recorded& recorded);

  std::FILE* file_;
  std::string path_;
  Tracer& tracer_;
  const std::int64_t origin_ns_;
  // Of the thread, while it runs.
  std::vector<Tracer::Recorded> recorded_;
  std::vector<Tracer::Named> names_;  // as JSON text
  std::string text_;
  std::uint64_t written_ = 0, beyond_ = 0;
  std::jthread thread_;
};

}  // namespace sluice::control
