// A SoapySDR device at both ends of the nodes: testing/scripted_radio.cpp, loaded as any driver's module is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/radio_device.h"

namespace sluice::sdr {
namespace {

using testing::HasSubstr;

constexpr int kPatience = 2000;  // calls

// SoapySDR loads its modules when it is first asked for anything.
const int plugin_path_is_set = setenv("SOAPY_SDR_PLUGIN_PATH", SLUICE_TEST_RADIO, 1);

// The number that the scripted radio gave a sample.
std::int64_t number_of(Sample x) {
  return static_cast<std::int64_t>(x.real() * 8192) + 8192 * static_cast<std::int64_t>(x.imag() * 8192);
}

std::string script(const std::string& id, const std::string& rest = "") {
  return "driver=scripted, id=" + id + (rest.empty() ? "" : ", ") + rest;
}

class Receiver {
 public:
  explicit Receiver(const std::string& device) { EXPECT_TRUE(harness.set("device", device)); }

  // Until `blocks` blocks have come, or the node has ended.
  void pull(std::size_t blocks) {
    for (int n = 0; n < kPatience && harness.out("out").size() < blocks && !harness.node().failed(); ++n) {
      const Pull next = harness.pull();
      const Duration step = next.when == Pull::When::at ? next.time - harness.now() : std::chrono::milliseconds(20);
      harness.clock().advance(std::max(step, Duration(1)));
    }
  }
  // Numbers of the samples that do not follow the one before, with "*" where the block says so.
  std::vector<std::string> jumps() {
    std::vector<std::string> found;
    std::int64_t expected = 0;
    for (const BlockRef& block : harness.out("out")) {
      bool first = true;
      for (const Sample x : std::as_const(*block).iq()) {
        const std::int64_t n = number_of(x);
        if (n != expected) found.push_back(std::to_string(n) + (first && block->discontinuity() ? "*" : ""));
        first = false;
        expected = n + 1;
      }
    }
    return found;
  }

  NodeHarness harness{"sdr.soapy_source"};
};

TEST(SoapySource, ReadsEverySampleOfADevice) {
  Receiver receiver(script("plain"));
  ASSERT_TRUE(receiver.harness.start());
  receiver.pull(10);
  EXPECT_EQ(receiver.harness.out("out").size(), 10u);
  EXPECT_THAT(receiver.jumps(), testing::IsEmpty());
  EXPECT_EQ(receiver.harness.counter("overflows"), 0);
}

TEST(SoapySource, EndsAfterItsDuration) {
  Receiver receiver(script("short"));
  ASSERT_TRUE(receiver.harness.set("rate", "1 MHz"));
  ASSERT_TRUE(receiver.harness.set("duration", "0.02 s"));
  ASSERT_TRUE(receiver.harness.start());
  receiver.pull(10);
  std::size_t samples = 0;
  for (const BlockRef& block : receiver.harness.out("out")) samples += block->frames();
  EXPECT_EQ(samples, 20'000u);
  EXPECT_EQ(receiver.harness.pull().when, Pull::When::ended);
}

TEST(SoapySource, FlagsAndCountsWhatTheDeviceDropped) {
  Receiver receiver(script("slow", "overflow_at=20000"));
  ASSERT_TRUE(receiver.harness.start());
  receiver.pull(5);
  EXPECT_THAT(receiver.jumps(), testing::ElementsAre("21000*"));
  EXPECT_EQ(receiver.harness.counter("overflows"), 1);
  EXPECT_EQ(receiver.harness.counter("reopened"), 0);
}

TEST(SoapySource, OpensADeviceAnewThatStandsStill) {
  Receiver receiver(script("still", "stall_at=20000"));
  ASSERT_TRUE(receiver.harness.start());
  receiver.pull(6);
  ASSERT_EQ(receiver.harness.out("out").size(), 6u);
  EXPECT_EQ(receiver.harness.counter("reopened"), 1);
  EXPECT_TRUE(receiver.harness.out("out")[3]->discontinuity());
}

TEST(SoapySource, WaitsForADeviceThatWasPulledOut) {
  Receiver receiver(script("loose", "vanish_at=20000, back_after=3"));
  ASSERT_TRUE(receiver.harness.start());
  receiver.pull(6);
  ASSERT_EQ(receiver.harness.out("out").size(), 6u);
  EXPECT_EQ(receiver.harness.counter("reopened"), 1);
  EXPECT_TRUE(receiver.harness.out("out")[3]->discontinuity());
}

TEST(SoapySource, GivesUpADeviceThatStaysAway) {
  Receiver receiver(script("gone", "vanish_at=20000"));
  ASSERT_TRUE(receiver.harness.set("give_up", "10 s"));
  ASSERT_TRUE(receiver.harness.start());
  const Time begun = receiver.harness.now();
  receiver.pull(6);
  EXPECT_THAT(std::string(receiver.harness.node().failure()), HasSubstr("gone"));
  EXPECT_NEAR(seconds(receiver.harness.now() - begun), 12, 2);
}

TEST(SoapySource, SaysWhatThereIsWhenTheDeviceIsNot) {
  Receiver receiver("driver=rtlsdr, serial=7");
  const Status status = receiver.harness.start();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), HasSubstr("no radio fits 'driver=rtlsdr, serial=7'; there are: "));
  EXPECT_THAT(status.error().text(), HasSubstr("'driver=scripted'"));
}

TEST(SoapySource, SaysWhatTheDeviceCanDo) {
  const std::vector<std::array<const char*, 3>> wrong{
      {"rate", "8 MHz", "1"},        {"frequency", "10 MHz", "2.4e+07 to 1.8e+09 Hz"},
      {"gain", "60", "0 to 50 dB"},  {"automatic", "true", "no automatic gain"},
      {"antenna", "Moon", "RX, TX"}, {"channel", "1", "channels 0 to 0"}};
  for (const auto& [param, value, expected] : wrong) {
    Receiver receiver(script("picky"));
    ASSERT_TRUE(receiver.harness.set(param, value));
    const Status status = receiver.harness.start();
    ASSERT_FALSE(status) << param;
    EXPECT_THAT(status.error().text(), HasSubstr(expected)) << param;
  }
}

TEST(SoapyDevices, AreListed) {
  std::vector<std::string> found;  // one that is really plugged in may be among them
  for (const auto& device : list_radio_devices()) found.push_back(device.label + ": " + device.arguments);
  EXPECT_THAT(found, testing::Contains("scripted radio: driver=scripted"));
}

// Sends samples 0, 1, 2, ... in blocks; what the device was given.
class Sender {
 public:
  explicit Sender(const std::string& id, const std::string& rest = "") : path_(testing::TempDir() + id + ".cf32") {
    std::remove(path_.c_str());
    EXPECT_TRUE(harness.set("device", script(id, "out=" + path_ + (rest.empty() ? "" : ", ") + rest)));
    harness.connect("in", {.format = iq_format(1e6), .block_frames = kFrames});
  }
  void send(int blocks) {
    for (int b = 0; b < blocks; ++b) {
      BlockRef block = pool_.take();
      for (Sample& x : block->iq()) x = {static_cast<float>(next_++), 0};
      harness.feed("in", std::move(block));
      pull();
    }
  }
  // Until there is nothing to send.
  void pull() {
    for (int n = 0; n < kPatience; ++n) {
      const Pull next = harness.pull();
      if (next.when == Pull::When::woken || next.when == Pull::When::ended) return;
      if (next.when == Pull::When::at) return harness.clock().advance(next.time - harness.now());
      harness.clock().advance(std::chrono::milliseconds(20));
    }
  }
  std::vector<int> sent() {
    std::ifstream file(path_, std::ios::binary);
    std::vector<int> numbers;
    for (Sample x; file.read(reinterpret_cast<char*>(&x), sizeof x);) numbers.push_back(static_cast<int>(x.real()));
    return numbers;
  }

  static constexpr std::int64_t kFrames = 4096;
  NodeHarness harness{"sdr.soapy_sink"};

 private:
  std::string path_;
  int next_ = 0;
  BlockPool pool_{{.channels = 1, .frames = kFrames, .sample_bytes = 8}, 2};
};

TEST(SoapySink, SendsEverySample) {
  Sender sender("sender");
  ASSERT_TRUE(sender.harness.start());
  sender.send(10);
  sender.harness.end();
  EXPECT_EQ(sender.harness.pull().when, Pull::When::ended);
  sender.harness.node().stop();
  std::vector<int> all(10 * Sender::kFrames);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(sender.sent(), all);
  EXPECT_EQ(sender.harness.handed_over_count(), 10);
}

TEST(SoapySink, GoesOnWithADeviceThatStoodStill) {
  Sender sender("stuck", "stall_at=10000");
  ASSERT_TRUE(sender.harness.start());
  sender.send(10);
  EXPECT_EQ(sender.harness.counter("reopened"), 1);
  EXPECT_GT(sender.harness.counter("unsent"), 0);
  sender.harness.node().stop();
  const auto sent = sender.sent();
  EXPECT_EQ(sent.size() + static_cast<std::size_t>(sender.harness.counter("unsent")), 10u * Sender::kFrames);
  EXPECT_EQ(sent.back(), 10 * Sender::kFrames - 1);
}

TEST(SoapySink, DoesNotBlameTheDeviceForAPause) {
  Sender sender("patient");
  ASSERT_TRUE(sender.harness.start());
  sender.send(1);
  sender.harness.clock().advance(std::chrono::seconds(60));
  sender.send(1);
  EXPECT_EQ(sender.harness.counter("reopened"), 0);
}

}  // namespace
}  // namespace sluice::sdr
