#include "apps/control/chrome_trace.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Time kOrigin{1h};

json written(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file);
}

TEST(ChromeTraceFile, HoldsWhatWasRecorded) {
  const std::string path = testing::TempDir() + "/trace.json";
  Tracer tracer(4, 64);
  const auto island = tracer.name("island \"mic\"", "island"), queue = tracer.name("mic -> web", "queue");
  auto file = ChromeTraceFile::create(path, tracer, kOrigin);
  ASSERT_TRUE(file);
  tracer.slice(island, kOrigin + 1500ns, kOrigin + 3us);
  tracer.counter(queue, kOrigin + 4us, 2);
  const auto shed = tracer.name("shed", "drop");  // while it runs, as an edit makes new islands
  tracer.instant(shed, kOrigin + 5us, 7);
  ASSERT_TRUE((*file)->finish().ok());
  EXPECT_EQ((*file)->events(), 3u);

  const json trace = written(path);
  std::map<std::string, json> seen;
  for (const json& event : trace.at("traceEvents")) seen[event.at("name")] = event;
  EXPECT_EQ(seen.at("island \"mic\"").at("ph"), "X");
  EXPECT_EQ(seen.at("island \"mic\"").at("ts"), 1.5);
  EXPECT_EQ(seen.at("island \"mic\"").at("dur"), 1.5);
  EXPECT_EQ(seen.at("mic -> web").at("args").at("value"), 2);
  EXPECT_EQ(seen.at("shed").at("ph"), "i");
  EXPECT_EQ(seen.at("shed").at("args").at("count"), 7);
  EXPECT_EQ(seen.at("thread_name").at("tid"), seen.at("shed").at("tid"));
  EXPECT_EQ(trace.at("otherData").at("lost_events"), 0);
}

TEST(ChromeTraceFile, SaysWhatWasLost) {
  const std::string path = testing::TempDir() + "/lost.json";
  Tracer tracer(0, 4);
  auto file = ChromeTraceFile::create(path, tracer, kOrigin);
  ASSERT_TRUE(file);
  tracer.instant(tracer.name("a", ""), kOrigin, 1);
  ASSERT_TRUE((*file)->finish().ok());
  EXPECT_EQ((*file)->lost(), 1u);
  EXPECT_EQ(written(path).at("otherData").at("lost_events"), 1);
}

TEST(ChromeTraceFile, AFileThatCannotBeWrittenIsAnError) {
  Tracer tracer(1, 4);
  EXPECT_FALSE(ChromeTraceFile::create("/no/such/folder/trace.json", tracer, kOrigin));
}

}  // namespace
}  // namespace sluice::control
