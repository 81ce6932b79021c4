#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "nodes/io/files_for_tests.h"

namespace sluice::io {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct FileReadTest : testing::Test {
  TemporaryFolder folder;
};

TEST_F(FileReadTest, SaysWhatIsWrongWithAFileItCannotOpen) {
  EXPECT_THAT(read_file(folder / "absent.wav").error, HasSubstr("absent.wav: no such file"));
  EXPECT_THAT(read_file(folder / "").error, HasSubstr("is a folder"));
  spill(folder / "empty.wav", "");
  EXPECT_THAT(read_file(folder / "empty.wav").error, HasSubstr("empty.wav: is empty"));
  EXPECT_THAT(read_file("").error, HasSubstr("needs the name of a file"));
}

TEST_F(FileReadTest, SaysThatItMayNotReadAFile) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  spill(folder / "secret.wav", "RIFF");
  ::chmod((folder / "secret.wav").c_str(), 0);
  EXPECT_THAT(read_file(folder / "secret.wav").error, HasSubstr("Permission denied"));
}

TEST_F(FileReadTest, RefusesWhatIsNoAudioWithARemedy) {
  spill(folder / "text.wav", "This is a letter to my aunt, and not a sound.\n");
  EXPECT_THAT(read_file(folder / "text.wav").error, AllOf(HasSubstr("text.wav"), HasSubstr("raw=s16le:44100:2")));
  spill(folder / "text.mp3", std::string(5000, 'x'));
  EXPECT_THAT(read_file(folder / "text.mp3").error, AllOf(HasSubstr("text.mp3"), HasSubstr("no MP3 frame")));
}

TEST_F(FileReadTest, EveryTruncationOfAWavHeaderIsOneError) {
  ASSERT_EQ(write_file(folder / "whole.wav", {sine(440, 44100, 100)}, 44100), "");
  const std::string whole = slurp(folder / "whole.wav");
  for (std::size_t size = 1; size < 44; ++size) {
    spill(folder / "cut.wav", whole.substr(0, size));
    EXPECT_THAT(read_file(folder / "cut.wav").error, HasSubstr("cut.wav")) << size;
  }
}

TEST_F(FileReadTest, EveryCorruptByteOfAHeaderIsSurvived) {
  for (const char* name : {"x.wav", "x.flac", "x.aiff"}) {
    ASSERT_EQ(write_file(folder / name, {sine(440, 8000, 800)}, 8000), "");
    const std::string whole = slurp(folder / name);
    for (std::size_t at = 0; at < 60; ++at) {
      for (const char value : {'\0', '\xff'}) {
        std::string bytes = whole;
        bytes[at] = value;
        spill(folder / "corrupt", bytes);
        const ReadBack back = read_file(folder / "corrupt");
        EXPECT_TRUE(!back.error.empty() || !back.audio.empty()) << name << " byte " << at;
      }
    }
  }
}

TEST_F(FileReadTest, ADamagedFlacEndsWithTheTimeOfTheDamage) {
  ASSERT_EQ(write_file(folder / "whole.flac", {sine(440, 44100, 44100)}, 44100), "");
  const std::string whole = slurp(folder / "whole.flac");
  spill(folder / "cut.flac", whole.substr(0, whole.size() / 2));
  const ReadBack back = read_file(folder / "cut.flac");
  EXPECT_THAT(back.error, AllOf(HasSubstr("cut.flac: is damaged or cut short after 0."), HasSubstr("of 1.000 s")));
  EXPECT_GT(back.audio.at(0).size(), 10000u);  // what came before was used
}

TEST_F(FileReadTest, AWavCutShortIsReadToItsEndAndWhatIsMissingIsCounted) {
  ASSERT_EQ(write_file(folder / "whole.wav", {sine(440, 8000, 8000)}, 8000), "");
  spill(folder / "cut.wav", slurp(folder / "whole.wav").substr(0, 44 + 2 * 2000));
  const ReadBack back = read_file(folder / "cut.wav");
  EXPECT_EQ(back.error, "");
  EXPECT_EQ(back.audio.at(0).size(), 2000u);
  EXPECT_DOUBLE_EQ(back.missing_s, 0.75);
  EXPECT_EQ(read_file(folder / "whole.wav").missing_s, 0);
}

TEST_F(FileReadTest, ReadsRawSamplesOfEveryEncoding) {
  spill(folder / "x.raw", std::string("\x00\x40\x00\xC0\x00\x40", 6));
  const ReadBack back = read_file(folder / "x.raw", {{"raw", "s16le:8000:1"}});
  EXPECT_EQ(back.error, "");
  EXPECT_EQ(back.audio, (Audio{{0.5f, -0.5f, 0.5f}}));
  EXPECT_EQ(to_string(back.format), "audio{8000 Hz, 1 ch}");
  EXPECT_EQ(read_file(folder / "x.raw", {{"raw", "s16be:44.1kHz:3"}}).audio.size(), 3u);
  EXPECT_EQ(read_file(folder / "x.raw", {{"raw", "s16le:8000:2"}}).audio,
            (Audio{{0.5f}, {-0.5f}}));  // half a frame is left
}

TEST_F(FileReadTest, RefusesARawDescriptionThatIsNone) {
  spill(folder / "x.raw", "abcd");
  for (const char* raw :
       {"s16le", "s16le:44100", "s17le:44100:2", "s16le:x:2", "s16le:44100:0", "s16le:44100:2.5", "s16le:44100:2:1"})
    EXPECT_THAT(read_file(folder / "x.raw", {{"raw", raw}}).error, HasSubstr("raw: ")) << raw;
}

TEST_F(FileReadTest, StartAndDurationCutOutExactlyThatPart) {
  const Channel x = sine(440, 8000, 8000);
  for (const char* name : {"x.wav", "x.flac", "x.raw"}) {
    ASSERT_EQ(write_file(folder / name, {x}, 8000, {{"subtype", name == std::string("x.flac") ? "s24" : "f32"}}), "")
        << name;
    std::vector<std::pair<std::string, std::string>> set{{"start", "250 ms"}, {"duration", "125 ms"}};
    if (name == std::string("x.raw")) set.push_back({"raw", "f32le:8000:1"});
    const ReadBack back = read_file(folder / name, set);
    ASSERT_EQ(back.error, "");
    ASSERT_EQ(back.audio[0].size(), 1000u) << name;
    EXPECT_GT(snr_db(Channel(x.begin() + 2000, x.begin() + 3000), back.audio[0]), 120) << name;
  }
}

TEST_F(FileReadTest, LoopJoinsTheEndToTheBeginning) {
  const Channel x = sine(440, 8000, 1000);
  ASSERT_EQ(write_file(folder / "x.wav", {x}, 8000, {{"subtype", "f32"}}), "");
  const ReadBack back = read_file(folder / "x.wav", {{"loop", "true"}, {"duration", "312.5 ms"}});
  ASSERT_EQ(back.audio[0].size(), 2500u);
  EXPECT_EQ(back.loops, 2);
  for (std::size_t n = 0; n < 2500; ++n) ASSERT_EQ(back.audio[0][n], x[n % 1000]);
}

TEST_F(FileReadTest, ALoopOverNothingEndsWithAnError) {
  ASSERT_EQ(write_file(folder / "x.wav", {Channel(800)}, 8000), "");
  EXPECT_THAT(read_file(folder / "x.wav", {{"loop", "true"}, {"start", "1 s"}}).error,
              HasSubstr("holds nothing to loop"));
}

TEST_F(FileReadTest, SamplesDoNotDependOnTheBlockSize) {
  ASSERT_EQ(write_file(folder / "x.flac", all_16_bit_values(), 44100), "");
  EXPECT_EQ(read_file(folder / "x.flac", {{"block", "10 ms"}}).audio,
            read_file(folder / "x.flac", {{"block", "1.7 ms"}}).audio);
}

TEST_F(FileReadTest, PositionsAndTimesAreStamped) {
  ASSERT_EQ(write_file(folder / "x.wav", {Channel(1000)}, 8000), "");
  NodeHarness h("file.read");
  ASSERT_TRUE(h.set("path", folder / "x.wav") && h.start());
  while (h.pull().when != Pull::When::ended) h.clock().advance(std::chrono::milliseconds(3));
  ASSERT_EQ(h.out("out").size(), 13u);
  EXPECT_EQ(h.out("out")[12]->header.position, 960);
  EXPECT_EQ(h.out("out")[12]->header.frames, 40);
  EXPECT_EQ(h.out("out")[1]->header.capture_time - h.out("out")[0]->header.capture_time, std::chrono::milliseconds(3));
}

// Standard input is a pipe for the time of the test.
struct StdinPipe {
  StdinPipe() {
    EXPECT_EQ(::pipe(ends), 0);
    saved = ::dup(STDIN_FILENO);
    ::dup2(ends[0], STDIN_FILENO);
  }
  ~StdinPipe() {
    close_writer();
    ::dup2(saved, STDIN_FILENO);
    ::close(saved);
    ::close(ends[0]);
  }
  void write(const std::string& bytes) {
    EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  int ends[2] = {-1, -1};
  int saved = -1;
};

TEST_F(FileReadTest, ReadsWavFromAPipe) {
  const Audio x{sine(440, 8000, 4000), sine(880, 8000, 4000)};
  ASSERT_EQ(write_file(folder / "x.wav", x, 8000), "");
  StdinPipe pipe;
  pipe.write(slurp(folder / "x.wav"));
  pipe.close_writer();
  const ReadBack back = read_file("-");
  EXPECT_EQ(back.error, "");
  EXPECT_EQ(back.audio, read_file(folder / "x.wav").audio);
}

TEST_F(FileReadTest, AWavCutShortOnAPipeIsCountedToo) {
  ASSERT_EQ(write_file(folder / "x.wav", {sine(440, 8000, 8000)}, 8000), "");
  StdinPipe pipe;
  pipe.write(slurp(folder / "x.wav").substr(0, 44 + 2 * 2000));
  pipe.close_writer();
  EXPECT_DOUBLE_EQ(read_file("-").missing_s, 0.75);
}

TEST_F(FileReadTest, AnEmptyPipeSaysSo) {
  StdinPipe pipe;
  pipe.close_writer();
  EXPECT_THAT(read_file("-").error, HasSubstr("standard input is empty"));
}

TEST_F(FileReadTest, AnUnknownStreamOnAPipeIsOneErrorWithARemedy) {
  StdinPipe pipe;
  pipe.write("fLaC and more than twelve bytes");
  pipe.close_writer();
  EXPECT_THAT(read_file("-").error, HasSubstr("standard input is neither a WAV nor an MP3 stream"));
}

TEST_F(FileReadTest, ASilentPipeDoesNotHoldTheNode) {
  StdinPipe pipe;
  NodeHarness h("file.read");
  ASSERT_TRUE(h.set("path", "-") && h.set("raw", "s16le:8000:1") && h.start());
  EXPECT_EQ(h.pull().when, Pull::When::again);  // nothing came: it came back to be asked again
  EXPECT_TRUE(h.out("out").empty());
  pipe.write(std::string(100, '\1'));  // less than a block of 80 frames
  h.pull();
  EXPECT_TRUE(h.out("out").empty());
  pipe.write(std::string(60, '\1'));
  h.pull();
  ASSERT_EQ(h.out("out").size(), 1u);
  EXPECT_EQ(h.out("out")[0]->frames(), 80u);
  pipe.write(std::string(10, '\1'));
  pipe.close_writer();
  while (h.pull().when != Pull::When::ended) {
  }
  EXPECT_EQ(h.audio("out")[0].size(), 85u);
}

TEST_F(FileReadTest, CheckingAGraphDoesNotReadRawStandardInput) {
  StdinPipe pipe;
  pipe.write("ab");
  NodeHarness h("file.read");
  ASSERT_TRUE(h.set("path", "-") && h.set("raw", "s16le:8000:1") && h.start());
  char two[3] = {};
  EXPECT_EQ(::read(STDIN_FILENO, two, 2), 2);
  EXPECT_STREQ(two, "ab");
}

}  // namespace
}  // namespace sluice::io
