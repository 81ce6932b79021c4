#include "apps/common/costs_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::apps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Costs some_costs() {
  Costs costs;
  costs.graph_hash = "0123456789abcdef";
  costs.machine = "An Oak Frame, 12 \"cores\"";
  costs.nodes["mic"] = {.p50 = 1500ns, .p99 = 2ms, .cpu = 0.25};
  costs.nodes["enc/loops"] = {.p50 = 0ns, .p99 = 1s, .cpu = 1.5};
  costs.islands.push_back({{"mic", "enc/loops"}, {.p50 = 1us, .p99 = 3us, .cpu = 0.5}});
  costs.stood_in_for = {"mic"};
  return costs;
}

TEST(CostsFile, StandsBesideItsGraph) {
  EXPECT_EQ(costs_path("graphs/radio.yaml"), "graphs/radio.costs.json");
}

TEST(CostsFile, ReadsBackAsItWasWritten) {
  const Result<Costs> read = parse_costs(to_json(some_costs(), "radio"));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->graph_hash, "0123456789abcdef");
  EXPECT_EQ(read->machine, "An Oak Frame, 12 \"cores\"");
  EXPECT_EQ(read->nodes.at("mic").p50, 1500ns);
  EXPECT_EQ(read->nodes.at("enc/loops").p99, 1s);
  EXPECT_DOUBLE_EQ(read->nodes.at("enc/loops").cpu, 1.5);
  ASSERT_EQ(read->islands.size(), 1u);
  EXPECT_THAT(read->islands[0].nodes, ElementsAre("mic", "enc/loops"));
  EXPECT_EQ(read->islands[0].time.p99, 3us);
  EXPECT_THAT(read->stood_in_for, ElementsAre("mic"));
}

TEST(CostsFile, OfAnotherKindOrVersionOrWithNonsenseIsRefused) {
  const std::string good = to_json(some_costs(), "radio");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return parse_costs(text.replace(text.find(from), from.size(), to));
  };
  for (const char* text : {"", "[]", "{}", "null", "graph: radio"}) EXPECT_FALSE(parse_costs(text)) << text;
  EXPECT_FALSE(changed("\"sluice_costs\": 1", "\"sluice_costs\": 2"));
  EXPECT_FALSE(changed("\"p99_us\": 3.0", "\"p99_us\": -3.0"));
  EXPECT_FALSE(changed("\"p99_us\": 3.0", "\"p99_us\": 1e300"));
  EXPECT_FALSE(changed("\"cpu\": 1.5", "\"cpu\": \"much\""));
  EXPECT_THAT(parse_costs("{}").error().message, HasSubstr("not a file of run times"));
  EXPECT_THAT(read_costs("/nowhere/x.costs.json").error().text(), "/nowhere/x.costs.json: cannot be read");
}

}  // namespace
}  // namespace sluice::apps
