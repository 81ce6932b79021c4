// The nodes that ask a language model, against a server that follows a script.
#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"
#include "nodes/llm/scripted_server.h"

namespace sluice::llm {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Script says(std::vector<std::string> pieces) {
  Script script{{std::string(kStreamHead)}};
  for (const std::string& piece : pieces) script.sends.push_back(event(piece));
  script.sends.emplace_back(kDone);
  return script;
}
const Script kStalls{{std::string(kStreamHead), event("half")}, true};
const Script kRefuses{{refusal("400 Bad Request", "", R"({"error":{"message":"no"}})")}};

// A node on its model; pulled, as the engine does, whenever it may have something to do.
class Asking {
 public:
  Asking(std::string_view type, std::string_view codec, std::vector<Script> scripts)
      : server_(std::move(scripts)), harness_(type) {
    harness_.connect("in", {{.media = "text", .codec = std::string(codec), .rate_hz = 16000}, 160});
    EXPECT_TRUE(harness_.set("model", server_.url()));
  }

  Status set(std::string_view param, std::string_view value) { return harness_.set(param, value); }
  void begin() {
    const Status status = harness_.start();
    ASSERT_TRUE(status) << status.error().text();
  }
  void say(const Transcript& event) { feed(encode(event)); }
  void feed(std::string_view text) { harness_.feed_bytes("in", std::as_bytes(std::span(text)), 160); }
  void end() { harness_.end(); }
  FakeClock& clock() { return harness_.clock(); }

  // Until the node has emitted `blocks`.
  void wait_for(std::size_t blocks) {
    pull_until([&] { return harness_.out("out").size() >= blocks; });
  }
  void wait_for_end() {
    pull_until([&] { return last_.when == Pull::When::ended; });
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const BlockRef& block : harness_.out("out")) all.emplace_back(block->text());
    return all;
  }
  std::vector<Transcript> events() {
    std::vector<Transcript> all;
    for (const std::string& text : texts()) all.push_back(decode_transcript(text).value());
    return all;
  }
  const std::vector<BlockRef>& blocks() { return harness_.out("out"); }
  std::string written() { return harness_.bytes("out"); }
  double counter(std::string_view name) const { return harness_.counter(name); }
  const ScriptedServer& server() const { return server_; }

 private:
  template <typename Condition>
  void pull_until(Condition met) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    do {
      last_ = harness_.pull();
      if (!met()) std::this_thread::yield();
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    } while (!met());
  }

  ScriptedServer server_;
  NodeHarness harness_;
  Pull last_ = Pull::woken();
};

Transcript final_of(std::uint64_t segment, const std::string& text) {
  return {.kind = Transcript::Kind::final,
          .segment = segment,
          .start_s = 1.0 + static_cast<double>(segment),
          .end_s = 2.0 + static_cast<double>(segment),
          .text = text};
}

TEST(LlmHttp, AnswersEveryPromptInPieces) {
  Asking node("llm.http", "", {says({"Par", "is"}), says({"Rome"})});
  node.begin();
  node.feed("the capital of France?");
  node.feed("and of Italy?");
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.texts(), ElementsAre("Par", "is", "\n", "Rome", "\n"));
  EXPECT_EQ(node.counter("answers"), 2);
  EXPECT_THAT(node.server().requests().at(1), Not(HasSubstr("France")));
}

TEST(LlmHttp, GoesOnAfterAFailure) {
  Asking node("llm.http", "", {kRefuses, says({"yes"})});
  node.begin();
  node.feed("one");
  node.feed("two");
  node.end();
  node.wait_for_end();
  EXPECT_EQ(node.written(), "\nyes\n");
  EXPECT_EQ(node.counter("failures"), 1);
}

TEST(LlmHttp, EndsAnAnswerAtItsDeadline) {
  Asking node("llm.http", "", {kStalls, says({"next"})});
  ASSERT_TRUE(node.set("deadline", "2 s"));
  node.begin();
  node.feed("one");
  node.feed("two");
  node.wait_for(1);
  node.clock().advance(3s);
  node.end();
  node.wait_for_end();
  EXPECT_EQ(node.written(), "half\nnext\n");
}

TEST(LlmHttp, RefusesAFile) {
  NodeHarness harness("llm.http");
  harness.connect("in", {{.media = "text", .codec = {}}, 1});
  ASSERT_TRUE(harness.set("model", "model.gguf"));
  EXPECT_THAT(harness.start().error().text(), HasSubstr("llm.llama"));
}

TEST(LlmChat, RemembersWhatWasSaid) {
  Asking node("llm.chat", "", {says({"Paris"}), says({"two million"})});
  ASSERT_TRUE(node.set("system", "be brief"));
  node.begin();
  node.feed("the capital of France?");
  node.feed("how many live there?");
  node.end();
  node.wait_for_end();
  const std::string request = node.server().requests().at(1);
  const auto at = [&](const char* text) { return request.find(text); };
  EXPECT_LT(at("be brief"), at("capital of France"));
  EXPECT_LT(at("capital of France"), at("Paris"));
  EXPECT_LT(at("Paris"), at("how many"));
}

TEST(LlmChat, ForgetsTheOldestWhenTheContextIsFull) {
  std::vector<Script> scripts(12, says({std::string(120, 'b')}));
  Asking node("llm.chat", "", std::move(scripts));
  ASSERT_TRUE(node.set("system", "be brief"));
  ASSERT_TRUE(node.set("context", "400"));  // an exchange takes some 100, by LanguageModel::count_tokens()
  ASSERT_TRUE(node.set("max_tokens", "64"));
  node.begin();
  for (int n = 0; n < 12; ++n) node.feed("question " + std::to_string(n) + std::string(120, 'a'));
  node.end();
  node.wait_for_end();
  const auto requests = node.server().requests();
  EXPECT_THAT(requests.at(2), HasSubstr("question 0"));
  EXPECT_THAT(requests.at(11), AllOf(HasSubstr("be brief"), Not(HasSubstr("question 0")), HasSubstr("question 11")));
  EXPECT_THAT(requests.at(11), HasSubstr("question 10"));
  EXPECT_GT(node.counter("forgotten"), 6);
  for (const std::string& request : requests) EXPECT_LT(request.size(), 3u * 400 + 800) << "estimated 3 bytes a token";
}

TEST(LlmHttp, SendsEveryStopWord) {
  Asking node("llm.http", "", {says({"x"})});
  ASSERT_TRUE(node.set("stop", "User:|###"));
  node.begin();
  node.feed("one");
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.server().requests().at(0), HasSubstr(R"("stop":["User:","###"])"));
}

TEST(LlmHttp, StampsTokensWhenTheyAreMadeAndTellsHowLongTheyTook) {
  Asking node("llm.http", "", {says({"a", "b"})});
  node.begin();
  node.clock().advance(5s);
  node.feed("one");
  node.end();
  node.wait_for_end();
  for (const BlockRef& block : node.blocks()) EXPECT_EQ(block->header.capture_time, node.clock().now());
  EXPECT_EQ(node.counter("first_piece_s"), 0) << "on a clock that stands still";
  EXPECT_EQ(node.counter("handover_s"), 0);
}

TEST(LlmCorrect, PassesEverythingOnAtOnceAndTheCorrectionAfter) {
  Asking node("llm.correct", "transcript", {says({"the cloves ", "of garlic"})});
  node.begin();
  Transcript partial = final_of(0, "the clubs");
  partial.kind = Transcript::Kind::partial;
  node.say(partial);
  node.say(final_of(0, "the clubs of garlic"));
  node.wait_for(2);
  EXPECT_EQ(node.events()[0], partial);
  EXPECT_EQ(node.events()[1], final_of(0, "the clubs of garlic"));
  node.end();
  node.wait_for_end();
  Transcript corrected = final_of(0, "the cloves of garlic");
  corrected.kind = Transcript::Kind::corrected;
  corrected.original = "the clubs of garlic";
  EXPECT_EQ(node.events().at(2), corrected);
  EXPECT_EQ(node.counter("corrected"), 1);
}

TEST(LlmCorrect, KeepsTheOriginalWhenTheModelIsWrongLateOrGone) {
  Asking node("llm.correct", "transcript", {says({"I cannot help you with that."}), kRefuses, kStalls});
  ASSERT_TRUE(node.set("deadline", "5 s"));
  node.begin();
  for (std::uint64_t n = 0; n < 3; ++n) node.say(final_of(n, "it costs 40 pounds"));
  node.wait_for(5);  // three finals and two corrections
  while (node.server().requests().size() < 3) std::this_thread::yield();
  node.clock().advance(6s);
  node.end();
  node.wait_for_end();
  std::size_t corrections = 0;
  for (const Transcript& event : node.events()) {
    EXPECT_EQ(event.text, "it costs 40 pounds");
    corrections += event.kind == Transcript::Kind::corrected;
  }
  EXPECT_EQ(corrections, 3u);
  EXPECT_EQ(node.counter("failures"), 2);
  EXPECT_EQ(node.counter("corrected"), 0);
}

TEST(LlmCorrect, DoesNotFallBehind) {
  Asking node("llm.correct", "transcript", {kStalls, says({"a sentence"})});
  ASSERT_TRUE(node.set("most_waiting", "2"));
  ASSERT_TRUE(node.set("deadline", "5 s"));
  node.begin();
  for (std::uint64_t n = 0; n < 10; ++n) node.say(final_of(n, "a sentence"));
  node.wait_for(10);  // all finals, though none has an answer yet
  while (node.server().requests().empty()) std::this_thread::yield();
  node.clock().advance(6s);
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.events(), SizeIs(20));
  EXPECT_EQ(node.counter("overload"), 8) << "but for the last two";
  EXPECT_THAT(node.server().requests(), SizeIs(2));
}

TEST(LlmCorrect, AsksOnlyWhereTheRecogniserWasUnsure) {
  Asking node("llm.correct", "transcript", {says({"sure enough"})});
  ASSERT_TRUE(node.set("below", "0.5"));
  node.begin();
  Transcript sure = final_of(0, "quite sure");
  sure.words = {{"quite", 1, 1.5, 0.9}, {"sure", 1.5, 2, 0.8}};
  Transcript unsure = final_of(1, "shore enough");
  unsure.words = {{"shore", 2, 2.5, 0.3}, {"enough", 2.5, 3, 0.8}};
  node.say(sure);
  node.say(unsure);
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.server().requests(), SizeIs(1));
  EXPECT_EQ(node.events().back().text, "sure enough");
  EXPECT_EQ(node.events().back().words.at(0).start_s, 2);
}

TEST(LlmCorrect, ShowsTheModelWhatWasSaidBefore) {
  Asking node("llm.correct", "transcript", {says({"first"}), says({"second"})});
  node.begin();
  node.say(final_of(0, "first"));
  node.say(final_of(1, "second"));
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.server().requests().at(1), HasSubstr("Before: first\\nSentence: second"));
}

TEST(LlmCorrect, CountsEventsThatAreNone) {
  Asking node("llm.correct", "transcript", {});
  node.begin();
  node.feed("{\"kind\":");
  node.end();
  node.wait_for_end();
  EXPECT_EQ(node.counter("damaged"), 1);
  EXPECT_THAT(node.texts(), IsEmpty());
}

TEST(LlmSummarise, KeepsMinutes) {
  Asking node("llm.summarise", "transcript", {says({"- rain"}), says({"- rain\\n- then sun"})});
  ASSERT_TRUE(node.set("interval", "1 s"));
  node.begin();
  node.say(final_of(0, "it rains"));
  node.wait_for(1);
  node.say(final_of(7, "now the sun shines"));
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.texts(), ElementsAre("- rain", "- rain\n- then sun"));
  EXPECT_THAT(node.server().requests().at(1),
              AllOf(HasSubstr("- rain"), HasSubstr("now the sun shines"), Not(HasSubstr("it rains"))));
}

TEST(LlmSummarise, AsksAgainAboutWhatWasNotAnswered) {
  Asking node("llm.summarise", "transcript", {kRefuses, says({"- both"})});
  ASSERT_TRUE(node.set("interval", "1 s"));
  node.begin();
  node.say(final_of(0, "one"));
  while (node.counter("failures") == 0) node.wait_for(0);
  node.say(final_of(1, "two"));
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.server().requests().at(1), HasSubstr("one two"));
}

TEST(LlmSummarise, LeavesOutTheOldestOfWhatTheContextDoesNotHold) {
  Asking node("llm.summarise", "transcript", {kRefuses, says({"- much"})});
  for (const auto& [param, value] : {std::pair{"interval", "1 s"}, {"context", "400"}, {"max_tokens", "64"}})
    ASSERT_TRUE(node.set(param, value));
  node.begin();
  std::string long_talk = "oldest";
  for (int n = 0; n < 500; ++n) long_talk += " word";
  node.say(final_of(0, long_talk));
  while (node.counter("failures") == 0) node.wait_for(0);
  node.say(final_of(1, "newest"));
  node.end();
  node.wait_for_end();
  EXPECT_THAT(node.server().requests().at(1), AllOf(HasSubstr("word newest"), Not(HasSubstr("oldest"))));
  EXPECT_GT(node.counter("dropped"), 1000);
}

TEST(LlmTranslate, KeepsTheTimes) {
  Asking node("llm.translate", "transcript", {says({"guten Tag"}), kRefuses});
  ASSERT_TRUE(node.set("to", "German"));
  node.begin();
  node.say(final_of(0, "good day"));
  node.say(final_of(1, "good night"));
  node.end();
  node.wait_for_end();
  Transcript translated = final_of(0, "guten Tag");
  translated.original = "good day";
  EXPECT_THAT(node.events(), ElementsAre(translated, final_of(1, "good night")));
  EXPECT_THAT(node.server().requests().at(0), HasSubstr("into German"));
  EXPECT_EQ(node.counter("untranslated"), 1);
}

}  // namespace
}  // namespace sluice::llm
