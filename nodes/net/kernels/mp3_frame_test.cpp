#include "nodes/net/kernels/mp3_frame.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace sluice::net {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A frame of `size` bytes: header, then bytes that count up.
Bytes frame_of(std::size_t size, std::array<std::uint8_t, 4> header) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::copy(header.begin(), header.end(), bytes.begin());
  return bytes;
}

TEST(Mp3Frame, ReadsSizeAndDurationOfMpeg1) {
  const auto frame = parse_mp3_frame(frame_of(417, {0xFF, 0xFB, 0x90, 0x00}));  // 128 kbit/s, 44.1 kHz, stereo
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->bitrate_kbps, 128);
  EXPECT_EQ(frame->sample_rate_hz, 44100);
  EXPECT_EQ(frame->channels, 2);
  EXPECT_EQ(frame->main_data_bytes, 417u - 4 - 32);
  EXPECT_EQ(frame->duration_ns(), 26'122'448);
}

TEST(Mp3Frame, ReadsLowSamplingRatesAndMono) {
  const auto frame = parse_mp3_frame(frame_of(192, {0xFF, 0xF3, 0x84, 0xC0}));  // 64 kbit/s, 24 kHz, mono
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->bitrate_kbps, 64);
  EXPECT_EQ(frame->sample_rate_hz, 24000);
  EXPECT_EQ(frame->samples, 576);
  EXPECT_EQ(frame->side_info_bytes, 9u);
}

TEST(Mp3Frame, ReadsMainDataBeginBehindHeaderAndCrc) {
  auto plain = frame_of(417, {0xFF, 0xFB, 0x90, 0x00});
  plain[4] = 0xFF, plain[5] = 0x80;
  EXPECT_EQ(parse_mp3_frame(plain)->main_data_begin, 511u);
  auto with_crc = frame_of(417, {0xFF, 0xFA, 0x90, 0x00});
  with_crc[6] = 0x01, with_crc[7] = 0x80;
  EXPECT_EQ(parse_mp3_frame(with_crc)->main_data_begin, 3u);
}

TEST(Mp3Frame, RejectsWhatIsNotOneWholeFrame) {
  EXPECT_FALSE(parse_mp3_frame({}));
  EXPECT_FALSE(parse_mp3_frame(frame_of(416, {0xFF, 0xFB, 0x90, 0x00})));  // one byte short
  EXPECT_FALSE(parse_mp3_frame(frame_of(417, {0xFF, 0xFD, 0x90, 0x00})));  // layer II
  EXPECT_FALSE(parse_mp3_frame(frame_of(417, {0xFF, 0xEB, 0x90, 0x00})));  // reserved version
  EXPECT_FALSE(parse_mp3_frame(frame_of(417, {0xFF, 0xFB, 0xF0, 0x00})));  // forbidden bitrate
  EXPECT_FALSE(parse_mp3_frame(frame_of(417, {0xFF, 0xFB, 0x9C, 0x00})));  // reserved rate
}

TEST(ReservoirCarrier, KeepsTheMainDataAndSilencesTheGranules) {
  auto bytes = frame_of(417, {0xFF, 0xFB, 0x90, 0x00});
  const auto before = bytes;
  make_reservoir_carrier(bytes, 381);
  EXPECT_EQ(parse_mp3_frame(bytes)->main_data_begin, 381u);
  EXPECT_EQ(std::accumulate(bytes.begin() + 6, bytes.begin() + 36, 0), 0);
  EXPECT_TRUE(std::equal(bytes.begin() + 36, bytes.end(), before.begin() + 36));
}

// The oracle is the division itself: the remainder of header bits, side information and CRC is zero.
TEST(ReservoirCarrier, RecomputesTheCrc) {
  auto bytes = frame_of(417, {0xFF, 0xFA, 0x90, 0x00});
  make_reservoir_carrier(bytes, 5);
  Bytes covered = {bytes[2], bytes[3]};
  covered.insert(covered.end(), bytes.begin() + 6, bytes.begin() + 38);
  covered.insert(covered.end(), bytes.begin() + 4, bytes.begin() + 6);
  unsigned remainder = 0xFFFF;
  for (const auto byte : covered) {
    for (int bit = 7; bit >= 0; --bit) {
      const unsigned carry = remainder >> 15 ^ (byte >> bit & 1);
      remainder = (remainder << 1 & 0xFFFF) ^ (carry ? 0x8005 : 0);
    }
  }
  EXPECT_EQ(remainder, 0u);
}

}  // namespace
}  // namespace sluice::net
