#include "apps/sluice-transcribe/serve/audio_pipe.h"

#include <gmock/gmock.h>

#include <array>
#include <numeric>
#include <thread>

namespace sluice::transcribe {
namespace {

using testing::ElementsAre;

TEST(AudioPipe, GivesWhatWasPushedInPortionsOfItsOwn) {
  AudioPipe pipe;
  pipe.push({1, 2, 3});
  pipe.push({});
  pipe.push({4, 5});
  EXPECT_EQ(pipe.waiting(), 5u);
  std::array<float, 4> samples{};
  EXPECT_EQ(pipe.take(samples).samples, 4u);
  EXPECT_THAT(samples, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(pipe.waiting(), 1u);
  EXPECT_EQ(pipe.take(samples).samples, 1u);
  EXPECT_EQ(samples[0], 5);
}

TEST(AudioPipe, EndsWhenAllIsTaken) {
  AudioPipe pipe;
  std::array<float, 4> samples{};
  EXPECT_FALSE(pipe.take(samples).ended);
  pipe.push({1});
  pipe.end();
  const auto last = pipe.take(samples);
  EXPECT_EQ(last.samples, 1u);
  EXPECT_FALSE(last.ended);
  EXPECT_TRUE(pipe.take(samples).ended);
}

TEST(AudioPipe, WakesWhoeverTakes) {
  AudioPipe pipe;
  int wakes = 0;
  pipe.on_push([&] { ++wakes; });
  pipe.push({1});
  pipe.end();
  EXPECT_EQ(wakes, 2);
  pipe.on_push({});
  pipe.push({1});
  EXPECT_EQ(wakes, 2);
}

TEST(AudioPipe, CarriesEverySampleInOrderBetweenThreads) {
  constexpr int kSamples = 100'000;
  AudioPipe pipe;
  std::jthread pusher([&] {
    for (int n = 0; n < kSamples;) {
      std::vector<float> part(static_cast<std::size_t>(1 + n % 700));
      std::iota(part.begin(), part.end(), static_cast<float>(n));
      n += static_cast<int>(part.size());
      pipe.push(std::move(part));
    }
    pipe.end();
  });
  std::array<float, 480> samples{};
  float next = 0;
  for (;;) {
    const auto [count, ended] = pipe.take(samples);
    if (ended) break;
    for (std::size_t n = 0; n < count; ++n) ASSERT_EQ(samples[n], next++);
  }
  EXPECT_GE(next, kSamples);
}

}  // namespace
}  // namespace sluice::transcribe
