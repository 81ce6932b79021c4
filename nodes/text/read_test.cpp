#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class TextRead : public testing::Test {
 protected:
  ~TextRead() override { std::filesystem::remove(path_); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  void begin() {
    ASSERT_TRUE(node_.set("path", path_));
    const Status status = node_.start();
    ASSERT_TRUE(status) << status.error().text();
  }
  std::vector<std::string> lines() {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (node_.pull().when != Pull::When::ended && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    std::vector<std::string> all;
    for (const BlockRef& block : node_.out("out")) all.emplace_back(block->text());
    return all;
  }

  const std::string path_ = std::filesystem::temp_directory_path() / ("sluice-read-" + std::to_string(::getpid()));
  NodeHarness node_{"text.read"};
};

TEST_F(TextRead, GivesLinesWithoutTheirEnds) {
  write("one\r\n\ntwo\nthree");
  begin();
  EXPECT_THAT(lines(), ElementsAre("one", "two", "three"));
}

TEST_F(TextRead, GivesMoreLinesThanMayWait) {
  std::string text;
  for (int n = 0; n < 1000; ++n) text += std::to_string(n) + '\n';
  write(text);
  begin();
  const auto all = lines();
  ASSERT_EQ(all.size(), 1000u);
  EXPECT_EQ(all.back(), "999");
}

TEST_F(TextRead, CutsALineThatIsTooLong) {
  write(std::string(100'000, 'x') + "\nnext\n");
  begin();
  const auto all = lines();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_LE(all[0].size(), 33u * 1024);
  EXPECT_EQ(node_.counter("truncated"), 1);
}

TEST_F(TextRead, MakesTranscripts) {
  write("plain\n" + encode({.kind = Transcript::Kind::final, .segment = 7, .text = "kept"}) + "\n");
  ASSERT_TRUE(node_.set("as", "transcript"));
  begin();
  const auto all = lines();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(decode_transcript(all[0])->text, "plain");
  EXPECT_EQ(decode_transcript(all[1])->segment, 7u);
}

TEST_F(TextRead, SaysThatThereIsNoFile) {
  ASSERT_TRUE(node_.set("path", "/nowhere"));
  EXPECT_THAT(node_.start().error().text(), HasSubstr("/nowhere: No such file"));
}

TEST_F(TextRead, StopsWhileItWaits) {
  std::filesystem::remove(path_);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  std::fstream keeps_it_open(path_, std::ios::in | std::ios::out);
  begin();
  EXPECT_EQ(node_.pull().when, Pull::When::woken);
}

}  // namespace
}  // namespace sluice
