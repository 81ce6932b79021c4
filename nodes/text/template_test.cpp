#include <gmock/gmock.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"

namespace sluice {
namespace {

using testing::HasSubstr;

StreamSpec text_of(std::string_view codec) {
  return {{.media = "text", .codec = std::string(codec), .rate_hz = 1000}, 1};
}

void feed(NodeHarness& node, std::string_view text) {
  node.feed_bytes("in", std::as_bytes(std::span(text)), 1);
}

TEST(TextTemplate, FillsLinesIn) {
  NodeHarness node("text.template");
  node.connect("in", text_of("line"));
  ASSERT_TRUE(node.set("text", "Say \"{{text}}\" in German."));
  ASSERT_TRUE(node.start());
  feed(node, "good day");
  EXPECT_EQ(node.bytes("out"), "Say \"good day\" in German.");
}

TEST(TextTemplate, FillsUtterancesIn) {
  NodeHarness node("text.template");
  node.connect("in", text_of("transcript"));
  ASSERT_TRUE(node.set("text", "{{segment}} {{start}}-{{end}}: {{text}}\n"));
  ASSERT_TRUE(node.start());
  feed(node, encode({.kind = Transcript::Kind::partial, .segment = 4, .text = "good"}));
  feed(node, encode({.kind = Transcript::Kind::final, .segment = 4, .start_s = 1, .end_s = 2.25, .text = "good day"}));
  EXPECT_EQ(node.bytes("out"), "4 1.00-2.25: good day\n");
}

TEST(TextTemplate, IsKeptInAFile) {
  const auto path = std::filesystem::temp_directory_path() / ("sluice-template-" + std::to_string(::getpid()));
  std::ofstream(path) << "<{{text}}>";
  NodeHarness node("text.template");
  node.connect("in", text_of("line"));
  ASSERT_TRUE(node.set("file", path.string()));
  ASSERT_TRUE(node.start());
  feed(node, "x");
  EXPECT_EQ(node.bytes("out"), "<x>");
  std::filesystem::remove(path);
}

TEST(TextTemplate, SaysWhatItDoesNotKnow) {
  NodeHarness node("text.template");
  node.connect("in", text_of("line"));
  ASSERT_TRUE(node.set("text", "{{txt}}"));
  EXPECT_THAT(node.start().error().text(), HasSubstr("knows no {{txt}}; known: {{text}}"));
  NodeHarness missing("text.template");
  missing.connect("in", text_of("line"));
  ASSERT_TRUE(missing.set("file", "/nowhere"));
  EXPECT_THAT(missing.start().error().text(), HasSubstr("cannot read '/nowhere'"));
}

}  // namespace
}  // namespace sluice
