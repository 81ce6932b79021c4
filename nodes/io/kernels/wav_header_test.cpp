#include "nodes/io/kernels/wav_header.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::io {
namespace {

using Bytes = std::vector<std::byte>;

struct Outcome {
  std::string error;
  std::size_t used = 0;
  bool complete = false;
  WavFormat format;
  std::uint64_t data_bytes = 0;
};

Outcome parse(const Bytes& stream) {
  WavHeaderParser parser;
  Outcome outcome;
  while (parser.wanted() && outcome.error.empty() && outcome.used + parser.wanted() <= stream.size()) {
    const std::size_t count = parser.wanted();
    outcome.error = parser.step(std::span(stream).subspan(outcome.used, count));
    outcome.used += count;
  }
  outcome.complete = outcome.error.empty() && parser.wanted() == 0;
  outcome.format = parser.format();
  outcome.data_bytes = parser.data_bytes();
  return outcome;
}

Bytes header(Encoding encoding = Encoding::s16) {
  const auto bytes = make_wav_header({{encoding, false}, 44100, 2});
  return {bytes.begin(), bytes.end()};
}

void insert(Bytes& stream, std::size_t at, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin(), bytes.end());
}

TEST(WavHeader, IsReadAsItIsWritten) {
  for (const Encoding encoding : {Encoding::u8, Encoding::s16, Encoding::s24, Encoding::s32, Encoding::f32}) {
    const Outcome o = parse(header(encoding));
    ASSERT_TRUE(o.complete) << o.error;
    EXPECT_EQ(o.format.type.encoding, encoding);
    EXPECT_EQ(o.format.rate_hz, 44100);
    EXPECT_EQ(o.format.channels, 2);
    EXPECT_EQ(o.data_bytes, 0u);  // unknown
  }
}

TEST(WavHeader, OtherChunksAreSkipped) {
  Bytes stream = header();
  insert(stream, 36, std::string_view("LIST\x05\0\0\0abcde\0", 14));
  const Outcome o = parse(stream);
  EXPECT_TRUE(o.complete);
  EXPECT_EQ(o.used, 58u);
}

TEST(WavHeader, AnnouncedSizesAreKept) {
  Bytes stream = header();
  stream[40] = std::byte{0x10};
  stream[41] = stream[42] = stream[43] = std::byte{0};
  EXPECT_EQ(parse(stream).data_bytes, 16u);
}

// sox writes 0x7FFFF000 to a pipe, arecord 0x80000000, others 0xFFFFFFFF less a header or two.
TEST(WavHeader, ASizeThatStandsForAnUnknownOneIsNone) {
  for (const std::uint32_t size : {0u, 0x7FFFF000u, 0x80000000u, 0xFFFFFFD3u, 0xFFFFFFFFu}) {
    Bytes stream = header();
    for (std::size_t n = 0; n < 4; ++n) stream[40 + n] = static_cast<std::byte>(size >> (8 * n));
    EXPECT_EQ(parse(stream).data_bytes, 0u) << size;
  }
}

TEST(WavHeader, ExtensibleFormatIsRead) {
  Bytes stream = header();
  stream[16] = std::byte{40};
  stream[20] = std::byte{0xFE};
  stream[21] = std::byte{0xFF};
  insert(stream, 36, std::string_view("\x16\0\x10\0\x03\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 24));
  const Outcome o = parse(stream);
  EXPECT_TRUE(o.complete) << o.error;
  EXPECT_EQ(o.format.type.encoding, Encoding::s16);
}

TEST(WavHeader, EveryTruncationIsIncompleteAndNeverAnError) {
  const Bytes whole = header();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Outcome o = parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_FALSE(o.complete) << size;
    EXPECT_EQ(o.error, "") << size;
  }
}

TEST(WavHeader, EveryCorruptByteIsSurvived) {
  for (std::size_t at = 0; at < 44; ++at) {
    for (int value = 0; value < 256; ++value) {
      Bytes stream = header();
      stream[at] = static_cast<std::byte>(value);
      const Outcome o = parse(stream);
      ASSERT_LE(o.used, stream.size());
      if (o.complete) {
        EXPECT_GE(o.format.channels, 1);
      }
    }
  }
}

TEST(WavHeader, RefusesWhatItCannotRead) {
  Bytes stream = header();
  stream[20] = std::byte{0x55};  // MP3 in WAV
  EXPECT_NE(parse(stream).error, "");
  stream = header();
  stream[0] = std::byte{'X'};
  EXPECT_EQ(parse(stream).error, "is not a WAV stream");
}

}  // namespace
}  // namespace sluice::io
