#include "apps/common/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace sluice::apps {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(250);
constexpr const char* kClearLine = "\r\033[K";

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// A line that is rewritten in place; nothing when stderr is no terminal.
class StatusLine {
 public:
  explicit StatusLine(bool wanted) : shown_(wanted && isatty(STDERR_FILENO)) {}
  ~StatusLine() { clear(); }
  void show(const std::string& text) {
    if (shown_) fmt::print(stderr, "{}{}", kClearLine, text);
    std::fflush(stderr);
  }
  void clear() {
    if (shown_) fmt::print(stderr, "{}", kClearLine);
  }

 private:
  bool shown_;
};

void print_summary(const RunReport& report) {
  fmt::print(stderr, "ran {:.1f} s{}\n", report.elapsed_s,
             report.live ? (report.realtime ? ", real-time priority" : ", normal priority") : "");
  for (const auto& [name, sink] : report.sinks) {
    fmt::print(stderr, "  {}: {} blocks", name, sink.blocks);
    if (report.live)
      fmt::print(stderr, ", latency p50 {:.1f} p99 {:.1f} max {:.1f} ms", milliseconds(sink.p50),
                 milliseconds(sink.p99), milliseconds(sink.max));
    if (sink.late || sink.shed) fmt::print(stderr, ", {} late, {} shed", sink.late, sink.shed);
    fmt::print(stderr, "\n");
  }
  if (report.xruns > 0) fmt::print(stderr, "  {:.0f} xruns\n", report.xruns);
}

std::string clock_text(double elapsed_s) {
  const auto s = static_cast<long>(elapsed_s);
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// Waits for the end; the first signal drains, the second gives up.
bool run_until_end(Session& session, StopSignals& signals, const RunView& view) {
  StatusLine line(!view.quiet);
  int asked = 0;
  while (!session.wait(kRefresh)) {
    if (signals.arrived() && ++asked > 1) return false;
    if (asked == 1) session.request_stop();
    line.show(view.status ? view.status(session.report()) : general_status(session.report(), session.plan()));
  }
  return true;
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a closed pipe or socket is an error value, not the end of the process
}

bool StopSignals::arrived() {
  const sigset_t set = stop_set();
  const timespec at_once{};
  return sigtimedwait(&set, nullptr, &at_once) > 0;
}

int run_session(Session& session, StopSignals& signals, const RunView& view) {
  if (Status status = session.start(); !status) {
    fmt::print(stderr, "error: {}\n", status.error().text());
    return kFailedWhileRunning;
  }
  if (view.started) view.started();
  const bool drained = run_until_end(session, signals, view);
  const RunReport report = session.report();
  const Status status = session.finish();
  if (!view.quiet && status) view.summary ? view.summary(report) : print_summary(report);
  if (view.json) fmt::print("{}\n", to_json(report));
  if (!status) fmt::print(stderr, "error: {}\n", status.error().text());
  return status && drained ? kDone : kFailedWhileRunning;
}

std::string general_status(const RunReport& report, const Plan& plan) {
  std::string text = clock_text(report.elapsed_s);
  Duration worst{};
  std::uint64_t drops = 0;
  for (const auto& [name, sink] : report.sinks) {
    worst = std::max(worst, sink.p99);
    drops += sink.late + sink.shed;
  }
  if (report.live) {
    text += fmt::format("  latency p99 {:.0f} ms", milliseconds(worst));
    if (const auto budget = plan.graph.spec.budget) text += fmt::format(" of {:.0f} ms", milliseconds(*budget));
    text += fmt::format("  drops {}", drops + static_cast<std::uint64_t>(report.xruns));
  } else if (!report.sinks.empty()) {
    text += fmt::format("  {} blocks", report.sinks.begin()->second.blocks);
  }
  return text;
}

std::string to_json(const RunReport& report) {
  using nlohmann::json;
  json sinks = json::object(), nodes = json::object(), borders = json::array();
  for (const auto& [name, sink] : report.sinks)
    sinks[name] = {{"latency_ms",
                    {{"p50", milliseconds(sink.p50)},
                     {"p90", milliseconds(sink.p90)},
                     {"p99", milliseconds(sink.p99)},
                     {"p999", milliseconds(sink.p999)},
                     {"max", milliseconds(sink.max)}}},
                   {"blocks", sink.blocks},
                   {"late", sink.late},
                   {"shed", sink.shed}};
  for (const auto& [name, node] : report.nodes)
    nodes[name] = {{"type", node.type},
                   {"blocks", node.blocks},
                   {"busy_s", node.busy_s},
                   {"errors", node.errors},
                   {"counters", node.counters}};
  for (const BorderReport& border : report.borders)
    borders.push_back({{"from", border.from},
                       {"to", border.to},
                       {"depth", border.depth},
                       {"credits", border.credits},
                       {"shed", border.shed}});
  return json{{"elapsed_s", report.elapsed_s},
              {"sinks", sinks},
              {"nodes", nodes},
              {"borders", borders},
              {"xruns", report.xruns},
              {"live", report.live},
              {"realtime", report.realtime}}
      .dump(2);
}

}  // namespace sluice::apps
