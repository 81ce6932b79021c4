#include "apps/control/top_view.h"

#include <gmock/gmock.h>

namespace sluice::control {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;

json graph_after(double elapsed_s, int blocks, double busy_s) {
  return {{"graph", "radio"},
          {"budget_ms", 250},
          {"nodes", {{{"name", "mic"}, {"type", "audio.capture"}}, {{"name", "a/b~c"}, {"type", "http.listen"}}}},
          {"islands", {{{"name", "mic"}, {"nodes", {"mic"}}}, {{"name", "a/b~c"}, {"nodes", {"a/b~c"}}}}},
          {"paths", {{{"source", "mic"}, {"sink", "a/b~c"}, {"total_ms", 180.0}}}},
          {"process", {{"cpu_s", 2 * busy_s}, {"resident_bytes", 21e6}}},
          {"run",
           {{"state", "running"},
            {"elapsed_s", elapsed_s},
            {"realtime", true},
            {"memory_locked", false},
            {"sinks",
             {{"a/b~c",
               {{"latency_ms", {{"p50", 60.5}, {"p99", 64.25}, {"max", 70.0}}},
                {"blocks", blocks},
                {"late", 0},
                {"shed", 4}}}}},
            {"nodes",
             {{"mic", {{"blocks", blocks}, {"busy_s", busy_s}, {"errors", 0}, {"counters", json::object()}}},
              {"a/b~c", {{"blocks", blocks}, {"busy_s", 0.0}, {"errors", 1}, {"counters", {{"listeners", 3}}}}}}},
            {"islands", {{{"name", "mic"}, {"turns", 9}, {"busy_s", busy_s}, {"longest_turn_ms", 1.25}}}},
            {"borders", {{{"from", "mic"}, {"to", "a/b~c"}, {"depth", 2}, {"credits", 8}, {"shed", 4}}}}}}};
}

TEST(TopView, ShowsLatencyAgainstBudgetQueuesAndDrops) {
  EXPECT_THAT(top_text(graph_after(3723, 1000, 1), {}),
              AllOf(HasSubstr("radio  running  01:02:03  real-time priority  CPU"), HasSubstr("21 MB"),
                    ContainsRegex("a/b~c +60.50 +64.25 +70.00 +180.0 +250 +1000 +0 +4"), ContainsRegex("2/8 shed 4"),
                    ContainsRegex("mic +[0-9.]+ +1.25 +- +mic"), HasSubstr("listeners 3")));
}

TEST(TopView, RatesAreThoseBetweenTwoLooks) {
  const std::string text = top_text(graph_after(12, 1100, 1.5), graph_after(10, 900, 1.0));
  EXPECT_THAT(text, ContainsRegex("mic +audio.capture +100.0 +25.00"));
  EXPECT_THAT(text, HasSubstr("CPU 50.0 %"));
}

TEST(TopView, WhatIsNoGraphIsRefused) {
  EXPECT_THROW(top_text(json::object(), {}), json::exception);
}

}  // namespace
}  // namespace sluice::control
