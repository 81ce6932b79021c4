#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <limits>

#include "nodes/io/byte_sink.h"
#include "nodes/io/files_for_tests.h"

namespace sluice::io {
namespace {

using testing::HasSubstr;
using testing::Not;

struct FileWriteTest : testing::Test {
  TemporaryFolder folder;
};

std::string write_packets(const std::string& path, const std::vector<std::string>& packets) {
  NodeHarness h("file.write");
  EXPECT_TRUE(h.set("path", path));
  h.connect("in", {{.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2}, 1152});
  if (const Status status = h.start(); !status) return status.error().text();
  for (const std::string& packet : packets) h.feed_bytes("in", std::as_bytes(std::span(packet)), 1152);
  h.end();
  return std::string(h.node().failure());
}

TEST_F(FileWriteTest, Every16BitValueIsBitExactInEveryContainer) {
  const Audio x = all_16_bit_values();
  for (const char* name : {"x.wav", "x.flac", "x.aiff", "x.au"}) {
    ASSERT_EQ(write_file(folder / name, x, 44100), "") << name;
    const ReadBack back = read_file(folder / name);
    EXPECT_EQ(back.error, "");
    EXPECT_EQ(to_string(back.format), "audio{44100 Hz, 2 ch}");
    EXPECT_EQ(back.audio, x) << name;
  }
  ASSERT_EQ(write_file(folder / "x.raw", x, 44100), "");
  EXPECT_EQ(read_file(folder / "x.raw", {{"raw", "s16le:44100:2"}}).audio, x);
}

TEST_F(FileWriteTest, FloatAnd24BitKeepMore) {
  const Audio x{sine(997, 48000, 4800, 0.9)};
  ASSERT_EQ(write_file(folder / "f.wav", x, 48000, {{"subtype", "f32"}}), "");
  EXPECT_EQ(read_file(folder / "f.wav").audio, x);
  ASSERT_EQ(write_file(folder / "i.flac", x, 48000, {{"subtype", "s24"}}), "");
  EXPECT_GT(snr_db(x[0], read_file(folder / "i.flac").audio[0]), 135);
  ASSERT_EQ(write_file(folder / "s.wav", x, 48000), "");
  EXPECT_NEAR(snr_db(x[0], read_file(folder / "s.wav").audio[0]), 97, 1);  // 6.02 * 16 + 1.76 - 0.9
}

TEST_F(FileWriteTest, VorbisKeepsLengthAndSound) {
  const Audio x{sine(440, 44100, 44100)};
  ASSERT_EQ(write_file(folder / "x.ogg", x, 44100), "");
  const ReadBack back = read_file(folder / "x.ogg");
  ASSERT_EQ(back.error, "");
  EXPECT_EQ(back.audio[0].size(), 44100u);
  EXPECT_GT(snr_db(x[0], back.audio[0]), 25);
}

TEST_F(FileWriteTest, BytesDoNotDependOnTheBlockSize) {
  const Audio x{sine(440, 44100, 10000), sine(550, 44100, 10000)};
  for (const char* name : {"x.wav", "x.flac"}) {
    for (const char* dither : {"none", "tpdf"}) {
      ASSERT_EQ(write_file(folder / name, x, 44100, {{"dither", dither}}, 441), "");
      const std::string whole = slurp(folder / name);
      ASSERT_EQ(write_file(folder / name, x, 44100, {{"dither", dither}}, 97), "");
      EXPECT_EQ(slurp(folder / name), whole) << name << dither;
    }
  }
}

TEST_F(FileWriteTest, CountsClippedAndInvalidSamples) {
  NodeHarness h("file.write");
  ASSERT_TRUE(h.set("path", folder / "x.wav"));
  h.connect("in", audio_spec(8000, 1, 10));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {{0.5f, 1.5f, -1.0f, -1.1f, std::numeric_limits<float>::quiet_NaN()}});
  h.end();
  EXPECT_EQ(h.counter("clipped"), 2);
  EXPECT_EQ(h.counter("invalid"), 1);
  EXPECT_EQ(read_file(folder / "x.wav").audio[0], (Channel{0.5f, 32767.0f / 32768, -1.0f, -1.0f, 0.0f}));
}

TEST_F(FileWriteTest, ChoosesTheContainerByNameOrByFormat) {
  const Audio x{Channel(100)};
  ASSERT_EQ(write_file(folder / "X.WAV", x, 8000), "");
  EXPECT_EQ(slurp(folder / "X.WAV").substr(0, 4), "RIFF");
  ASSERT_EQ(write_file(folder / "plain", x, 8000, {{"format", "flac"}}), "");
  EXPECT_EQ(slurp(folder / "plain").substr(0, 4), "fLaC");
  EXPECT_THAT(write_file(folder / "x.xyz", x, 8000), HasSubstr("wav, flac, ogg, aiff, au or raw"));
  EXPECT_THAT(write_file(folder / "x.mp3", x, 8000), HasSubstr("put `mp3.encode` there"));
}

TEST_F(FileWriteTest, RefusesWhatAContainerCannotHold) {
  EXPECT_THAT(write_file(folder / "x.flac", {Channel(10)}, 44100, {{"subtype", "f32"}}), HasSubstr("flac cannot hold"));
  EXPECT_THAT(write_file(folder / "x.flac", Audio(9, Channel(10)), 44100), HasSubstr("9 channels"));
  EXPECT_THAT(write_file("-", {Channel(10)}, 44100, {{"format", "flac"}}), HasSubstr("allowed: wav, raw"));
}

TEST_F(FileWriteTest, SaysWhyAFileCannotBeMade) {
  EXPECT_THAT(write_file(folder / "no/such/folder.wav", {Channel(10)}, 8000), HasSubstr("No such file or directory"));
  EXPECT_THAT(write_packets(folder / "", {"x"}), HasSubstr("Is a directory"));
}

TEST_F(FileWriteTest, DoesNotOverwriteWhatIsReadOrWritten) {
  ASSERT_EQ(write_file(folder / "x.wav", {sine(440, 8000, 100)}, 8000), "");
  const std::string before = slurp(folder / "x.wav");
  NodeHarness reader("file.read");
  ASSERT_TRUE(reader.set("path", folder / "x.wav") && reader.start());
  EXPECT_THAT(write_file(folder / "x.wav", {Channel(10)}, 8000), HasSubstr("x.wav: is being read or written"));
  EXPECT_THAT(write_packets(folder / "x.wav", {"x"}), Not(""));
  EXPECT_EQ(slurp(folder / "x.wav"), before);
  NodeHarness writer("file.write");
  ASSERT_TRUE(writer.set("path", folder / "y.wav"));
  writer.connect("in", audio_spec(8000, 1));
  ASSERT_TRUE(writer.start());
  EXPECT_THAT(write_file(folder / "y.wav", {Channel(10)}, 8000), HasSubstr("y.wav: is being read or written"));
}

TEST_F(FileWriteTest, AReaderThatTakesNothingIsGivenUpWhenAsked) {
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  auto sink = ByteSink::open(folder / "pipe");
  ASSERT_TRUE(sink);
  int asked = 0;
  sink->give_up_when([&] { return ++asked == 2; });
  const Status status = sink->append(std::vector<std::byte>(4u << 20));  // no pipe holds 4 MiB
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("its reader takes nothing"));
  EXPECT_EQ(asked, 2);
  ::close(reader);
}

TEST_F(FileWriteTest, AFullDiskIsAClearError) {
  EXPECT_THAT(write_file("/dev/full", {Channel(8000)}, 8000, {{"format", "raw"}}), HasSubstr("the disk is full"));
  EXPECT_THAT(write_packets("/dev/full", {"packet"}), HasSubstr("the disk is full"));
}

// The limit on file sizes stands for a disk that fills up in the middle.
TEST_F(FileWriteTest, AWavThatFindsNoRoomIsAClearError) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{20000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = write_file(folder / "x.wav", {Channel(44100)}, 44100);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(error, HasSubstr("x.wav: cannot be written"));
}

TEST_F(FileWriteTest, PacketsAreWrittenAsTheyCome) {
  ASSERT_EQ(write_packets(folder / "x.mp3", {"abc", "", "defg"}), "");
  EXPECT_EQ(slurp(folder / "x.mp3"), "abcdefg");
  EXPECT_THAT(write_packets(folder / "x.wav", {"abc"}), HasSubstr("packets of mp3 are written as they are"));
}

TEST_F(FileWriteTest, ARewriteReplacesBytesBeforeIt) {
  NodeHarness h("file.write");
  ASSERT_TRUE(h.set("path", folder / "x.mp3"));
  h.connect("in", {{.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2}, 1152});
  ASSERT_TRUE(h.start());
  BlockPool pool({.bytes = 16}, 2);
  const auto feed = [&](std::string_view text, std::int64_t position, std::uint32_t flags) {
    BlockRef block = pool.take();
    block->resize(text.size());
    std::ranges::copy(std::as_bytes(std::span(text)), block->bytes().begin());
    block->header.position = position;
    block->header.flags = flags;
    h.feed("in", std::move(block));
  };
  feed("HEADframes", 0, 0);
  feed("head", 0, kRewrite);
  feed("more", 1152, 0);
  feed("too far", 12, kRewrite);  // beyond what is written: ignored and counted
  h.end();
  EXPECT_EQ(slurp(folder / "x.mp3"), "headframesmore");
  EXPECT_EQ(h.counter("rewrites_lost"), 1);
}

TEST_F(FileWriteTest, CountsGapsInTheStream) {
  NodeHarness h("file.write");
  ASSERT_TRUE(h.set("path", folder / "x.wav"));
  h.connect("in", audio_spec(8000, 1, 10));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(10)}, kDiscontinuity);  // a beginning is no gap
  h.feed_audio("in", {Channel(10)});
  h.feed_audio("in", {Channel(10)}, kDiscontinuity);
  EXPECT_EQ(h.counter("gaps"), 1);
}

TEST_F(FileWriteTest, AHeaderIsRightEvenWithoutAFlush) {
  {
    NodeHarness h("file.write");
    ASSERT_TRUE(h.set("path", folder / "x.wav"));
    h.connect("in", audio_spec(8000, 1, 10));
    ASSERT_TRUE(h.start());
    h.feed_audio("in", {Channel(1000, 0.25f)});
  }  // stopped, as after a failure elsewhere
  EXPECT_EQ(read_file(folder / "x.wav").audio, (Audio{Channel(1000, 0.25f)}));
}

TEST(Discard, CountsWhatItTakes) {
  NodeHarness h("discard");
  h.connect("in", audio_spec(8000, 2, 100));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(950), Channel(950)});
  EXPECT_EQ(h.counter("blocks"), 10);
  EXPECT_EQ(h.counter("frames"), 950);
  EXPECT_EQ(h.realtime_violation(), "");
}

}  // namespace
}  // namespace sluice::io
