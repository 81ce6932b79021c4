#include "apps/sluice-radio/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::apps {
namespace {

constexpr int kBarCells = 12;
constexpr double kBarFloorDb = -60;

double counter(const RunReport& report, const std::string& node, const std::string& name) {
  const auto found = report.nodes.find(node);
  if (found == report.nodes.end()) return 0;
  const auto value = found->second.counters.find(name);
  return value == found->second.counters.end() ? 0 : value->second;
}

std::string bar(double level_db) {
  const double part = std::clamp(1 - level_db / kBarFloorDb, 0.0, 1.0);
  const int full = static_cast<int>(std::lround(part * kBarCells));
  std::string cells;
  for (int n = 0; n < kBarCells; ++n) cells += n < full ? "▮" : "▯";
  return cells;
}

std::string relay(const RunReport& report) {
  if (!report.nodes.contains("cast")) return "";
  return counter(report, "cast", "connected") > 0 ? "  icecast on" : "  icecast connecting";
}

}  // namespace

std::string radio_status(const RunReport& report, const Plan& plan, int bitrate) {
  const auto elapsed = static_cast<long>(report.elapsed_s);
  const double peak = counter(report, "level", "peak_dbfs");
  Duration p99{};
  std::uint64_t drops = static_cast<std::uint64_t>(report.xruns);
  for (const auto& [name, sink] : report.sinks) {
    p99 = std::max(p99, sink.p99);
    drops += sink.late + sink.shed;
  }
  return fmt::format(
      "{:02}:{:02}:{:02}  {} {:>4.0f} dBFS  {} kbit/s  {:.0f} listeners{}  latency p99 {:.0f}/{:.0f} ms  drops {}",
      elapsed / 3600, elapsed / 60 % 60, elapsed % 60, bar(peak), std::max(peak, -99.0), bitrate,
      counter(report, "web", "listeners"), relay(report), milliseconds(p99),
      milliseconds(plan.graph.spec.budget.value_or(Duration{})), drops);
}

}  // namespace sluice::apps
