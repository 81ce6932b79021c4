#include "apps/common/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "apps/common/report_json.h"
#include "engine/core/quantity.h"

namespace sluice::apps {
namespace {

constexpr auto kRefresh = std::chrono::milliseconds(250);
constexpr double kLongestRun = 1e9;  // s, 31 years: it still fits in nanoseconds beside the time of day
constexpr const char* kClearLine = "\r\033[K";

// Of the signal handler, which can be given nothing.
std::atomic<bool> g_running{false};
std::atomic<int> g_arrived{0};

// Before the graph runs there is nothing to drain, and whatever start waits for (a pipe without a writer) is left.
void on_stop_signal(int) {
  if (!g_running) ::_exit(kDone);
  g_arrived.fetch_add(1);
}

// The beginning of `text` that fits in `columns`; every character of a status line is one column wide.
std::string fitted(const std::string& text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    const bool starts_character = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;  // UTF-8
    if (starts_character && ++shown > columns) break;
  }
  return text.substr(0, end);
}

// A line that wraps could not be rewritten in place.
std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79;
}

// A line that is rewritten in place; nothing when stderr is no terminal.
class StatusLine {
 public:
  explicit StatusLine(bool wanted) : shown_(wanted && isatty(STDERR_FILENO)) {}
  ~StatusLine() { clear(); }
  void show(const std::string& text) {
    if (shown_) fmt::print(stderr, "{}{}", kClearLine, fitted(text, terminal_columns()));
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
    if (sink.replaced) fmt::print(stderr, ", {} replaced by newer ones", sink.replaced);
    fmt::print(stderr, "\n");
  }
  if (report.xruns > 0) fmt::print(stderr, "  {:.0f} xruns\n", report.xruns);
}

// Where the system withholds what keeps a live graph on time.
void warn_of_missing_isolation(const RunReport& report) {
  if (!report.live || (report.realtime && report.memory_locked)) return;
  std::string missing = report.realtime ? "" : "real-time priority (ulimit -r)";
  if (!report.memory_locked) missing += fmt::format("{}locked memory (ulimit -l)", missing.empty() ? "" : " and ");
  fmt::print(stderr, "warning: not permitted here: {}; under load expect blocks late or shed\n", missing);
}

// What was survived, and should not go unseen.
void print_faults(const Plan& plan) {
  for (const BuiltNode& built : plan.graph.nodes)
    for (const Counter* counter : built.node->counters())
      if (counter->is_fault() && counter->value() > 0)
        fmt::print(stderr, "warning: {}: {} {:.6g}: {}\n", built.spec.name, counter->name(), counter->value(),
                   counter->doc());
}

std::string clock_text(double elapsed_s) {
  const auto s = static_cast<long>(elapsed_s);
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// An edit may be under way, and change it.
std::optional<Duration> budget_of(const Session& session) {
  std::optional<Duration> budget;
  session.inspect([&](const Plan& plan) { budget = plan.graph.spec.budget; });
  return budget;
}

// Waits for the end; the first signal drains, the second gives up.
bool run_until_end(Session& session, const StopSignals& signals, const RunView& view) {
  StatusLine line(!view.quiet);
  while (!session.wait(kRefresh)) {
    if (signals.arrived() > 1) return false;
    if (signals.arrived() == 1) session.request_stop();
    line.show(view.status ? view.status(session.report()) : general_status(session.report(), budget_of(session)));
  }
  return true;
}

}  // namespace

StopSignals::StopSignals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
  struct sigaction before {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup has its way
  signal(SIGPIPE, SIG_IGN);  // a closed pipe or socket is an error value, not the end of the process
}

StopSignals::~StopSignals() {
  g_running = false;
}

void StopSignals::hold() {
  g_running = true;
}

int StopSignals::arrived() const {
  return g_arrived;
}

int run_session(Session& session, StopSignals& signals, const RunView& view) {
  if (Status status = session.start([&] { signals.hold(); }); !status) {
    fmt::print(stderr, "error: {}\n", status.error().text());
    return kFailedWhileRunning;
  }
  if (view.keeps_time) warn_of_missing_isolation(session.report());
  if (view.started) view.started();
  const bool drained = run_until_end(session, signals, view);
  if (view.ending) view.ending();
  const RunReport report = session.report();
  const Status status = session.finish();
  if (!view.quiet && status) view.summary ? view.summary(report) : print_summary(report);
  if (view.json) fmt::print("{}\n", to_json(report));
  print_faults(session.plan());
  if (!status)
    fmt::print(stderr, "error: {}\n", status.error().text());
  else if (!drained)
    fmt::print(stderr, "error: stopped by a second signal: what was under way is lost\n");
  return status && drained ? kDone : kFailedWhileRunning;
}

Result<Duration> parse_run_time(const std::string& text) {
  const Result<double> duration = parse_quantity(text, "s");
  if (!duration) return std::unexpected(Error{"--for", duration.error().message});
  if (*duration <= 0 || *duration > kLongestRun)
    return std::unexpected(Error{"--for", fmt::format("must be more than 0 s and at most {:g} s", kLongestRun)});
  return from_seconds(*duration);
}

std::string general_status(const RunReport& report, std::optional<Duration> budget) {
  std::string text = clock_text(report.elapsed_s);
  Duration worst{};
  std::uint64_t drops = 0;
  for (const auto& [name, sink] : report.sinks) {
    worst = std::max(worst, sink.p99);
    drops += sink.late + sink.shed;
  }
  if (report.live) {
    text += fmt::format("  latency p99 {:.0f} ms", milliseconds(worst));
    if (budget) text += fmt::format(" of {:.0f} ms", milliseconds(*budget));
    text += fmt::format("  drops {}", drops + static_cast<std::uint64_t>(report.xruns));
  } else if (!report.sinks.empty()) {
    text += fmt::format("  {} blocks", report.sinks.begin()->second.blocks);
  }
  return text;
}

std::string to_json(const RunReport& report) {
  return report_json(report).dump(2);
}

}  // namespace sluice::apps
