// The text nodes on scripted transcripts.
#include <gmock/gmock.h>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

StreamSpec transcripts() {
  return {{.media = "text", .codec = "transcript", .rate_hz = 16000}, 160};
}

Transcript said(Transcript::Kind kind, std::uint64_t segment, double start_s, double end_s, const std::string& text) {
  return {.kind = kind, .segment = segment, .start_s = start_s, .end_s = end_s, .text = text};
}

const Transcript kPartial = said(Transcript::Kind::partial, 0, 1, 2, "ask knot");
const Transcript kFinal = said(Transcript::Kind::final, 0, 1, 3, "Ask not what your country can do for you,");
const Transcript kCorrected = said(Transcript::Kind::corrected, 0, 1, 3, "Ask not!");
const Transcript kNothing = said(Transcript::Kind::final, 1, 3.5, 3.6, "");
const Transcript kNext = said(Transcript::Kind::final, 2, 4, 5, "ask <me>.");

// What a node makes of the events above, and of one that is damaged.
class TextNode {
 public:
  explicit TextNode(std::string_view type) : harness_(type) { harness_.connect("in", transcripts()); }

  Status set(std::string_view param, std::string_view value) { return harness_.set(param, value); }
  void begin() { ASSERT_TRUE(harness_.start()); }
  void say(const Transcript& event) { say(encode(event)); }
  void say(std::string_view json) { harness_.feed_bytes("in", std::as_bytes(std::span(json)), 160); }
  void end() { harness_.end(); }
  void say_all() {
    begin();
    for (const Transcript& event : {kPartial, kFinal, kCorrected, kNothing, kNext}) say(event);
    say("{\"kind\":");
    end();
    EXPECT_EQ(harness_.counter("damaged"), 1);
  }
  std::string written() { return harness_.bytes("out"); }
  double counter(std::string_view name) const { return harness_.counter(name); }

 private:
  NodeHarness harness_;
};

TEST(TextJsonl, KeepsFinalsAndCorrectionsThatHaveWords) {
  TextNode node("text.jsonl");
  node.say_all();
  EXPECT_EQ(node.written(), encode(kFinal) + '\n' + encode(kCorrected) + '\n' + encode(kNext) + '\n');
}

TEST(TextJsonl, KeepsPartialsWhereAsked) {
  TextNode node("text.jsonl");
  ASSERT_TRUE(node.set("partials", "true"));
  node.say_all();
  EXPECT_THAT(node.written(), testing::StartsWith(encode(kPartial) + '\n'));
}

TEST(TextLines, AreAnUtteranceALine) {
  TextNode node("text.lines");
  node.say_all();
  EXPECT_EQ(node.written(), "Ask not what your country can do for you,\nask <me>.\n");
}

TEST(TextLines, AreCorrectedWhereAsked) {
  TextNode node("text.lines");
  ASSERT_TRUE(node.set("events", "corrected"));
  node.say_all();
  EXPECT_EQ(node.written(), "Ask not!\n");
}

TEST(TextLines, AreOneForAStreamWithAName) {
  TextNode node("text.lines");
  ASSERT_TRUE(node.set("name", "clip 1"));
  node.say_all();
  EXPECT_EQ(node.written(), "clip 1\tAsk not what your country can do for you, ask <me>.\n");
}

TEST(TextSubtitles, AreSubRip) {
  TextNode node("text.subtitles");
  node.say_all();
  EXPECT_EQ(node.written(),
            "1\n00:00:01,000 --> 00:00:03,050\nAsk not what your country can do for you,\n\n"
            "2\n00:00:04,000 --> 00:00:05,000\nask <me>.\n\n");
}

TEST(TextSubtitles, AreWebVttThatGrowsWhereLive) {
  TextNode node("text.subtitles");
  ASSERT_TRUE(node.set("format", "vtt"));
  ASSERT_TRUE(node.set("live", "true"));
  node.begin();
  node.say(kFinal);
  EXPECT_EQ(node.written(),
            "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.050\nAsk not what your country can do for you,\n\n");
  node.say(kNext);
  EXPECT_THAT(node.written(), HasSubstr("ask &lt;me&gt;."));
}

TEST(TextSubtitles, OfNothingAreAnEmptyFileOfTheirFormat) {
  TextNode node("text.subtitles");
  ASSERT_TRUE(node.set("format", "vtt"));
  node.begin();
  node.end();
  EXPECT_EQ(node.written(), "WEBVTT\n\n");
}

TEST(TextSubtitles, TakeTheTimesOfWords) {
  TextNode node("text.subtitles");
  Transcript event = said(Transcript::Kind::final, 0, 0, 20, "one two");
  event.words = {{"one", 2, 3, 1}, {"two", 10, 11, 1}};
  node.begin();
  node.say(event);
  node.end();
  EXPECT_THAT(node.written(), HasSubstr("00:00:02,000 --> 00:00:03,000\none\n"));
  EXPECT_THAT(node.written(), HasSubstr("00:00:10,000 --> 00:00:11,000\ntwo\n"));
}

// Standard output as what is written to it between the calls.
std::string shown_by(TextNode& node) {
  testing::internal::CaptureStdout();
  node.say_all();
  return testing::internal::GetCapturedStdout();
}

TEST(TextTerminal, ShowsFinalsAloneInAFile) {
  TextNode node("text.terminal");
  EXPECT_EQ(shown_by(node), "Ask not what your country can do for you,\nask <me>.\n");
  EXPECT_EQ(node.counter("finals"), 2);
}

TEST(TextTerminal, RewritesPartials) {
  TextNode node("text.terminal");
  ASSERT_TRUE(node.set("partials", "show"));
  const std::string shown = shown_by(node);
  EXPECT_THAT(shown, HasSubstr("\033[90mask knot\033[0m\r\033[JAsk not what"));
  EXPECT_THAT(shown, Not(HasSubstr("Ask not!")));
}

}  // namespace
}  // namespace sluice
