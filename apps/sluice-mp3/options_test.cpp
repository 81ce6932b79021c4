#include "apps/sluice-mp3/options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace sluice::apps {
namespace {

// The variables of the graph that a command line leads to, or nothing where it is refused.
std::map<std::string, std::string> vars_of(std::vector<std::string> arguments, const std::string& out = "out.mp3") {
  CLI::App app;
  EncodeOptions options;
  add_options(app, options);
  arguments.push_back("in.wav");
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    app.parse(arguments);
  } catch (const CLI::Error&) {
    return {};
  }
  if (!settle(options)) return {};
  GraphRequest request = request_for(options, "in.wav", out);
  if (!request.additions.empty()) request.vars["addition"] = request.additions[0];
  return request.vars;
}

TEST(Mp3Options, AConstantBitrateByDefault) {
  const auto vars = vars_of({});
  EXPECT_EQ(vars.at("bitrate"), "128");
  EXPECT_EQ(vars.at("vbr"), "-1");
  EXPECT_EQ(vars.at("rate"), "auto");
  EXPECT_EQ(vars_of({"-b", "320"}).at("bitrate"), "320");
  EXPECT_EQ(vars_of({"-b320"}).at("bitrate"), "320");
}

TEST(Mp3Options, QualityAndMeanTakeBoundsFromTheBitrates) {
  const auto vbr = vars_of({"-V2", "-b", "96", "-B", "224"});
  EXPECT_EQ(vbr.at("vbr"), "2");
  EXPECT_EQ(vbr.at("min_bitrate"), "96");
  EXPECT_EQ(vbr.at("max_bitrate"), "224");
  EXPECT_EQ(vars_of({"-V", "2"}).at("min_bitrate"), "0");
  EXPECT_EQ(vars_of({"--abr", "150"}).at("abr"), "150");
  EXPECT_EQ(vars_of({"-v"}).at("vbr"), "4");
}

TEST(Mp3Options, TheLastOneWins) {
  EXPECT_EQ(vars_of({"-b", "128", "-b", "192", "-m", "s", "-m", "m"}).at("bitrate"), "192");
  EXPECT_EQ(vars_of({"-m", "s", "-m", "m"}).at("mode"), "mono");
}

TEST(Mp3Options, PresetsStandForOthers) {
  EXPECT_EQ(vars_of({"--preset", "standard"}).at("vbr"), "2");
  EXPECT_EQ(vars_of({"--preset", "insane"}).at("bitrate"), "320");
  EXPECT_EQ(vars_of({"--preset", "190"}).at("abr"), "190");
  EXPECT_TRUE(vars_of({"--preset", "voice"}).empty());
}

TEST(Mp3Options, FrequenciesAreInKilohertzOrHertz) {
  EXPECT_EQ(vars_of({"--resample", "22.05"}).at("rate"), "22050");
  EXPECT_EQ(vars_of({"--resample", "22050"}).at("rate"), "22050");
  EXPECT_EQ(vars_of({"--lowpass", "17.5"}).at("lowpass"), "17500 Hz");
  EXPECT_EQ(vars_of({"-k"}).at("lowpass"), "24000 Hz");
}

TEST(Mp3Options, TheThresholdInQuietIsLoweredInDecibels) {
  EXPECT_EQ(vars_of({"--athlower", "12"}).at("ath"), "-12 dB");
  EXPECT_EQ(vars_of({"--athlower", "-3"}).at("ath"), "3 dB");
  EXPECT_EQ(vars_of({"--noath"}).at("ath"), "-100 dB");
  EXPECT_TRUE(vars_of({"--athlower", "200"}).empty());
}

TEST(Mp3Options, TwoThreadsHandOverManyFramesAtATime) {
  EXPECT_EQ(vars_of({}).at("gather"), "1");
  EXPECT_EQ(vars_of({"--threads", "2"}).at("split"), "true");
  EXPECT_GT(std::stoi(vars_of({"--threads", "2"}).at("gather")), 1);
}

TEST(Mp3Options, RawInputIsDescribedInOneWord) {
  EXPECT_EQ(vars_of({"-r"}).at("raw"), "s16le:44100:2");
  EXPECT_EQ(vars_of({"-r", "-s", "48", "--bitwidth", "24", "-x", "-m", "m"}).at("raw"), "s24be:48000:1");
  EXPECT_EQ(vars_of({"-r", "--bitwidth", "8"}).at("raw"), "u8:44100:2");
}

TEST(Mp3Options, ReplayGainGoesWhereItCanBeCompleted) {
  EXPECT_EQ(vars_of({"--replaygain"}).at("addition"), "source -> tag.audio");
  EXPECT_FALSE(vars_of({"--replaygain"}, "-").contains("addition"));
  EXPECT_FALSE(vars_of({"--replaygain", "--noreplaygain"}).contains("addition"));
}

TEST(Mp3Options, ContradictionsAreRefused) {
  EXPECT_TRUE(vars_of({"-V2", "--abr", "128"}).empty());
  EXPECT_TRUE(vars_of({"-B", "128"}).empty());
  EXPECT_TRUE(vars_of({"-V", "11"}).empty());
  EXPECT_TRUE(vars_of({"--id3v1-only", "--id3v2-only"}).empty());
  EXPECT_TRUE(vars_of({"-r", "--raw", "u8:8000:1"}).empty());
}

}  // namespace
}  // namespace sluice::apps
