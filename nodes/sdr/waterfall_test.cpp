// A tone shows where it is, as bright as it is, in rows, on the terminal and in a picture.
#include <gmock/gmock.h>
#include <png.h>

#include <unistd.h>

#include <cmath>
#include <complex>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numbers>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/waterfall_picture.h"
#include "nodes/sdr/waterfall_spectrum.h"

namespace sluice::sdr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kRate = 256'000;

std::vector<std::complex<float>> tone(double hz, double amplitude, std::size_t samples) {
  std::vector<std::complex<float>> x(samples);
  for (std::size_t n = 0; n < samples; ++n)
    x[n] = std::complex<float>(std::polar(amplitude, 2 * std::numbers::pi * hz * static_cast<double>(n) / kRate));
  return x;
}

TEST(WaterfallSpectrum, GivesAFullScaleTone0DbWhereItIs) {
  WaterfallSpectrum spectrum(256, 2560);
  EXPECT_EQ(spectrum.take(tone(16'000, 1, 10'000)), 2560u) << "up to the end of the row";
  ASSERT_TRUE(spectrum.whole());
  const auto row = spectrum.row().value();
  EXPECT_NEAR(row[128 + 16], 0, 0.01);
  EXPECT_NEAR(row[128 + 15], -6.02, 0.1) << "Hann's neighbours are half as high";
  EXPECT_LT(row[128 - 16], -100);
  EXPECT_FALSE(spectrum.row().has_value()) << "nothing came since";
}

class WaterfallNode : public testing::Test {
 protected:
  void feed(double hz, double amplitude) {
    node_.connect("in", {{.media = "iq", .codec = {}, .rate_hz = kRate, .channels = 1}, 1000});
    const Status started = node_.start();
    ASSERT_TRUE(started) << started.error().text();
    const auto samples = tone(hz, amplitude, static_cast<std::size_t>(kRate) / 2);
    for (std::size_t at = 0; at < samples.size(); at += 1000)
      node_.feed_bytes("in", std::as_bytes(std::span(samples).subspan(at, 1000)), 1000);
    node_.end();
  }
  NodeHarness node_{"iq.waterfall"};
};

TEST_F(WaterfallNode, ShowsATone) {
  for (const auto& [param, value] : {std::pair{"frequency", "100 MHz"}, {"top", "0 dB"}, {"columns", "16"}})
    ASSERT_TRUE(node_.set(param, value));
  feed(-64'000, 1);
  EXPECT_EQ(node_.realtime_violation(), "");
  ASSERT_EQ(node_.out("out").size(), 4u) << "eight a second";
  const auto row = nlohmann::json::parse(node_.out("out")[2]->text());
  const std::string levels = row["row"];
  ASSERT_EQ(levels.size(), 512u);
  EXPECT_EQ(levels.substr(2 * 64, 2), "ff");
  EXPECT_EQ(levels.substr(2 * 192, 2), "00");
  EXPECT_EQ(row["centre_hz"], 100'000'000);
  EXPECT_EQ(row["span_hz"], 256'000);
  EXPECT_EQ(node_.counter("peak_hz"), -64'000);
  const std::string shown(node_.out("terminal")[2]->text());
  EXPECT_THAT(shown, HasSubstr("\x1b[48;2;255;255;255m "));
  EXPECT_TRUE(shown.ends_with("\x1b[0m\n"));
  EXPECT_EQ(std::ranges::count(shown, ' '), 16);
}

TEST_F(WaterfallNode, DrawsAPicture) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("sluice-fall-" + std::to_string(::getpid()) + ".png");
  ASSERT_TRUE(node_.set("picture", path));
  feed(32'000, 0.5);
  node_.node().stop();
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_file(&image, path.c_str()));
  image.format = PNG_FORMAT_RGB;
  EXPECT_EQ(image.width, 256u);
  EXPECT_EQ(image.height, 4u);
  std::vector<std::uint8_t> rgb(PNG_IMAGE_SIZE(image));
  ASSERT_TRUE(png_image_finish_read(&image, nullptr, rgb.data(), 0, nullptr));
  const auto pixel = [&](std::size_t column) {
    return std::vector(rgb.begin() + 3 * column, rgb.begin() + 3 * column + 3);
  };
  EXPECT_THAT(pixel(160), ElementsAre(255, 255, 255)) << "-6 dB is above the top";
  EXPECT_THAT(pixel(40), ElementsAre(0, 0, 0));
  std::filesystem::remove(path);
}

TEST_F(WaterfallNode, SaysWhatCannotBe) {
  ASSERT_TRUE(node_.set("bins", "100"));
  node_.connect("in", {{.media = "iq", .codec = {}, .rate_hz = kRate, .channels = 1}, 1000});
  EXPECT_THAT(node_.start().error().text(), HasSubstr("power of two"));
}

TEST(Waterfall, KeepsTheNewestRows) {
  WaterfallPicture picture(16);
  for (std::size_t n = 0; n < WaterfallPicture::kMostRows + 5; ++n) picture.add(std::vector<std::uint8_t>(16, 7));
  EXPECT_EQ(picture.rows(), WaterfallPicture::kMostRows);
}

}  // namespace
}  // namespace sluice::sdr
