// The whole encoder against a literal decoder: every rate, mode and kind of signal comes back.
#include "nodes/mp3/kernels/encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "nodes/mp3/kernels/oracle/layer3_decoder.h"

namespace sluice::mp3 {
namespace {

using Signal = std::vector<std::vector<float>>;  // [channel][sample]

std::vector<std::uint8_t> encode(const StreamFormat& format, const Signal& input, const EncoderOptions& options = {}) {
  Encoder encoder(format, options);
  std::vector<std::uint8_t> stream;
  const auto sink = [&](const MuxedFrame& frame) {
    stream.insert(stream.end(), frame.bytes.begin(), frame.bytes.end());
  };
  const Signal& x = input;
  for (std::size_t at = 0; at + kLines <= x[0].size(); at += kLines)
    encoder.encode(std::span(x[0]).subspan(at).first<kLines>(), std::span(x.back()).subspan(at).first<kLines>(), sink);
  encoder.finish(sink);
  return stream;
}

// A decaying chord with noise under it and a click now and then: long, start, short and stop blocks.
// The same numbers at every rate.
Signal test_signal(int channels, int granules) {
  std::minstd_rand random(3);
  std::uniform_real_distribution<float> noise(-0.02f, 0.02f);
  Signal x(static_cast<std::size_t>(channels), std::vector<float>(static_cast<std::size_t>(granules * kLines)));
  for (int n = 0; n < granules * kLines; ++n)
    for (int ch = 0; ch < channels; ++ch) {
      const double t = n / 44100.0;
      const double tone =
          0.2 * std::sin(2 * std::numbers::pi * 440 * t) + 0.1 * std::sin(2 * std::numbers::pi * (1760 + 200 * ch) * t);
      const float click = n % 7000 < 30 ? 0.4f : 0.0f;
      x[static_cast<std::size_t>(ch)][static_cast<std::size_t>(n)] = static_cast<float>(tone) + noise(random) + click;
    }
  return x;
}

// Signal-to-noise ratio of the decoded stream at the encoder's delay, in dB.
double snr_db(const std::vector<float>& x, const std::vector<double>& y) {
  constexpr std::size_t kDelay = kEncoderDelay + kDecoderDelay;
  double signal = 0.0;
  double noise = 0.0;
  for (std::size_t n = 0; n < x.size() && n + kDelay < y.size(); ++n) {
    signal += x[n] * x[n];
    noise += (x[n] - y[n + kDelay]) * (x[n] - y[n + kDelay]);
  }
  return 10 * std::log10(signal / noise);
}

class EveryRate : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(MpegOneToTwoAndAHalf, EveryRate,
                         testing::Values(8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000));

TEST_P(EveryRate, ComesBackThroughALiteralDecoder) {
  for (const int channels : {1, 2}) {
    const int bitrate = bitrates_for(GetParam()).back();
    const auto format = StreamFormat::make(GetParam(), channels, bitrate);
    const Signal x = test_signal(channels, 40);
    oracle::Decoder decoder;
    const auto y = decoder.decode(encode(*format, x));
    ASSERT_EQ(static_cast<int>(y.size()), channels);
    for (std::size_t ch = 0; ch < x.size(); ++ch) EXPECT_GT(snr_db(x[ch], y[ch]), 24.0) << channels;
    for (const int count : decoder.block_types) EXPECT_GT(count, 0);
  }
}

TEST_P(EveryRate, FillsEveryFrameAtEveryBitrate) {
  for (const int bitrate : bitrates_for(GetParam()))
    for (const int channels : {1, 2}) {
      const auto format = StreamFormat::make(GetParam(), channels, bitrate);
      const auto stream = encode(*format, test_signal(channels, 20), {.rate = {.crc = true}});
      oracle::Decoder decoder;
      EXPECT_NO_THROW(decoder.decode(stream)) << bitrate << " kbit/s, " << channels << " channels";
    }
}

TEST_P(EveryRate, HoldsTheMeanBitrateExactly) {
  const int bitrate = bitrates_for(GetParam())[5];
  const auto format = StreamFormat::make(GetParam(), 2, bitrate);
  const auto stream = encode(*format, test_signal(2, 100));
  const double frames = std::ceil((100 * kLines + 1057.0) / format->frame_samples());
  const double expected = frames * format->frame_samples() / GetParam() * bitrate * 1000 / 8;
  EXPECT_NEAR(static_cast<double>(stream.size()), expected, 1.0);
}

// The bitrate_index of every frame.
std::vector<int> bitrate_indices(const StreamFormat& format, const Signal& x, const RateOptions& rate) {
  std::vector<int> indices;
  Encoder encoder(format, {.rate = rate});
  const auto sink = [&](const MuxedFrame& frame) { indices.push_back(frame.bytes[2] >> 4); };
  for (std::size_t at = 0; at + kLines <= x[0].size(); at += kLines)
    encoder.encode(std::span(x[0]).subspan(at).first<kLines>(), std::span(x.back()).subspan(at).first<kLines>(), sink);
  encoder.finish(sink);
  return indices;
}

double mean_kbps(const StreamFormat& format, const std::vector<int>& indices) {
  double sum = 0.0;
  for (const int index : indices) sum += bitrates_for(format.rate_hz)[static_cast<std::size_t>(index) - 1];
  return sum / static_cast<double>(indices.size());
}

TEST_P(EveryRate, DecodesAtEveryQuality) {
  for (const double quality : {0.0, 4.5, 10.0})
    for (const int reservoir : {0, 511}) {
      const auto format = StreamFormat::make(GetParam(), 2, bitrates_for(GetParam())[4]);
      const RateOptions rate = {
          .method = RateMethod::kVariable, .quality = quality, .reservoir_bytes = reservoir, .restart_frames = 7};
      oracle::Decoder decoder;
      EXPECT_NO_THROW(decoder.decode(encode(*format, test_signal(2, 20), {.rate = rate}))) << quality;
    }
}

TEST(EncoderTest, AVariableBitrateFollowsTheMusicAndTheQuality) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  Signal x = test_signal(2, 80);
  for (auto& channel : x) std::fill_n(channel.begin() + 20000, 10000, 0.0f);
  double before = 1000.0;
  for (const double quality : {0.0, 3.0, 6.0, 9.0}) {
    const auto indices = bitrate_indices(format, x, {.method = RateMethod::kVariable, .quality = quality});
    EXPECT_EQ(*std::min_element(indices.begin(), indices.end()), 1) << "silence takes the least frame";
    EXPECT_LT(mean_kbps(format, indices), before);
    before = mean_kbps(format, indices);
  }
}

TEST(EncoderTest, AVariableBitrateStaysWithinItsRange) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  const BitrateRange range = *bitrate_range(format, 64, 160);
  const Signal x = test_signal(2, 60);
  for (const double quality : {0.0, 9.0})
    for (const int index :
         bitrate_indices(format, x, {.method = RateMethod::kVariable, .quality = quality, .range = range})) {
      EXPECT_GE(index, range.least);
      EXPECT_LE(index, range.most);
    }
}

// The bound that mp3.bitstream declares.
TEST(EncoderTest, NoFrameOfAVariableBitrateWaitsForMoreThanFourOthers) {
  Signal x = test_signal(2, 120);
  for (auto& channel : x) std::fill_n(channel.begin() + 20000, 20000, 0.0f);
  for (const double quality : {0.0, 9.0}) {
    Encoder encoder(*StreamFormat::make(44100, 2, 128),
                    {.rate = {.method = RateMethod::kVariable, .quality = quality}});
    int left = 0;
    const auto sink = [&](const MuxedFrame&) { ++left; };
    for (int granule = 0; granule < 120; ++granule) {
      const auto at = static_cast<std::size_t>(granule * kLines);
      encoder.encode(std::span(x[0]).subspan(at).first<kLines>(), std::span(x[1]).subspan(at).first<kLines>(), sink);
      const int coded = granule / 2;  // frames; one granule is look-ahead
      EXPECT_LE(coded - left, 4);
    }
  }
}

TEST(EncoderTest, AMeanBitrateIsKeptOverSeconds) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  const Signal x = test_signal(2, 900);
  for (const double kbps : {72.0, 117.0, 200.0}) {
    const auto indices = bitrate_indices(format, x, {.method = RateMethod::kMean, .mean_kbps = kbps});
    EXPECT_NEAR(mean_kbps(format, indices), kbps, 0.05 * kbps);
  }
}

TEST(EncoderTest, WithoutLookAheadTheStreamIsWholeAndInTime) {
  const Signal x = test_signal(2, 40);
  const auto format = *StreamFormat::make(44100, 2, 320);
  oracle::Decoder decoder;
  const auto y = decoder.decode(encode(format, x, {.look_ahead = false, .rate = {.reservoir_bytes = 0}}));
  for (std::size_t ch = 0; ch < x.size(); ++ch) EXPECT_GT(snr_db(x[ch], y[ch]), 24.0);
  for (const int count : decoder.block_types) EXPECT_GT(count, 0);
}

TEST(EncoderTest, ForcedMidAndSideIsUsedInEveryFrame) {
  oracle::Decoder decoder;
  const Signal x = test_signal(2, 40);
  const auto y = decoder.decode(encode(*StreamFormat::make(44100, 2, 320), x, {.stereo = StereoMode::kMidSide}));
  EXPECT_EQ(decoder.mid_side_frames, 21);
  for (std::size_t ch = 0; ch < x.size(); ++ch) EXPECT_GT(snr_db(x[ch], y[ch]), 20.0);
}

TEST(EncoderTest, CodesNearMonoAsMidAndSide) {
  Signal x = test_signal(1, 40);
  x.push_back(x[0]);
  oracle::Decoder decoder;
  const auto y = decoder.decode(encode(*StreamFormat::make(44100, 2, 128), x));
  EXPECT_GT(decoder.mid_side_frames, 15);
  EXPECT_EQ(y[0], y[1]);
}

TEST(EncoderTest, PlainStereoNeverUsesMidAndSide) {
  Signal x = test_signal(1, 20);
  x.push_back(x[0]);
  oracle::Decoder decoder;
  decoder.decode(encode(*StreamFormat::make(44100, 2, 128), x, {.stereo = StereoMode::kStereo}));
  EXPECT_EQ(decoder.mid_side_frames, 0);
}

TEST(EncoderTest, SilenceStaysSilent) {
  const Signal x(2, std::vector<float>(20 * kLines, 0.0f));
  const auto y = oracle::Decoder().decode(encode(*StreamFormat::make(44100, 2, 128), x));
  for (const double sample : y[0]) EXPECT_EQ(sample, 0.0);
}

TEST(EncoderTest, SurvivesWhateverTheSamplesAre) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float bad : {nan, inf, -inf, 1e38f, -1e38f, 1e-42f, 1.0f}) {
    Signal x = test_signal(2, 20);
    for (std::size_t n = 3000; n < 6000; ++n) x[n % 2][n] = n % 3 == 0 ? bad : -bad;
    const auto y = oracle::Decoder().decode(encode(*StreamFormat::make(48000, 2, 64), x));
    for (const double sample : y[0]) ASSERT_TRUE(std::isfinite(sample)) << bad;
  }
}

TEST(EncoderTest, FullScaleSquareWaveFitsAnyBitrate) {
  Signal x(2, std::vector<float>(20 * kLines));
  for (std::size_t n = 0; n < x[0].size(); ++n) x[0][n] = x[1][n] = n / 50 % 2 == 0 ? 1.0f : -1.0f;
  for (const int bitrate : bitrates_for(44100))
    EXPECT_NO_THROW(oracle::Decoder().decode(encode(*StreamFormat::make(44100, 2, bitrate), x)));
}

TEST(EncoderTest, WithoutAReservoirEveryFrameStandsAlone) {
  Encoder encoder(*StreamFormat::make(44100, 2, 128), {.rate = {.reservoir_bytes = 0}});
  const Signal x = test_signal(2, 40);
  int frames = 0;
  const auto sink = [&](const MuxedFrame& frame) {
    EXPECT_TRUE(frame.independent);
    ++frames;
  };
  for (std::size_t at = 0; at + kLines <= x[0].size(); at += kLines)
    encoder.encode(std::span(x[0]).subspan(at).first<kLines>(), std::span(x[1]).subspan(at).first<kLines>(), sink);
  EXPECT_GE(frames, 19);
}

TEST(EncoderTest, SameInputGivesSameBytes) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  const Signal x = test_signal(2, 40);
  EXPECT_EQ(encode(format, x), encode(format, x));
}

}  // namespace
}  // namespace sluice::mp3
