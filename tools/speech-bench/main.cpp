// speech-bench [--set PARAM=VALUE]... [--unpaced] WAV...: one transcription for each file, all at once, in real time or
// as fast as it goes. Prints a line of JSON for every event of a transcript, with the time since its stream's first
// sample (without meaning where it is not paced), and one at the end.
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/graph/plan.h"
#include "engine/run/session.h"

namespace {

using namespace sluice;
using namespace std::chrono_literals;
using nlohmann::json;

std::mutex printing;

class Probe final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "events"};
  Param<int> stream{*this, "stream", {.doc = "number of the stream"}};

  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const BlockHeader& header = block->header;
      const Time anchor = header.capture_time - frames_to_duration(static_cast<double>(header.position), 16000);
      const std::lock_guard lock(printing);
      fmt::print(R"({{"stream":{},"at":{:.4f},"event":{}}})"
                 "\n",
                 stream.value(), seconds(now() - anchor), block->text());
    }
  }
};

double cpu_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

long status_kb(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stol(line.substr(key.size() + 1));
  return 0;
}

Plan plan_of(const std::string& wav, std::size_t stream, const std::string& params, bool paced) {
  const std::string line =
      fmt::format("file.read(\"{}\") -> {}vad.silero -> asr: asr.moonshine{} -> speech_probe(stream={})", wav,
                  paced ? "pace -> " : "", params.empty() ? "" : "(" + params + ")", stream);
  return compile(build_graph(parse_graph_line(line, Registry::global(), {}).spec, Registry::global()));
}

json totals(const std::vector<std::unique_ptr<Session>>& sessions) {
  json counters = json::object();
  for (const auto& session : sessions) {
    const RunReport report = session->report();
    for (const auto& [name, value] : report.nodes.at("asr").counters)
      counters[name] = counters.value(name, 0.0) + value;
  }
  return counters;
}

}  // namespace

REGISTER_NODE(Probe, "speech_probe", "prints the events of a transcript with the time")

int main(int argc, char** argv) {
  std::string params;
  bool paced = true;
  std::vector<std::string> files;
  for (int n = 1; n < argc; ++n)
    if (std::string_view(argv[n]) == "--unpaced")
      paced = false;
    else if (std::string_view(argv[n]) == "--set" && n + 1 < argc)
      params += (params.empty() ? "" : ", ") + std::string(argv[++n]);
    else
      files.emplace_back(argv[n]);
  Executor executor;
  std::vector<std::unique_ptr<Session>> sessions;
  for (const std::string& file : files) {
    Plan plan = plan_of(file, sessions.size(), params, paced);
    for (const Diagnostic& wrong : plan.diagnostics()) fmt::print(stderr, "{}\n", wrong.message);
    if (!plan.ok()) return 2;
    sessions.push_back(std::make_unique<Session>(std::move(plan), executor));
    if (const Status started = sessions.back()->start(); !started) {
      fmt::print(stderr, "{}\n", started.error().text());
      return 1;
    }
  }
  const double loaded = cpu_s();
  const auto start = std::chrono::steady_clock::now();
  long rss_kb = 0;
  for (const auto& session : sessions)
    while (!session->wait(100ms)) rss_kb = std::max(rss_kb, status_kb("VmRSS:"));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  fmt::print("{}\n", json{{"cpu_s", cpu_s() - loaded},
                          {"wall_s", wall.count()},
                          {"rss_mb", static_cast<double>(rss_kb) / 1024},
                          {"peak_mb", static_cast<double>(status_kb("VmHWM:")) / 1024},
                          {"counters", totals(sessions)}}
                         .dump());
  for (const auto& session : sessions)
    if (const Status status = session->finish(); !status) fmt::print(stderr, "{}\n", status.error().text());
}
