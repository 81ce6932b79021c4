#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "engine/testing/node_harness.h"

namespace sluice::speech {
namespace {

std::string frames_of(const std::string& type, std::int64_t block, std::size_t samples, std::size_t* count) {
  NodeHarness node(type);
  node.connect("in", audio_spec(16000, 1, block));
  EXPECT_TRUE(node.start());
  std::vector<float> x(samples);
  for (std::size_t n = 0; n < samples; ++n) x[n] = 0.2f * std::sin(0.03f * static_cast<float>(n));
  node.feed_audio("in", {x});
  node.end();
  EXPECT_EQ(node.realtime_violation(), "");
  *count = node.out("out").size();
  std::int64_t position = 0;
  for (const BlockRef& frame : node.out("out")) {
    EXPECT_EQ(frame->header.position, position);
    position += 160;
  }
  return node.bytes("out");
}

TEST(Features, AreTheSameWhateverTheBlockSize) {
  for (const char* const type : {"features.fbank", "features.mfcc"}) {
    std::size_t count = 0;
    const std::string expected = frames_of(type, 480, 1000, &count);
    EXPECT_EQ(count, 1 + (1000 - 400) / 160u) << type << ": whole windows only";
    for (const std::int64_t block : {1, 77, 4096}) EXPECT_EQ(frames_of(type, block, 1000, &count), expected) << type;
  }
}

TEST(Features, OfMoreCepstraThanEnergiesAreRefused) {
  NodeHarness node("features.mfcc");
  ASSERT_TRUE(node.set("count", "40"));
  node.connect("in", audio_spec(16000, 1));
  const Status status = node.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "count");
}

}  // namespace
}  // namespace sluice::speech
