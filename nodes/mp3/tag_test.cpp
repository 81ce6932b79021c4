// mp3.tag on the harness: what a writer would make of its packets.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "engine/testing/node_harness.h"
#include "nodes/mp3/kernels/info_tag.h"

namespace sluice::mp3 {
namespace {

const StreamSpec kMp3{.format = {.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2},
                      .block_frames = 1152};

std::string info_frame(std::uint32_t frames) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  std::string bytes(static_cast<std::size_t>(info_frame_bytes(format)), '\0');
  write_info_frame(format, true, {.frames = frames, .bytes = 417 * frames},
                   {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

class Tagged {
 public:
  explicit Tagged(const std::vector<std::pair<std::string, std::string>>& settings, bool with_audio = false) {
    for (const auto& [name, value] : settings) EXPECT_TRUE(node.set(name, value).ok());
    node.connect("in", kMp3);
    if (with_audio) node.connect("audio", audio_spec(48000, 2));
    status = node.start();
    if (!status.ok()) return;
    if (with_audio) node.feed_audio("audio", sine());
    feed(info_frame(0), 0);
    feed(std::string(417, 'f'), 0);  // the harness counts positions on: a rewrite stands at 0
    feed(info_frame(1), 0, kRewrite);
    node.end();
  }

  // The file that file.write would make.
  std::string file() {
    std::string bytes;
    for (const BlockRef& packet : node.out("out")) {
      if (packet->has(kRewrite))
        bytes.replace(static_cast<std::size_t>(packet->header.position), packet->text().size(), packet->text());
      else
        bytes += packet->text();
    }
    return bytes;
  }

  NodeHarness node{"mp3.tag"};
  Status status;

 private:
  void feed(const std::string& bytes, std::int64_t frames, std::uint32_t flags = kIndependent) {
    node.feed_bytes("in", std::as_bytes(std::span(bytes)), frames, flags);
  }
  // 997 Hz at -20 dBFS in both channels: -20 LUFS within 0.1 dB (EBU Tech 3341; a stereo sine reads as its level).
  static std::vector<std::vector<float>> sine() {
    std::vector<float> x(5 * 48000);
    for (std::size_t n = 0; n < x.size(); ++n)
      x[n] = 0.1f * static_cast<float>(std::sin(2 * M_PI * 997 / 48000 * static_cast<double>(n)));
    return {x, x};
  }
};

TEST(Mp3Tag, PassesTheStreamWhenThereIsNothingToSay) {
  Tagged tagged({});
  EXPECT_EQ(tagged.file(), info_frame(1) + std::string(417, 'f'));
}

TEST(Mp3Tag, PutsTagsAroundTheFrames) {
  Tagged tagged({{"title", "Lied"}, {"track", "3"}});
  const std::string file = tagged.file();
  EXPECT_EQ(file.substr(0, 3), "ID3");
  EXPECT_NE(file.find("Lied"), std::string::npos);
  EXPECT_EQ(file.substr(file.size() - 128, 7), "TAGLied");
  const std::size_t frames = file.find(info_frame(1));
  ASSERT_NE(frames, std::string::npos) << "the completed Info tag stands in the wrong place";
  EXPECT_EQ(file.size(), frames + 2 * 417 + 128);
}

TEST(Mp3Tag, WritesOnlyWhatIsWanted) {
  EXPECT_EQ(Tagged({{"title", "x"}, {"id3v2", "false"}}).file().substr(0, 1), "\xff");
  EXPECT_EQ(Tagged({{"title", "x"}, {"id3v1", "false"}}).file().find("TAGx"), std::string::npos);
}

TEST(Mp3Tag, MeasuresReplayGainOfTheAudio) {
  Tagged tagged({}, true);
  EXPECT_NEAR(tagged.node.counter("track_gain_db"), 2.0, 0.2);
  EXPECT_NEAR(tagged.node.counter("peak"), 0.1, 1e-3);
  const std::string file = tagged.file();
  EXPECT_NE(file.find("REPLAYGAIN_TRACK_GAIN"), std::string::npos);
  EXPECT_EQ(file.find("+00.00 dB"), std::string::npos) << "the placeholder was left";
  EXPECT_NE(file.find(" dB"), std::string::npos);
  const std::size_t info = file.find("Info");
  ASSERT_NE(info, std::string::npos);
  EXPECT_EQ(file[info + 135] & 0xfc, 1 << 5 | 3 << 2);  // name "track", set automatically
}

TEST(Mp3Tag, TakesAPictureAndRefusesWhatIsNone) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string path = (folder / ("cover_" + std::to_string(::getpid()))).string();
  std::ofstream(path) << "\xff\xd8\xff" << std::string(5000, 'p');
  Tagged tagged({{"cover", path}});
  EXPECT_NE(tagged.file().find(std::string(5000, 'p')), std::string::npos);
  std::ofstream(path) << "GIF89a";
  EXPECT_FALSE(Tagged({{"cover", path}}).status.ok());
  std::filesystem::remove(path);
  EXPECT_FALSE(Tagged({{"cover", path}}).status.ok());
}

}  // namespace
}  // namespace sluice::mp3
