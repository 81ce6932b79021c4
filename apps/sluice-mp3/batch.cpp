#include "apps/sluice-mp3/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

namespace sluice::apps {
namespace {

using WallClock = std::chrono::steady_clock;

constexpr auto kRefresh = std::chrono::milliseconds(100);

class Batch {
 public:
  Batch(const std::vector<EncodeJob>& jobs, const EncodeOptions& options, StopSignals& signals)
      : jobs_(jobs),
        options_(options),
        signals_(signals),
        executor_({.realtime_workers = 0, .elastic_workers = options.jobs, .raise_priority = false}) {}

  int run() {
    signals_.hold();
    while (next_ < jobs_.size() || !running_.empty()) {
      if (signals_.arrived() > 0) stop();
      while (next_ < jobs_.size() && running_.size() < static_cast<std::size_t>(options_.jobs)) start(jobs_[next_++]);
      if (running_.empty()) continue;
      running_.front().session->wait(kRefresh);
      std::erase_if(running_, [this](Running& one) { return finished(one); });
      show_progress();
    }
    print_summary();
    return failed_ == 0 ? kDone : kFailedWhileRunning;
  }

 private:
  struct Running {
    const EncodeJob* job;
    std::unique_ptr<Session> session;
  };

  void start(const EncodeJob& job) {
    Plan plan = load_graph(request_for(options_, job.in, job.out), OpenPorts::refuse);
    if (!plan.ok()) {
      print_causes(plan.diagnostics());
      return fail(job, "cannot be encoded");
    }
    auto session = std::make_unique<Session>(std::move(plan), executor_);
    if (const Status status = session->start(); !status) return fail(job, status.error().text());
    running_.push_back({&job, std::move(session)});
  }

  // True when it has ended, and has been taken leave of.
  bool finished(Running& one) {
    if (!one.session->wait(Duration{0})) {
      if (signals_.arrived() < 2) return false;
      fail(*one.job, "stopped by a second signal");
      return true;
    }
    const RunReport report = one.session->report();
    if (const Status status = one.session->finish(); !status) {
      fail(*one.job, status.error().text());
      return true;
    }
    ++done_;
    const double seconds = report.nodes.at("source").counters.at("position_s");
    seconds_ += seconds;
    if (!options_.quiet) {
      clear_line();
      fmt::print(stderr, "{} -> {}: {:.1f} s\n", one.job->in, one.job->out, seconds);
    }
    return true;
  }

  void fail(const EncodeJob& job, const std::string& why) {
    ++failed_;
    clear_line();
    fmt::print(stderr, "error: {}: {}\n", job.in, why);
  }

  void stop() {
    next_ = jobs_.size();
    for (Running& one : running_) one.session->request_stop();
  }

  double elapsed_s() const { return std::chrono::duration<double>(WallClock::now() - began_).count(); }

  void show_progress() const {
    if (options_.quiet || isatty(STDERR_FILENO) == 0) return;
    double under_way = 0;
    for (const Running& one : running_) under_way += one.session->report().nodes.at("source").counters.at("position_s");
    fmt::print(stderr, "\r\033[K{} of {} files  {:.0f}x real time", done_ + failed_, jobs_.size(),
               (seconds_ + under_way) / std::max(elapsed_s(), 1e-3));
    std::fflush(stderr);
  }

  void clear_line() const {
    if (!options_.quiet && isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
  }

  void print_summary() const {
    clear_line();
    if (options_.quiet) return;
    const std::size_t left = jobs_.size() - done_ - failed_;
    fmt::print(stderr, "{} files, {:.0f} s of sound in {:.1f} s ({:.0f}x real time){}{}\n", done_, seconds_,
               elapsed_s(), seconds_ / std::max(elapsed_s(), 1e-3),
               failed_ > 0 ? fmt::format(", {} failed", failed_) : "",
               left > 0 ? fmt::format(", {} not begun", left) : "");
  }

  const std::vector<EncodeJob>& jobs_;
  const EncodeOptions& options_;
  StopSignals& signals_;
  Executor executor_;
  std::vector<Running> running_;
  std::size_t next_ = 0, done_ = 0, failed_ = 0;
  double seconds_ = 0;  // of sound, in files that are done
  WallClock::time_point began_ = WallClock::now();
};

}  // namespace

int encode_batch(const std::vector<EncodeJob>& jobs, const EncodeOptions& options, StopSignals& signals) {
  return Batch(jobs, options, signals).run();
}

}  // namespace sluice::apps
