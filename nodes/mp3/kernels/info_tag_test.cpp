#include "nodes/mp3/kernels/info_tag.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nodes/mp3/kernels/bitstream_stage.h"
#include "nodes/mp3/kernels/crc.h"

namespace sluice::mp3 {
namespace {

std::uint32_t big_endian(const std::vector<std::uint8_t>& bytes, std::size_t at, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[at++];
  return value;
}

TEST(InfoTagTest, SaysWhatThePlayerNeeds) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(info_frame_bytes(format)));
  const StreamTotals totals{
      .frames = 1000, .bytes = 417959, .music_crc = 0xbeef, .enc_delay = 528, .padding = 1234, .lowpass_hz = 17000};
  write_info_frame(format, true, totals, frame);
  EXPECT_EQ(frame.size(), 417u);
  EXPECT_EQ(std::string(frame.begin() + 36, frame.begin() + 40), "Info");
  EXPECT_EQ(big_endian(frame, 36 + 8, 4), 1000u);
  EXPECT_EQ(big_endian(frame, 36 + 12, 4), 417959u + 417u);
  EXPECT_EQ(big_endian(frame, 36 + 141, 3), 528u << 12 | 1234u);
  EXPECT_EQ(big_endian(frame, 36 + 152, 2), 0xbeefu);
  EXPECT_EQ(big_endian(frame, 190, 2), tag_crc(0, std::span(frame).first(190)));
}

TEST(InfoTagTest, NamesTheMethodAndTheSeekTable) {
  const auto format = *StreamFormat::make(44100, 2, 160);
  StreamTotals totals{.frames = 1000, .bytes = 417959};
  totals.method = RateMethod::kVariable;
  totals.quality = 2;
  totals.bitrate_kbps = 32;
  for (std::size_t p = 0; p < totals.seek.size(); ++p) totals.seek[p] = static_cast<std::uint8_t>(2 * p);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(info_frame_bytes(format)));
  write_info_frame(format, true, totals, frame);
  EXPECT_EQ(std::string(frame.begin() + 36, frame.begin() + 40), "Xing");
  for (int p = 0; p < 100; ++p) EXPECT_EQ(frame[36 + 16 + p], 2 * p);
  EXPECT_EQ(big_endian(frame, 36 + 116, 4), 80u);   // quality
  EXPECT_EQ(frame[36 + 129] & 15, 4);               // method
  EXPECT_EQ(frame[36 + 140], 32);                   // least bitrate
  EXPECT_EQ(big_endian(frame, 36 + 146, 2), 480u);  // V2
}

TEST(InfoTagTest, TakesReplayGainLater) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  std::vector<std::uint8_t> frame(static_cast<std::size_t>(info_frame_bytes(format)));
  const ReplayGain gain{.track_gain_db = -7.34, .peak = 0.5};
  EXPECT_FALSE(set_replay_gain(gain, frame));
  write_info_frame(format, true, StreamTotals{}, frame);
  EXPECT_FALSE(set_replay_gain(gain, frame)) << "a placeholder is no tag";
  write_info_frame(format, true, {.frames = 10, .bytes = 4170}, frame);
  EXPECT_TRUE(set_replay_gain(gain, frame));
  EXPECT_EQ(big_endian(frame, 36 + 131, 4), 1u << 22);
  EXPECT_EQ(big_endian(frame, 36 + 135, 2), 1u << 13 | 3u << 10 | 1u << 9 | 73u);
  EXPECT_EQ(big_endian(frame, 190, 2), tag_crc(0, std::span(frame).first(190)));
}

TEST(InfoTagTest, FindsAFrameThatHoldsItAtLowBitrates) {
  for (const int rate_hz : {16000, 22050, 24000, 32000, 44100, 48000})
    for (const int bitrate : bitrates_for(rate_hz))
      for (const int channels : {1, 2}) {
        const auto format = *StreamFormat::make(rate_hz, channels, bitrate);
        EXPECT_GE(info_frame_bytes(format), 4 + format.side_info_bytes() + 156);
      }
}

TEST(InfoTagTest, ClosingGranulesLetEverySampleOut) {
  for (const int rate_hz : {44100, 22050})
    for (std::int64_t samples = 1; samples < 6000; samples += 7) {
      const auto format = *StreamFormat::at_rate(rate_hz, 2);
      const std::int64_t granules = (samples + kLines - 1) / kLines;
      const std::int64_t all = granules + closing_granules(format, granules, samples, true);
      StreamTotals totals{.frames = static_cast<std::uint32_t>((all - 1) / format.granules())};
      EXPECT_EQ((all - 1) % format.granules(), 0);
      set_gapless(format, samples, totals);
      EXPECT_GE(totals.padding, kDecoderDelay);
      EXPECT_GE(totals.frames, 2u);
      EXPECT_EQ(totals.enc_delay + samples + totals.padding, totals.frames * format.frame_samples());
    }
}

}  // namespace
}  // namespace sluice::mp3
