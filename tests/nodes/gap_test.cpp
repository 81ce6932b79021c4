// A gap in the sound on its way through the MP3 encoder: what follows it needs nothing of what came before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "engine/testing/node_harness.h"
#include "tests/nodes/nodes_for_tests.h"

namespace sluice {
namespace {

constexpr std::size_t kFrames = 60'000;

// The packets of an encoder that is given two pieces of sound with a gap between them. The harnesses own the packets.
class EncoderWithAGap {
 public:
  EncoderWithAGap() {
    for (const char* type : {"mp3.filterbank", "mp3.mdct", "mp3.psychoacoustics", "mp3.quantize", "mp3.bitstream"})
      stages_.push_back(std::make_unique<NodeHarness>(type));
    EXPECT_TRUE(stages_.back()->set("info_tag", "false"));
    StreamSpec spec = audio_spec(44100, 2);
    for (std::size_t n = 0; n < stages_.size(); ++n) {
      stages_[n]->connect("in", spec);
      EXPECT_TRUE(stages_[n]->start());
      if (n == 0) {
        stages_[0]->feed_audio("in", test_audio(2, kFrames));
        stages_[0]->feed_audio("in", test_audio(2, kFrames), kDiscontinuity);
      } else {
        for (const BlockRef& block : stages_[n - 1]->out("out")) stages_[n]->feed("in", block);
      }
      stages_[n]->end();
      spec = stages_[n]->node().outs()[0]->spec();
    }
  }
  std::vector<BlockRef>& packets() { return stages_.back()->out("out"); }

 private:
  std::vector<std::unique_ptr<NodeHarness>> stages_;
};

// ISO/IEC 11172-3, 2.4.1.3: header of 32 bits, then the side information, which begins with main_data_begin (9 bits).
unsigned main_data_begin(const Block& frame) {
  const auto byte = [&](std::size_t n) { return std::to_integer<unsigned>(frame.bytes()[n]); };
  return (byte(4) << 1) | (byte(5) >> 7);
}

// Bytes of a frame behind header and side information (2.4.1.7: 32 bytes with two channels).
std::size_t main_data_bytes(const Block& frame) {
  return frame.bytes().size() - 4 - 32;
}

TEST(Gap, MakesTheEncoderBeginAfresh) {
  EncoderWithAGap encoder;
  const auto after = std::ranges::find_if(encoder.packets(), [](const BlockRef& p) { return p->discontinuity(); });
  ASSERT_NE(after, encoder.packets().end()) << "and the gap is passed on";
  ASSERT_GT(after - encoder.packets().begin(), 20);
  EXPECT_GT(std::ranges::count_if(encoder.packets().begin(), after,
                                  [](const BlockRef& p) { return main_data_begin(*p) > 0; }),
            10)
      << "before, frames lean on one another";
  EXPECT_EQ(main_data_begin(**after), 0u);
  EXPECT_TRUE((*after)->has(kIndependent));
  std::size_t since = 0;
  for (auto packet = after; packet != encoder.packets().end(); ++packet) {
    EXPECT_LE(main_data_begin(**packet), since) << "packet " << (*packet)->header.sequence;
    since += main_data_bytes(**packet);
  }
}

}  // namespace
}  // namespace sluice
