// The bridge between two simulated clocks, on a fake one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

constexpr double kBlock = 0.01;    // s
constexpr double kLatest = 0.002;  // s that a wake-up comes late, at most

struct Clocks {
  double rate_hz = 16000;
  double made_ppm = 0, taken_ppm = 0;  // of the clock that makes samples, and of the one that takes them
  double latest_s = kLatest;
  bool through_clock_input = false;
};

// A device that makes a 1 kHz tone, the bridge, and a device that takes what comes: two clocks that are fast or slow,
// and whose callbacks come late by chance.
class TwoClocks {
 public:
  explicit TwoClocks(const Clocks& clocks)
      : clocks_(clocks), frames_(static_cast<std::size_t>(clocks.rate_hz * kBlock)) {
    made_.period = kBlock / (1 + clocks.made_ppm * 1e-6);
    taken_.period = kBlock / (1 + clocks.taken_ppm * 1e-6);
    taken_.next = 0.0034;
    const StreamSpec spec = audio_spec(clocks.rate_hz, 1, static_cast<std::int64_t>(frames_));
    bridge_.connect("in", spec);
    if (clocks.through_clock_input)
      bridge_.connect("clock", spec);
    else
      bridge_.node().follow(face_);
    EXPECT_TRUE(bridge_.start());
    // What it holds back is declared in the blocks that it sends, which may be longer than they are.
    const auto longest = static_cast<double>(bridge_.node().outs()[0]->spec().block_frames);
    target_ =
        seconds(bridge_.node().delay()) + seconds(bridge_.node().queueing()) * static_cast<double>(frames_) / longest;
    begin_ = bridge_.now();
  }

  void run(double duration) {
    least_ = 1e9, most_ = -1e9;
    for (const double end = time_ + duration; time_ < end;) {
      Device& next = made_.due() < taken_.due() ? made_ : taken_;
      time_ = next.due();
      bridge_.clock().advance(begin_ + from_seconds(time_) - bridge_.now());
      &next == &made_ ? make() : take();
      next.next += next.period;
      next.late = clocks_.latest_s * uniform_(random_);
      collect();
    }
  }

  // The device that makes samples stops for a while; `late`: and delivers afterwards what it made meanwhile.
  void stall_maker(double duration, bool late) {
    if (late) {
      made_.held_until = time_ + duration;
    } else {
      const double periods = std::round(duration / made_.period);
      made_.next += periods * made_.period;
      made_frames_ += static_cast<std::int64_t>(periods) * static_cast<std::int64_t>(frames_);
      gap_ = true;
    }
  }
  void stall_taker(double duration) {
    taken_.held_until = time_ + duration;
    taken_.next += duration;
  }
  void start_taker_late(double duration) { taken_.next += duration; }
  void start_maker_late(double duration) { made_.next += duration; }

  double counter(const char* name) const { return bridge_.counter(name); }
  NodeHarness& bridge() { return bridge_; }
  double target_ms() const { return target_ * 1e3; }
  // Time from the arrival that was due to the moment when a sample was taken: least and most of the last run. [ms]
  double least_ms() const { return least_ * 1e3; }
  double most_ms() const { return most_ * 1e3; }
  int xruns() const { return xruns_; }
  int gaps() const { return gaps_; }
  const Channel& heard() const { return heard_; }
  void listen(bool on) {
    listening_ = on;
    heard_.clear();
  }

 private:
  struct Device {
    double period = kBlock, next = 0, late = 0, held_until = 0;
    double due() const { return std::max(next + late, held_until); }
  };

  void make() {
    BlockRef block = pool().take();
    for (float& x : block->channel(0))
      x = 0.5f * static_cast<float>(
                     std::sin(2 * std::numbers::pi * 1000 / clocks_.rate_hz * static_cast<double>(made_frames_++)));
    block->header.capture_time = begin_ + from_seconds(made_.next - kBlock);
    block->header.sequence = sequence_++;
    block->header.frames = static_cast<std::int64_t>(frames_);
    block->header.flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u);
    bridge_.feed("in", std::move(block));
  }

  void take() {
    if (clocks_.through_clock_input) {
      BlockRef tick = pool().take();
      tick->header.frames = static_cast<std::int64_t>(frames_);
      bridge_.feed("clock", std::move(tick));
      return;
    }
    const std::size_t buffered = waiting_frames();
    if (!playing_) playing_ = buffered >= 2 * frames_;  // as a device's buffer that is half filled before it starts
    if (!playing_) return;
    if (buffered < frames_) {
      playing_ = false;
      ++xruns_;
      return;
    }
    const Block& front = *queue_.front();
    const Time captured = front.header.capture_time + frames_to_duration(static_cast<double>(used_), clocks_.rate_hz);
    face_->show({bridge_.now(), captured});
    note(begin_ + from_seconds(taken_.next), captured);
    for (std::size_t n = 0; n < frames_; ++n) take_frame();
  }

  void take_frame() {
    if (listening_) heard_.push_back(std::as_const(*queue_.front()).channel(0)[used_]);
    if (++used_ < queue_.front()->frames()) return;
    used_ = 0;
    queue_.pop_front();
  }

  void collect() {
    for (BlockRef& block : bridge_.out("out")) {
      gaps_ += block->discontinuity();
      if (!clocks_.through_clock_input) {
        queue_.push_back(std::move(block));
        continue;
      }
      note(begin_ + from_seconds(taken_.next - taken_.period), block->header.capture_time);
      const auto x = std::as_const(*block).channel(0);
      if (listening_) heard_.insert(heard_.end(), x.begin(), x.end());
    }
    bridge_.out("out").clear();
  }

  void note(Time taken, Time captured) {
    const double wait = seconds(taken - captured) - kBlock;
    least_ = std::min(least_, wait);
    most_ = std::max(most_, wait);
  }

  std::size_t waiting_frames() const {
    std::size_t frames = 0;
    for (const BlockRef& block : queue_) frames += block->frames();
    return frames - used_;
  }

  BlockPool& pool() { return pool_; }

  Clocks clocks_;
  std::size_t frames_;
  std::shared_ptr<ClockFace> face_ = std::make_shared<ClockFace>(from_seconds(2 * kBlock));
  BlockPool pool_{{.channels = 1, .frames = frames_, .sample_bytes = sizeof(float)}, 64};
  NodeHarness bridge_{"clock.bridge"};
  std::deque<BlockRef> queue_;  // what waits for the device that takes
  std::size_t used_ = 0;        // of the first
  std::minstd_rand random_{11};
  std::uniform_real_distribution<double> uniform_{0, 1};
  Device made_, taken_;
  Time begin_{};
  double time_ = 0, target_ = 0, least_ = 0, most_ = 0;  // s
  std::int64_t made_frames_ = 0;
  std::uint64_t sequence_ = 0;
  bool gap_ = false, playing_ = false, listening_ = false;
  int xruns_ = 0, gaps_ = 0;
  Channel heard_;
};

// Frequency and THD+N of a sine: the least residual of a fit of both quadratures, over the frequency.
struct Sine {
  double hz = 0, noise_db = 0;
};

double residual(std::span<const float> x, double w) {
  double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, xx = 0;
  for (std::size_t n = 0; n < x.size(); ++n) {
    const double c = std::cos(w * static_cast<double>(n)), s = std::sin(w * static_cast<double>(n)), v = x[n];
    cc += c * c, ss += s * s, cs += c * s, xc += v * c, xs += v * s, xx += v * v;
  }
  const double det = cc * ss - cs * cs, a = (xc * ss - xs * cs) / det, b = (xs * cc - xc * cs) / det;
  return (xx - a * xc - b * xs) / xx;
}

Sine fit(std::span<const float> x, double hz, double rate_hz) {
  const double w = 2 * std::numbers::pi / rate_hz;
  double low = hz * 0.999, high = hz * 1.001;
  for (int k = 0; k < 60; ++k) {
    const double third = (high - low) / 3;
    if (residual(x, w * (low + third)) < residual(x, w * (high - third)))
      high -= third;
    else
      low += third;
  }
  return {low, 10 * std::log10(residual(x, w * low))};
}

// Largest step from sample to sample.
double steepest(const Channel& x) {
  double most = 0;
  for (std::size_t n = 1; n < x.size(); ++n) most = std::max(most, static_cast<double>(std::abs(x[n] - x[n - 1])));
  return most;
}

struct Drift {
  double made_ppm, taken_ppm;
  bool through_clock_input;
};

void PrintTo(const Drift& drift, std::ostream* out) {
  *out << drift.made_ppm << " to " << drift.taken_ppm << " ppm" << (drift.through_clock_input ? ", clock input" : "");
}

class ClockBridgeDrift : public testing::TestWithParam<Drift> {};

TEST_P(ClockBridgeDrift, LeavesTheDelayConstantForAnHour) {
  TwoClocks clocks({.rate_hz = 8000,
                    .made_ppm = GetParam().made_ppm,
                    .taken_ppm = GetParam().taken_ppm,
                    .through_clock_input = GetParam().through_clock_input});
  clocks.run(60);
  clocks.run(3600);
  const double expected = clocks.target_ms() - 1e3 * kLatest / 2;  // callbacks come late, half of kLatest on average
  EXPECT_GT(clocks.least_ms(), expected - 0.5);
  EXPECT_LT(clocks.most_ms(), expected + 0.5);
  EXPECT_EQ(clocks.xruns() + clocks.counter("xruns"), 0);
  EXPECT_EQ(clocks.counter("resyncs"), 0);
  EXPECT_EQ(clocks.counter("dropped_frames"), 0);
  EXPECT_NEAR(clocks.counter("ratio_ppm"), GetParam().taken_ppm - GetParam().made_ppm, 100);
  EXPECT_EQ(clocks.bridge().realtime_violation(), "");
}

INSTANTIATE_TEST_SUITE_P(Clocks, ClockBridgeDrift,
                         testing::Values(Drift{200, 0, false}, Drift{-200, 0, false}, Drift{0, 200, true}));

class ClockBridgeSteps : public testing::TestWithParam<bool> {
 protected:
  // The delay is at its target again five seconds after whatever happened, and stays.
  void expect_settled(TwoClocks& clocks, const char* what) {
    clocks.run(5);
    const double xruns = clocks.xruns() + clocks.counter("xruns"), resyncs = clocks.counter("resyncs");
    clocks.run(10);
    EXPECT_NEAR(clocks.least_ms(), clocks.target_ms() - 1, 1) << what;
    EXPECT_NEAR(clocks.most_ms(), clocks.target_ms() - 1, 1) << what;
    EXPECT_EQ(clocks.xruns() + clocks.counter("xruns"), xruns) << what;
    EXPECT_EQ(clocks.counter("resyncs"), resyncs) << what;
    EXPECT_EQ(clocks.bridge().realtime_violation(), "") << what;
  }
  Clocks clocks_{.made_ppm = 100, .through_clock_input = GetParam()};
};

TEST_P(ClockBridgeSteps, AStallWhoseSamplesComeLateDropsThem) {
  TwoClocks clocks(clocks_);
  clocks.run(20);
  const int gaps = clocks.gaps();
  clocks.stall_maker(0.3, true);
  expect_settled(clocks, "stall");
  EXPECT_GT(clocks.counter("dropped_frames"), 0.2 * 16000);
  EXPECT_LT(clocks.counter("dropped_frames"), 0.4 * 16000);
  EXPECT_GE(clocks.counter("resyncs"), 1);
  EXPECT_GT(clocks.gaps(), gaps);
}

TEST_P(ClockBridgeSteps, AStallWhoseSamplesAreLostIsFilledWithSilence) {
  TwoClocks clocks(clocks_);
  clocks.run(20);
  const int gaps = clocks.gaps();
  clocks.stall_maker(0.3, false);
  expect_settled(clocks, "loss");
  EXPECT_GE(clocks.xruns() + clocks.counter("xruns"), 1);
  EXPECT_GT(clocks.gaps(), gaps);
}

TEST_P(ClockBridgeSteps, ALostBlockIsReplacedBySilenceOfItsLength) {
  TwoClocks clocks(clocks_);
  clocks.run(20);
  clocks.stall_maker(kBlock, false);
  clocks.run(0.5);
  EXPECT_EQ(clocks.counter("xruns"), 1);
  EXPECT_EQ(clocks.counter("dropped_frames"), 0);
  expect_settled(clocks, "one block");
}

TEST_P(ClockBridgeSteps, AStallOfTheClockThatTakesIsDropped) {
  TwoClocks clocks(clocks_);
  clocks.run(20);
  clocks.stall_taker(0.3);
  expect_settled(clocks, "stall");
  EXPECT_NEAR(clocks.counter("dropped_frames"), 0.3 * 16000, 0.02 * 16000);
}

TEST_P(ClockBridgeSteps, ALateStartNeverBecomesLatency) {
  for (const double late : {0.004, 0.1, 1.0, 3.0}) {
    TwoClocks taker(clocks_), maker(clocks_);
    taker.start_taker_late(late);
    taker.run(late);
    expect_settled(taker, "taker");
    maker.start_maker_late(late);
    maker.run(late);
    expect_settled(maker, "maker");
  }
}

TEST_P(ClockBridgeSteps, NeitherDriftNorSettlingNorJumpsClick) {
  TwoClocks clocks(clocks_);
  clocks.listen(true);
  clocks.run(5);
  clocks.stall_maker(kBlock, false);
  clocks.run(1);
  clocks.stall_taker(0.1);
  clocks.run(2);
  const double of_the_tone = 0.5 * 2 * std::numbers::pi * 1000 / 16000, of_a_fade = 1.0 / 40;  // 2.5 ms
  EXPECT_LT(steepest(clocks.heard()), of_the_tone + of_a_fade);
}

TEST_P(ClockBridgeSteps, AToneComesThroughWithLessThan90dBOfNoiseAndDistortion) {
  clocks_.latest_s = 1e-4;  // a device without a server between
  TwoClocks clocks(clocks_);
  clocks.run(120);
  clocks.listen(true);
  clocks.run(0.2);
  const Sine sine = fit(clocks.heard(), 1000, 16000);
  EXPECT_LT(sine.noise_db, -90);
  EXPECT_NEAR(sine.hz, 1000 * (1 + 100e-6), 0.01) << "100 ppm more samples of the tone in every second";
}

INSTANTIATE_TEST_SUITE_P(Clocks, ClockBridgeSteps, testing::Bool(), [](const auto& device) {
  return std::string(device.param ? "TakenByTheClockInput" : "TakenByADevice");
});

TEST(ClockBridge, WithoutAClockToFollowChangesNothing) {
  NodeHarness h("clock.bridge");
  h.connect("in", audio_spec(48000, 2));
  ASSERT_TRUE(h.start());
  const Channel left = seeded_noise(2000, 1), right = seeded_noise(2000, 2);
  h.feed_audio("in", {left, right});
  h.end();
  EXPECT_EQ(h.audio("out"), (Audio{left, right}));
  EXPECT_EQ(h.node().delay(), Duration{});
}

TEST(ClockBridge, KeepsCaptureTimesOnTheirSamplesAndEndsWithTheLast) {
  NodeHarness h("clock.bridge");
  h.node().follow(std::make_shared<ClockFace>());
  h.connect("in", audio_spec(48000, 1));
  ASSERT_TRUE(h.start());
  Channel x(480 * 20);
  x[5000] = 1;
  const Time begin = h.now();
  for (std::size_t at = 0; at < x.size(); at += 480) {
    h.feed_audio("in", {Channel(x.begin() + static_cast<std::ptrdiff_t>(at),
                                x.begin() + static_cast<std::ptrdiff_t>(at) + 480)});
    h.clock().advance(std::chrono::milliseconds(10));
  }
  h.end();
  Time found{};
  float most = 0;
  for (const BlockRef& block : h.out("out"))
    for (std::size_t n = 0; n < block->frames(); ++n)
      if (const float v = std::abs(std::as_const(*block).channel(0)[n]); v > most) {
        most = v;
        found = block->header.capture_time + frames_to_duration(static_cast<double>(n), 48000);
      }
  EXPECT_NEAR(seconds(found - begin) * 48000, 5000, 3);
  const BlockHeader& last = h.out("out").back()->header;
  EXPECT_NEAR(seconds(last.capture_time - begin) * 48000 + static_cast<double>(last.frames), 9600, 3);
}

TEST(ClockBridge, KeepsChannelsApartInBlocksOfAnyLength) {
  for (const std::int64_t block : {100, 441, 4096}) {
    NodeHarness h("clock.bridge");
    h.node().follow(std::make_shared<ClockFace>());
    h.connect("in", audio_spec(48000, 2, block));
    ASSERT_TRUE(h.start());
    h.feed_audio("in", {Channel(40'000), sine(1000, 48000, 40'000)});
    h.end();
    EXPECT_EQ(h.realtime_violation(), "") << block;
    const Audio y = h.audio("out");
    EXPECT_EQ(peak(y[0]), 0) << block;
    EXPECT_LT(fit(std::span(y[1]).last(21'000).first(19'200), 1000, 48000).noise_db, -110) << block;
  }
}

TEST(ClockBridge, WaitsAtLeastForABlockOfEachSideAndItsResampler) {
  NodeHarness h("clock.bridge");
  ASSERT_TRUE(h.set("delay", "0 s"));
  h.connect("in", audio_spec(48000, 1, 480));
  h.connect("clock", audio_spec(48000, 2, 960));
  ASSERT_TRUE(h.start());
  EXPECT_NEAR(milliseconds(h.node().delay()), 10 + 20 + 5, 0.1);
}

TEST(ClockBridge, LeavesWhatItHoldsBackToTheBorderBeforeTheClock) {
  NodeHarness h("clock.bridge");
  h.node().follow(std::make_shared<ClockFace>());
  ASSERT_TRUE(h.set("delay", "1 s"));
  h.connect("in", audio_spec(48000, 1, 480));
  ASSERT_TRUE(h.start());
  EXPECT_NEAR(milliseconds(h.node().delay()), 5, 0.1) << "the resampler's own";
  const Duration block = h.node().outs()[0]->spec().block_period();
  EXPECT_NEAR(static_cast<double>(h.node().queueing() / block), 99, 1) << "blocks of 10 ms";
}

TEST(ClockBridge, RefusesAClockOfAnotherRate) {
  NodeHarness h("clock.bridge");
  h.connect("in", audio_spec(48000, 1));
  h.connect("clock", audio_spec(44100, 1));
  const Status status = h.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "clock");
  EXPECT_THAT(status.error().message, testing::HasSubstr("resample"));
}

}  // namespace
}  // namespace sluice::dsp
