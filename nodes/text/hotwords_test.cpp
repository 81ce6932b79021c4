#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"

namespace sluice {
namespace {

class TextHotwords : public testing::Test {
 protected:
  ~TextHotwords() override { std::filesystem::remove(path); }
  void write(const std::string& lines, int age_s) {
    std::ofstream(path) << lines;
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age_s));
  }
  void start() {
    ASSERT_TRUE(node.set("file", path));
    node.connect("in", {.format = {.media = "text", .codec = "transcript", .rate_hz = 16000}});
    const Status started = node.start();
    ASSERT_TRUE(started) << started.error().text();
  }
  Transcript through(const Transcript& event) {
    const std::string line = encode(event);
    node.feed_bytes("in", std::as_bytes(std::span(line)));
    return *decode_transcript(node.out("out").back()->text());
  }

  const std::string path = testing::TempDir() + "text_hotwords_" + std::to_string(::getpid());
  NodeHarness node{"text.hotwords"};
};

TEST_F(TextHotwords, SpellsFinalsAndSharesOutTheirTimes) {
  write("Dashwood\n", 10);
  start();
  Transcript said{.kind = Transcript::Kind::final, .text = "Mr. dash wood."};
  said.words = {{"Mr.", 0, 0.4, 0.9}, {"dash", 0.5, 0.7, 0.8}, {"wood.", 0.7, 1, 0.6}};
  const Transcript spelled = through(said);
  EXPECT_EQ(spelled.text, "Mr. Dashwood.");
  ASSERT_EQ(spelled.words.size(), 2u);
  EXPECT_EQ(spelled.words[1], (TranscriptWord{"Dashwood.", 0.5, 1, 0.6}));
  EXPECT_EQ(node.counter("respelled"), 1);
}

TEST_F(TextHotwords, LeavesPartialsAlone) {
  write("Dashwood\n", 10);
  start();
  EXPECT_EQ(through({.kind = Transcript::Kind::partial, .text = "dash wood"}).text, "dash wood");
}

TEST_F(TextHotwords, ReadsTheFileAgainWhenItHasChanged) {
  write("Dashwood\n", 10);
  start();
  write("DashWood\n", 5);
  EXPECT_EQ(through({.kind = Transcript::Kind::final, .text = "dashwood"}).text, "DashWood");
  std::filesystem::remove(path);
  EXPECT_EQ(through({.kind = Transcript::Kind::final, .text = "dashwood"}).text, "DashWood")
      << "until there is another";
}

TEST_F(TextHotwords, NeedsItsFile) {
  std::filesystem::remove(path);
  ASSERT_TRUE(node.set("file", path));
  node.connect("in", {.format = {.media = "text", .codec = "transcript", .rate_hz = 16000}});
  EXPECT_EQ(node.start().error().where, "file");
}

}  // namespace
}  // namespace sluice
