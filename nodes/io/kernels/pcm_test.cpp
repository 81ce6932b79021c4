#include "nodes/io/kernels/pcm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace sluice::io {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int v : values) bytes.push_back(static_cast<std::byte>(v));
  return bytes;
}

float decode_one(std::string_view type, std::initializer_list<int> bytes) {
  float x = 0;
  decode_pcm(bytes_of(bytes), *parse_pcm_type(type), std::span(&x, 1));
  return x;
}

TEST(Pcm, DecodesEveryEncoding) {
  EXPECT_EQ(decode_one("u8", {0}), -1.0f);
  EXPECT_EQ(decode_one("u8", {192}), 0.5f);
  EXPECT_EQ(decode_one("s16le", {0x00, 0x80}), -1.0f);
  EXPECT_EQ(decode_one("s16", {0x00, 0x40}), 0.5f);
  EXPECT_EQ(decode_one("s16be", {0x40, 0x00}), 0.5f);
  EXPECT_EQ(decode_one("s24le", {0x01, 0x00, 0x00}), 1.0f / 8388608);
  EXPECT_EQ(decode_one("s24be", {0xFF, 0xFF, 0xFF}), -1.0f / 8388608);
  EXPECT_EQ(decode_one("s32le", {0, 0, 0, 0x40}), 0.5f);
  EXPECT_EQ(decode_one("f32le", {0, 0, 0x20, 0x3E}), 0.15625f);
  EXPECT_EQ(decode_one("f32be", {0x3E, 0x20, 0, 0}), 0.15625f);
}

TEST(Pcm, KnowsItsNamesOnly) {
  EXPECT_TRUE(parse_pcm_type("s24be"));
  for (const char* name : {"", "s8", "s16xx", "f64le", "le"}) EXPECT_FALSE(parse_pcm_type(name)) << name;
}

TEST(Pcm, Every16BitValueSurvivesTheWayToFloatAndBack) {
  for (const char* name : {"s16le", "s16be"}) {
    const PcmType type = *parse_pcm_type(name);
    Quantizer quantizer(16);
    for (int v = -32768; v < 32768; ++v) {
      const auto in = bytes_of({v & 0xFF, v >> 8 & 0xFF});
      float x = 0;
      decode_pcm(in, type, std::span(&x, 1));
      std::vector<std::byte> out(2);
      encode_pcm(std::span(&x, 1), type, quantizer, out);
      ASSERT_EQ(in, out) << v;
    }
    EXPECT_EQ(quantizer.clipped(), 0);
  }
}

TEST(Pcm, The24BitValuesSurviveToo) {
  const PcmType type{Encoding::s24, false};
  Quantizer quantizer(24);
  for (int v = -8388608; v < 8388608; v += 101) {
    const auto in = bytes_of({v & 0xFF, v >> 8 & 0xFF, v >> 16 & 0xFF});
    float x = 0;
    decode_pcm(in, type, std::span(&x, 1));
    std::vector<std::byte> out(3);
    encode_pcm(std::span(&x, 1), type, quantizer, out);
    ASSERT_EQ(in, out) << v;
  }
}

TEST(Quantizer, RoundsToNearestAndCountsClipping) {
  Quantizer q(16);
  EXPECT_EQ(q(0.4f / 32768), 0);
  EXPECT_EQ(q(0.6f / 32768), 1);
  EXPECT_EQ(q(-0.6f / 32768), -1);
  EXPECT_EQ(q(-1.0f), -32768);
  EXPECT_EQ(q.clipped(), 0);
  EXPECT_EQ(q(1.0f), 32767);
  EXPECT_EQ(q(-std::numeric_limits<float>::infinity()), -32768);
  EXPECT_EQ(q.clipped(), 2);
  EXPECT_EQ(q(std::numeric_limits<float>::quiet_NaN()), 0);
  EXPECT_EQ(q.invalid(), 1);
}

// TPDF dither makes mean and variance of the error independent of the signal: mean 0, variance 1/4 LSB^2
// (1/12 rounding + 1/6 dither).
TEST(Quantizer, TpdfDitherTurnsDistortionIntoConstantNoise) {
  for (const double level : {0.0, 0.25, 0.5, 0.8}) {
    Quantizer q(16, Quantizer::Dither::tpdf);
    double mean = 0, power = 0;
    constexpr int kDraws = 200000;
    for (int n = 0; n < kDraws; ++n) {
      const double error = q(static_cast<float>(level / 32768)) - level;
      mean += error / kDraws;
      power += error * error / kDraws;
    }
    EXPECT_NEAR(mean, 0, 0.01) << level;
    EXPECT_NEAR(power, 0.25, 0.01) << level;
  }
}

TEST(Quantizer, IsReproducible) {
  Quantizer a(16, Quantizer::Dither::tpdf), b(16, Quantizer::Dither::tpdf);
  for (int n = 0; n < 1000; ++n) ASSERT_EQ(a(0.1f), b(0.1f));
}

}  // namespace
}  // namespace sluice::io
