#include "apps/control/metrics_text.h"

#include <gmock/gmock.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "apps/control/prometheus.h"

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Sample {
  std::string name, labels;
  double value;
};

// A reader of the text format, version 0.0.4, that takes nothing it should not: a HELP and a TYPE line before each
// family's samples, all of a family together, no sample twice.
class Exposition {
 public:
  explicit Exposition(const std::string& text) {
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) line.starts_with('#') ? read_comment(line) : read_sample(line);
  }
  double value(const std::string& name, const std::string& labels = "") const {
    for (const Sample& sample : samples)
      if (sample.name == name && sample.labels == labels) return sample.value;
    ADD_FAILURE() << "no " << name << "{" << labels << "}";
    return 0;
  }
  std::map<std::string, std::string> types;
  std::vector<Sample> samples;

 private:
  void read_comment(const std::string& line) {
    static const std::regex help(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*)"),
        type(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram))");
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      EXPECT_TRUE(families_.insert(match[1]).second) << "a second family " << match[1];
      family_ = match[1];
    } else {
      ASSERT_TRUE(std::regex_match(line, match, type)) << line;
      EXPECT_EQ(match[1], family_);
      types[family_] = match[2];
    }
  }
  void read_sample(const std::string& line) {
    static const std::regex form(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\S+))");
    std::smatch match;
    ASSERT_TRUE(std::regex_match(line, match, form)) << line;
    const std::string name = match[1];
    EXPECT_TRUE(name == family_ ||
                (types[family_] == "histogram" &&
                 (name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count")))
        << line;
    EXPECT_TRUE(seen_.insert(name + match[2].str()).second) << "twice: " << line;
    samples.push_back({name, match[2], std::stod(match[3])});
  }

  std::string family_;
  std::set<std::string> families_, seen_;
};

RunReport report_of_a_radio() {
  LatencyHistogram histogram;
  for (const Duration age : {Duration(20us), Duration(60ms), Duration(61ms), Duration(90ms), Duration(30s)})
    histogram.record(age);
  RunReport report;
  report.elapsed_s = 12.5;
  report.live = report.realtime = true;
  report.xruns = 1;
  SinkReport& sink = report.sinks["web"];
  sink.blocks = 5;
  sink.late = 1;
  sink.shed = 2;
  sink.max = 30s;
  sink.recorded = histogram.count();
  sink.sum = histogram.sum();
  sink.steps = histogram.steps();
  report.nodes["web"] = {
      .type = "http.listen", .blocks = 5, .errors = 0, .busy_s = 0.25, .counters = {{"listeners", 3}}};
  report.nodes["mic"] = {.type = "audio.capture", .blocks = 6, .errors = 0, .busy_s = 0.5, .counters = {}};
  report.borders.push_back(
      {.from = "mic", .to = "web", .from_port = "out", .to_port = "in", .depth = 1, .credits = 8, .shed = 2});
  report.islands.push_back({.name = "mic", .turns = 40, .busy_s = 0.75, .longest_turn = 2ms});
  return report;
}

PlanFacts facts() {
  return {.graph = "radio", .budget = 250ms, .bounds = {{"mic", "web", 180ms}}};
}

TEST(MetricsText, SaysWhatTheReportSays) {
  const Exposition seen(metrics_text(report_of_a_radio(), facts(), {.cpu_s = 3, .start_time_s = 1, .threads = 7}));
  EXPECT_EQ(seen.value("sluice_uptime_seconds"), 12.5);
  EXPECT_EQ(seen.value("sluice_realtime"), 1);
  EXPECT_EQ(seen.value("sluice_xruns_total"), 1);
  EXPECT_EQ(seen.value("sluice_latency_budget_seconds"), 0.25);
  EXPECT_EQ(seen.value("sluice_path_latency_bound_seconds", R"(source="mic",sink="web")"), 0.18);
  EXPECT_EQ(seen.value("sluice_sink_late_blocks_total", R"(sink="web")"), 1);
  EXPECT_EQ(seen.value("sluice_sink_shed_blocks_total", R"(sink="web")"), 2);
  EXPECT_EQ(seen.value("sluice_node_busy_seconds_total", R"(node="mic",type="audio.capture")"), 0.5);
  EXPECT_EQ(seen.value("sluice_node_value", R"(node="web",type="http.listen",counter="listeners")"), 3);
  EXPECT_EQ(seen.value("sluice_border_depth_blocks", R"(from="mic.out",to="web.in")"), 1);
  EXPECT_EQ(seen.value("sluice_border_credits_blocks", R"(from="mic.out",to="web.in")"), 8);
  EXPECT_EQ(seen.value("sluice_island_turns_total", R"(island="mic")"), 40);
  EXPECT_EQ(seen.value("sluice_island_longest_turn_seconds", R"(island="mic")"), 0.002);
  EXPECT_EQ(seen.value("process_threads"), 7);
}

TEST(MetricsText, TheLatencyHistogramIsCumulativeAndComplete) {
  const Exposition seen(metrics_text(report_of_a_radio(), facts(), {}));
  EXPECT_EQ(seen.types.at("sluice_sink_latency_seconds"), "histogram");
  double before = 0, edge = 0;
  int buckets = 0;
  static const std::regex le(R"re(sink="web",le="([^"]+)")re");
  for (const Sample& sample : seen.samples) {
    if (sample.name != "sluice_sink_latency_seconds_bucket") continue;
    std::smatch match;
    ASSERT_TRUE(std::regex_match(sample.labels, match, le));
    const double next = match[1] == "+Inf" ? HUGE_VAL : std::stod(match[1]);
    EXPECT_GT(next, edge);
    EXPECT_GE(sample.value, before);
    before = sample.value;
    edge = next;
    ++buckets;
  }
  EXPECT_GT(buckets, 20);
  EXPECT_EQ(edge, HUGE_VAL);
  EXPECT_EQ(before, 5);
  EXPECT_EQ(seen.value("sluice_sink_latency_seconds_bucket", R"(sink="web",le="2.4e-05")"), 1);
  EXPECT_EQ(seen.value("sluice_sink_latency_seconds_count", R"(sink="web")"), 5);
  EXPECT_NEAR(seen.value("sluice_sink_latency_seconds_sum", R"(sink="web")"), 30.211, 0.001);
}

TEST(MetricsText, AGraphWithoutBudgetBordersOrSinksIsFineToo) {
  const Exposition seen(metrics_text({}, {.graph = "empty", .budget = {}, .bounds = {}}, {}));
  EXPECT_EQ(seen.value("sluice_live"), 0);
  EXPECT_FALSE(seen.types.contains("sluice_latency_budget_seconds"));
}

TEST(PrometheusText, EscapesWhatWouldEndALabel) {
  PrometheusText text;
  text.family("x", "gauge", "Help.");
  text.sample({{"a", "quote \" backslash \\ line\nfeed \xFF"}}, 1);
  EXPECT_THAT(text.text(), HasSubstr(R"(x{a="quote \" backslash \\ line feed )"));
  Exposition{text.text()};
}

TEST(PrometheusText, WritesWhatIsNoNumberAsPrometheusDoes) {
  PrometheusText text;
  text.family("x", "gauge", "Help.");
  text.sample({{"a", "1"}}, HUGE_VAL);
  text.sample({{"a", "2"}}, -HUGE_VAL);
  text.sample({{"a", "3"}}, std::nan(""));
  EXPECT_THAT(text.text(), HasSubstr("x{a=\"1\"} +Inf\nx{a=\"2\"} -Inf\nx{a=\"3\"} NaN\n"));
}

TEST(ProcessStats, ReadsWhatTheSystemSays) {
  const ProcessStats stats = process_stats();
  EXPECT_GT(stats.resident_bytes, 1e5);
  EXPECT_GE(stats.virtual_bytes, stats.resident_bytes);
  EXPECT_GE(stats.threads, 1);
  EXPECT_GE(stats.open_files, 3);
  EXPECT_GT(stats.start_time_s, 1e9);
}

}  // namespace
}  // namespace sluice::control
