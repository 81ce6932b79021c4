#include "nodes/text/kernels/subtitle_text.h"

#include <gtest/gtest.h>

namespace sluice::text {
namespace {

TEST(SubtitleText, WritesTimesAsEachFormatHasThem) {
  EXPECT_EQ(time_text(3723.4567, SubtitleFormat::srt), "01:02:03,457");
  EXPECT_EQ(time_text(3723.4567, SubtitleFormat::vtt), "01:02:03.457");
  EXPECT_EQ(time_text(59.9996, SubtitleFormat::srt), "00:01:00,000");
  EXPECT_EQ(time_text(-1, SubtitleFormat::srt), "00:00:00,000");
  EXPECT_EQ(time_text(100 * 3600, SubtitleFormat::vtt), "100:00:00.000");
}

TEST(SubtitleText, WritesCues) {
  const Cue cue{1, 2.5, {"Ask not", "what"}};
  EXPECT_EQ(subtitle_cue(cue, 7, SubtitleFormat::srt), "7\n00:00:01,000 --> 00:00:02,500\nAsk not\nwhat\n\n");
  EXPECT_EQ(subtitle_head(SubtitleFormat::srt) + subtitle_head(SubtitleFormat::vtt), "WEBVTT\n\n");
}

// WebVTT 6.4: neither a tag, nor a reference, nor the arrow that would begin another cue.
TEST(SubtitleText, EscapesWhatWebVttWouldTakeForMarkup) {
  const Cue cue{0, 1, {"a < b & c --> d"}};
  EXPECT_EQ(subtitle_cue(cue, 1, SubtitleFormat::vtt),
            "1\n00:00:00.000 --> 00:00:01.000\na &lt; b &amp; c --&gt; d\n\n");
}

TEST(SubtitleText, KeepsALineALine) {
  const Cue cue{0, 1, {"a\nb"}};
  EXPECT_EQ(subtitle_cue(cue, 1, SubtitleFormat::srt), "1\n00:00:00,000 --> 00:00:01,000\na b\n\n");
}

}  // namespace
}  // namespace sluice::text
