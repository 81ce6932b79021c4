// sluice-bench: one workload, one line of JSON. tools/bench peers runs it beside the programs of other engines.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "apps/sluice-bench/engines.h"

namespace {

using namespace sluice;
using namespace sluice::apps;
using namespace sluice::bench;

constexpr int kBusyProcesses = 2;  // of the workload "loaded"

// Processes that do nothing but keep processors busy, at normal priority, until this goes out of scope.
class BusyProcesses {
 public:
  explicit BusyProcesses(int count) {
    for (int n = 0; n < count; ++n) {
      const pid_t child = fork();
      if (child == 0) burn();
      if (child > 0) children_.push_back(child);
    }
  }
  ~BusyProcesses() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }
  BusyProcesses(const BusyProcesses&) = delete;
  BusyProcesses& operator=(const BusyProcesses&) = delete;

 private:
  [[noreturn]] static void burn() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const sched_param normal{.sched_priority = 0};
    sched_setscheduler(0, SCHED_OTHER, &normal);
    for (volatile double x = 1;;) x = x * 1.0000001 + 1e-9;
  }

  std::vector<pid_t> children_;
};

void add_options(CLI::App& app, Workload& workload) {
  app.add_option("--workload", workload.name, "what to run")
      ->check(CLI::IsMember({"chain", "latency", "loaded", "overload", "fan", "encode"}))
      ->capture_default_str();
  app.add_option("--variant", workload.variant, "copy: each node makes a new block; pass: it hands the block on")
      ->check(CLI::IsMember({"copy", "pass"}))
      ->capture_default_str();
  app.add_option("--engine", workload.engine, "sluice, or inline: the same work as one loop, without an engine")
      ->check(CLI::IsMember({"sluice", "inline"}))
      ->capture_default_str();
  app.add_option(
         "--sight", workload.sight,
         "none; counts: blocks, run times and ages, as always; trace: every call as well; record: the source's "
         "blocks as well; alternate: none and counts by turns, compared; control: compared alike, always counts")
      ->check(CLI::IsMember({"none", "counts", "trace", "record", "alternate", "control"}))
      ->capture_default_str();
  app.add_option("--n", workload.n, "nodes between source and sink")->check(CLI::Range(1, 5000))->capture_default_str();
  app.add_option("--block", workload.block, "samples of a block")->check(CLI::Range(4, 1 << 20))->capture_default_str();
  app.add_option("--fan", workload.fan, "branches of the workload fan")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--cut", workload.cut, "a border before this node; N+1: before the sink; 0: none");
  app.add_option("--window", workload.window, "blocks in flight at the border; 0: as the engine chooses")
      ->check(CLI::Range(0, 8));
  app.add_option("--period-us", workload.period_us, "microseconds between blocks of a paced source or sink")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--seconds", workload.seconds, "length of the measured window")
      ->check(CLI::Range(0.01, 1e6))
      ->capture_default_str();
  app.add_option("--warmup", workload.warmup, "seconds before the window")
      ->check(CLI::Range(0.0, 1e4))
      ->capture_default_str();
  app.add_flag("--fifo,!--no-fifo", workload.fifo, "SCHED_FIFO for live graphs, where it is allowed");
}

int run(Workload workload) {
  if (workload.paced_sink() && workload.cut == 0) workload.cut = workload.n + 1;
  const BusyProcesses busy(workload.name == "loaded" ? kBusyProcesses : 0);
  Arrivals arrivals(workload);
  const Result<Outcome> outcome =
      workload.engine == "inline" ? run_inline(workload, arrivals) : run_sluice(workload, arrivals);
  if (!outcome) {
    fmt::print(stderr, "error: {}\n", outcome.error().text());
    return kFailedWhileRunning;
  }
  fmt::print("{}\n", to_json(workload, arrivals, *outcome));
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-bench: what a hop costs and how late a block is, as one line of JSON."};
  app.set_version_flag("--version", "sluice-bench " SLUICE_VERSION);
  Workload workload;
  add_options(app, workload);
  return run_program(app, argc, argv, [&] { return run(workload); });
}
