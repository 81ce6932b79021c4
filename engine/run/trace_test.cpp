#include "engine/run/trace.h"

#include <gmock/gmock.h>

#include <map>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Time at(Duration since) {
  return Time(since);
}

std::vector<Tracer::Recorded> drained(Tracer& tracer) {
  std::vector<Tracer::Recorded> recorded;
  tracer.drain(recorded);
  return recorded;
}

TEST(Tracer, GivesBackWhatWasRecordedInOrder) {
  Tracer tracer(2, 16);
  const auto a = tracer.name("a", "node"), b = tracer.name("b", "drop");
  tracer.slice(a, at(5us), at(7us));
  tracer.counter(b, at(8us), 3);
  tracer.instant(b, at(9us), 2);
  const auto recorded = drained(tracer);
  ASSERT_EQ(recorded.size(), 3u);
  EXPECT_EQ(recorded[0].event.time_ns, 5000);
  EXPECT_EQ(recorded[0].event.value, 2000);
  EXPECT_EQ(recorded[0].event.kind, Tracer::Kind::slice);
  EXPECT_EQ(recorded[1].event.value, 3);
  EXPECT_EQ(recorded[2].event.name, b);
  EXPECT_EQ(tracer.names()[b].text, "b");
  EXPECT_THAT(drained(tracer), IsEmpty());
  EXPECT_EQ(tracer.lost(), 0u);
}

TEST(Tracer, WhatDoesNotFitIsCountedAndWhatIsThereIsKept) {
  Tracer tracer(1, 4);
  const auto name = tracer.name("a", "");
  for (int n = 0; n < 10; ++n) tracer.instant(name, at(Duration(n)), n);
  const auto recorded = drained(tracer);
  ASSERT_EQ(recorded.size(), 4u);
  EXPECT_EQ(recorded[3].event.value, 3);
  EXPECT_EQ(tracer.lost(), 6u);
  tracer.instant(name, at(11ns), 11);
  EXPECT_EQ(drained(tracer).size(), 1u);
}

TEST(Tracer, MoreThreadsThanRingsLoseTheirEventsOnly) {
  Tracer tracer(1, 16);
  const auto name = tracer.name("a", "");
  tracer.instant(name, at(1ns), 1);
  std::thread([&] { tracer.instant(name, at(2ns), 2); }).join();
  EXPECT_EQ(drained(tracer).size(), 1u);
  EXPECT_EQ(tracer.lost(), 1u);
}

TEST(Tracer, AThreadRecordsToOneTracerAfterAnother) {
  for (int n = 0; n < 3; ++n) {
    Tracer tracer(1, 16);
    tracer.instant(tracer.name("a", ""), at(1ns), n);
    const auto recorded = drained(tracer);
    ASSERT_EQ(recorded.size(), 1u);
    EXPECT_EQ(recorded[0].event.value, n);
  }
}

TEST(Tracer, ThreadsRecordWhileTheReaderDrains) {
  constexpr std::size_t kThreads = 3, kEvents = 20'000;
  Tracer tracer(kThreads, 256);
  const auto name = tracer.name("a", "");
  std::atomic<std::size_t> running{kThreads};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      for (std::size_t n = 0; n < kEvents; ++n) tracer.instant(name, at(Duration(n)), 1);
      running.fetch_sub(1);
    });
  std::vector<Tracer::Recorded> all;
  while (running.load() > 0) tracer.drain(all);
  for (std::thread& thread : threads) thread.join();
  tracer.drain(all);
  EXPECT_EQ(all.size() + tracer.lost(), kThreads * kEvents);
  std::map<std::size_t, std::int64_t> last;
  for (const Tracer::Recorded& recorded : all) {
    const auto [seen, first] = last.try_emplace(recorded.thread, -1);
    EXPECT_GT(recorded.event.time_ns, seen->second);
    seen->second = recorded.event.time_ns;
  }
}

}  // namespace
}  // namespace sluice
