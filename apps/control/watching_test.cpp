// Health and events: what is made of successive reports.
#include <gmock/gmock.h>

#include "apps/control/events.h"
#include "apps/control/health.h"

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RunReport report_of(std::uint64_t blocks, std::uint64_t late = 0, std::uint64_t shed = 0) {
  RunReport report;
  report.nodes["web"].blocks = blocks;
  report.sinks["web"].late = late;
  report.sinks["web"].shed = shed;
  return report;
}

Time at(Duration since_start) {
  return Time(1h) + since_start;
}

TEST(Health, IsWellWhileBlocksMoveWithinTheBudget) {
  Health health;
  for (int second = 0; second < 60; ++second) {
    health.observe(at(std::chrono::seconds(second)), report_of(100 + second));
    EXPECT_THAT(health.faults(), IsEmpty());
  }
}

TEST(Health, IsOverBudgetForAWindowAfterALateBlock) {
  Health health;
  health.observe(at(0s), report_of(1, 0));
  health.observe(at(1s), report_of(2, 3));
  EXPECT_THAT(health.faults(), ElementsAre(HasSubstr("3 blocks over the latency budget")));
  health.observe(at(1s + Health::kWindow), report_of(3, 3));
  EXPECT_THAT(health.faults(), IsEmpty());
}

TEST(Health, BlocksThatWereLateBeforeItLookedAreOver) {
  Health health;
  health.observe(at(0s), report_of(1, 1000));
  EXPECT_THAT(health.faults(), IsEmpty());
}

TEST(Health, SeesAStandstillAndItsEnd) {
  Health health;
  health.observe(at(0s), report_of(7));
  health.observe(at(Health::kStill - 1s), report_of(7));
  EXPECT_THAT(health.faults(), IsEmpty());
  health.observe(at(Health::kStill), report_of(7));
  EXPECT_THAT(health.faults(), ElementsAre(HasSubstr("no block has moved for 5 s")));
  health.observe(at(Health::kStill + 1s), report_of(8));
  EXPECT_THAT(health.faults(), IsEmpty());
}

TEST(Health, AGraphThatDrainsStandsStillByRight) {
  Health health;
  health.observe(at(0s), report_of(7));
  RunReport draining = report_of(7);
  draining.phase = RunReport::Phase::draining;
  health.observe(at(1min), draining);
  EXPECT_THAT(health.faults(), IsEmpty());
}

std::vector<std::string> dumped(const std::vector<nlohmann::json>& events) {
  std::vector<std::string> texts;
  for (nlohmann::json event : events) {
    event.erase("at_s");
    texts.push_back(event.dump());
  }
  return texts;
}

TEST(EventWatch, TellsWhatHasComeSinceTheLastLook) {
  EventWatch watch;
  EXPECT_THAT(dumped(watch.observe(report_of(1, 5, 5), {})), ElementsAre(R"({"event":"state","state":"running"})"));
  EXPECT_THAT(dumped(watch.observe(report_of(2, 5, 5), {})), IsEmpty());
  EXPECT_THAT(dumped(watch.observe(report_of(3, 6, 8), {})),
              ElementsAre(R"({"count":1,"event":"late","sink":"web"})", R"({"count":3,"event":"shed","sink":"web"})"));
  RunReport ended = report_of(3, 6, 8);
  ended.phase = RunReport::Phase::ended;
  ended.xruns = 2;
  EXPECT_THAT(dumped(watch.observe(ended, {})),
              ElementsAre(R"({"event":"state","state":"ended"})", R"({"count":2.0,"event":"xrun"})"));
}

TEST(EventWatch, OnlyCountersThatTellOfFaultsAreEvents) {
  EventWatch watch;
  RunReport report = report_of(1);
  watch.observe(report, {});
  report.nodes["web"].counters = {{"listeners", 3}, {"frames_lost", 2}};
  EXPECT_THAT(dumped(watch.observe(report, {{"web", "frames_lost"}})),
              ElementsAre(R"({"count":2.0,"counter":"frames_lost","event":"fault","node":"web"})"));
}

TEST(EventWatch, ANodeThatWasReplacedCountsFromZero) {
  EventWatch watch;
  watch.observe(report_of(100, 50), {});
  EXPECT_THAT(dumped(watch.observe(report_of(1, 0), {})), IsEmpty());
  EXPECT_THAT(dumped(watch.observe(report_of(2, 1), {})), ElementsAre(R"({"count":1,"event":"late","sink":"web"})"));
}

}  // namespace
}  // namespace sluice::control
