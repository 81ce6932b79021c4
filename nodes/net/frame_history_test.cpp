#include "nodes/net/frame_history.h"

#include <gmock/gmock.h>

#include "nodes/net/synthetic_mp3.h"

namespace sluice::net {
namespace {

using testing::Each;
using testing::Field;
using namespace std::chrono_literals;

class History : public testing::Test {
 protected:
  // One frame for each number: how far it reaches back.
  void push(std::initializer_list<std::size_t> main_data_begins) {
    for (const auto begin : main_data_begins) {
      history_.push(
          {.bytes = synthetic_frame(next_mark_++, begin), .capture_time = Time{next_mark_ * kSyntheticDuration}});
    }
  }

  // What a listener that joins now would receive.
  std::vector<ReceivedFrame> joined(Duration burst) {
    const auto entry = history_.entry_point(burst);
    if (!entry) return {};
    std::vector<std::uint8_t> stream;
    history_.append_carriers(*entry, stream);
    for (const auto piece : history_.bytes(entry->play, history_.head()))
      stream.insert(stream.end(), piece.begin(), piece.end());
    return received_frames({reinterpret_cast<const char*>(stream.data()), stream.size()});
  }

  std::uint8_t next_mark_ = 0;
  FrameHistory history_{64 * 1024, 256};
};

TEST_F(History, OffersNoEntryBeforeAFrameCanBeDecoded) {
  EXPECT_FALSE(history_.entry_point(1s));
  push({400, 500});
  EXPECT_FALSE(history_.entry_point(1s));
  push({500});
  EXPECT_TRUE(history_.entry_point(1s));
}

TEST_F(History, StartsOnTheFrameAtTheBurstPointWhenItDecodesAlone) {
  push({0, 0, 0, 0, 0, 0, 0, 0});
  const auto frames = joined(4 * kSyntheticDuration);
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames.front().mark, 4);
  EXPECT_FALSE(frames.front().silent);
}

TEST_F(History, SendsSilencedFramesAheadOfAFrameThatReachesBack) {
  push({0, 381, 400, 500, 500, 500, 500, 500});
  const auto frames = joined(5 * kSyntheticDuration);
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_THAT(frames, Each(Field(&ReceivedFrame::decodable, true)));
  EXPECT_TRUE(frames[0].silent && frames[1].silent);
  EXPECT_FALSE(frames[2].silent);
}

TEST_F(History, GivesTheNewestDecodableFrameWhenTheBurstIsZero) {
  push({0, 381, 400, 500});
  const auto frames = joined(0s);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_THAT(frames, Each(Field(&ReceivedFrame::decodable, true)));
  EXPECT_FALSE(frames.back().silent);
}

TEST_F(History, DoesNotReachAcrossAGap) {
  push({0, 0});
  history_.push({.bytes = synthetic_frame(50, 0), .discontinuity = true});
  history_.push({.bytes = synthetic_frame(51, 200)});
  EXPECT_EQ(joined(0s).front().mark, 50);
  history_.push({.bytes = synthetic_frame(52, 100), .discontinuity = true});
  EXPECT_EQ(joined(0s).back().mark, 52);
  EXPECT_EQ(history_.entry_point(0s)->play, 3 * kSyntheticFrameBytes);  // frame 51: the newest that decodes
}

TEST_F(History, ForgetsTheOldestFrames) {
  for (int i = 0; i < 1000; ++i) push({0});
  EXPECT_EQ(history_.head(), 1000 * kSyntheticFrameBytes);
  EXPECT_LE(history_.head() - history_.tail(), 64u * 1024);
  EXPECT_EQ(history_.tail() % kSyntheticFrameBytes, 0u);
  EXPECT_EQ(joined(10min).size(), (history_.head() - history_.tail()) / kSyntheticFrameBytes);
}

TEST_F(History, KnowsFrameEdgesAndAges) {
  push({0, 0, 0});
  EXPECT_EQ(history_.frame_boundary(1), kSyntheticFrameBytes);
  EXPECT_EQ(history_.frame_end(kSyntheticFrameBytes), 2 * kSyntheticFrameBytes);
  EXPECT_EQ(history_.frame_end(2 * kSyntheticFrameBytes), history_.head());
  EXPECT_EQ(history_.frame_boundary(history_.head() - 1), history_.head());
  EXPECT_EQ(history_.age(kSyntheticFrameBytes), 2 * kSyntheticDuration);
  EXPECT_EQ(history_.age(history_.head()), 0s);
  EXPECT_EQ(history_.capture_time(0), Time{kSyntheticDuration});
}

TEST_F(History, JoinsOtherPacketsOnlyWhereTheySayItIsAllowed) {
  const std::vector<std::uint8_t> packet(100, 7);
  history_.push({.bytes = packet, .capture_time = Time{1s}});
  EXPECT_FALSE(history_.entry_point(1s));
  history_.push({.bytes = packet, .capture_time = Time{2s}, .independent = true});
  EXPECT_EQ(history_.entry_point(10s)->play, 100u);
}

TEST_F(History, IgnoresEmptyAndOversizedFrames) {
  history_.push({});
  history_.push({.bytes = std::vector<std::uint8_t>(kMaxFrameBytes + 1), .independent = true});
  EXPECT_EQ(history_.head(), 0u);
}

}  // namespace
}  // namespace sluice::net
