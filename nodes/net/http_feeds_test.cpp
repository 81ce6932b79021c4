#include <gmock/gmock.h>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"
#include "nodes/net/raw_client.h"

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const StreamSpec kTranscripts{{.media = "text", .codec = "transcript", .rate_hz = 16000}, 160};

class HttpCaptionsNode : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(harness_.set("port", "0"));
    harness_.connect("in", kTranscripts);
  }
  RawSocket get(std::string_view target) {
    auto socket = RawSocket::connect(static_cast<std::uint16_t>(harness_.counter("port")));
    socket.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    head_ = socket.read_until("\r\n\r\n");
    return socket;
  }
  void say(Transcript::Kind kind, std::uint64_t segment, const std::string& text) {
    const std::string event = encode({.kind = kind, .segment = segment, .text = text});
    harness_.feed_bytes("in", std::as_bytes(std::span(event)), 160);
  }

  NodeHarness harness_{"http.captions"};
  std::string head_;
};

TEST_F(HttpCaptionsNode, SendsEveryEventAsItIsSaid) {
  ASSERT_TRUE(harness_.start());
  auto reader = get("/captions");
  EXPECT_THAT(head_, AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("Content-Type: text/event-stream\r\n")));
  say(Transcript::Kind::partial, 0, "ask knot");
  EXPECT_EQ(reader.read_until("\n\n"), R"(data: {"final":false,"segment":0,"stable_words":0,"text":"ask knot"})"
                                       "\n\n");
  say(Transcript::Kind::final, 0, "Ask not.");
  EXPECT_THAT(reader.read_until("\n\n"), HasSubstr(R"("text":"Ask not.")"));
  EXPECT_EQ(harness_.counter("finals"), 1);
}

TEST_F(HttpCaptionsNode, ShowsThoseWhoComeLateWhatWasSaidLast) {
  ASSERT_TRUE(harness_.start());
  for (const std::string text : {"one", "two", "three", "four"}) say(Transcript::Kind::final, 0, text);
  say(Transcript::Kind::partial, 1, "fi");
  auto reader = get("/captions");
  for (const char* text : {"two", "three", "four", "fi"})
    EXPECT_THAT(reader.read_until("\n\n"), HasSubstr("\"text\":\"" + std::string(text) + "\"}"));
}

TEST_F(HttpCaptionsNode, ShowsAnUtteranceOnceWhetherItIsCorrectedOrNot) {
  ASSERT_TRUE(harness_.set("events", "corrected"));
  ASSERT_TRUE(harness_.start());
  auto reader = get("/captions");
  say(Transcript::Kind::final, 0, "ask knot");
  EXPECT_THAT(reader.read_until("\n\n"), HasSubstr(R"("final":false)"));
  say(Transcript::Kind::corrected, 0, "ask not");
  EXPECT_THAT(reader.read_until("\n\n"), AllOf(HasSubstr(R"("final":true)"), HasSubstr("ask not")));
  EXPECT_EQ(harness_.counter("finals"), 1);
}

TEST_F(HttpCaptionsNode, IsNamedInTheStatus) {
  ASSERT_TRUE(harness_.set("mount", "/said"));
  ASSERT_TRUE(harness_.start());
  auto page = get("/status.json");
  EXPECT_THAT(page.read_until("\n}\n"), HasSubstr("\"path\": \"/said\""));
}

TEST_F(HttpCaptionsNode, EndsItsReadersWithTheGraph) {
  ASSERT_TRUE(harness_.start());
  auto reader = get("/captions");
  harness_.end();
  harness_.node().stop();
  EXPECT_EQ(reader.read_until("\n\n"), "");
}

TEST(HttpMinutesNode, ShowsTheWholeTextAndOnlyTheNewestToThoseWhoComeLate) {
  NodeHarness harness("http.minutes");
  ASSERT_TRUE(harness.set("port", "0"));
  harness.connect("in", {{.media = "text", .codec = "summary", .rate_hz = 16000}, 160});
  ASSERT_TRUE(harness.start());
  for (const std::string text : {"- rain", "- rain\n- then sun"})
    harness.feed_bytes("in", std::as_bytes(std::span(text)), 160);
  auto reader = RawSocket::connect(static_cast<std::uint16_t>(harness.counter("port")));
  reader.send("GET /minutes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(reader.read_until("\r\n\r\n"), HasSubstr("text/event-stream"));
  EXPECT_EQ(reader.read_until("\n\n"), "data: {\"text\":\"- rain\\n- then sun\"}\n\n");
  auto status = RawSocket::connect(static_cast<std::uint16_t>(harness.counter("port")));
  status.send("GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(status.read_until("\n}\n"), HasSubstr("\"path\": \"/minutes\""));
  harness.node().stop();
}

TEST(HttpWaterfallNode, PassesRowsOnAndNothingThatBreaksTheStream) {
  NodeHarness harness("http.waterfall");
  ASSERT_TRUE(harness.set("port", "0"));
  harness.connect("in", {{.media = "text", .codec = "waterfall"}, 1});
  ASSERT_TRUE(harness.start());
  for (const std::string text : {"{\"row\":\"00\"}\n\ndata: x", "", "{\"row\":\"ff\"}"})
    harness.feed_bytes("in", std::as_bytes(std::span(text)), 1);
  auto reader = RawSocket::connect(static_cast<std::uint16_t>(harness.counter("port")));
  reader.send("GET /waterfall HTTP/1.1\r\nHost: localhost\r\n\r\n");
  reader.read_until("\r\n\r\n");
  EXPECT_EQ(reader.read_until("\n\n"), "data: {\"row\":\"ff\"}\n\n");
  EXPECT_EQ(harness.counter("damaged"), 2);
  harness.node().stop();
}

// As an edit of a running graph does it.
TEST(HttpCaptionsNodes, HandTheirReadersOver) {
  const auto port = std::to_string(RawListener().port());
  NodeHarness old("http.captions"), next("http.captions");
  for (auto* node : {&old, &next}) {
    ASSERT_TRUE(node->set("port", port));
    node->connect("in", kTranscripts);
  }
  const auto say = [](NodeHarness& node, const char* text) {
    const std::string event = encode({.kind = Transcript::Kind::final, .segment = 0, .text = text});
    node.feed_bytes("in", std::as_bytes(std::span(event)), 160);
  };
  ASSERT_TRUE(old.start());
  auto reader = RawSocket::connect(static_cast<std::uint16_t>(old.counter("port")));
  reader.send("GET /captions HTTP/1.1\r\nHost: localhost\r\n\r\n");
  reader.read_until("\r\n\r\n");
  EXPECT_EQ(next.start().error().where, "mount") << "taken";
  ASSERT_TRUE(old.node().release());
  ASSERT_TRUE(next.start());
  say(old, "one");
  old.node().stop();
  say(next, "two");
  for (const char* text : {"one", "two"}) EXPECT_THAT(reader.read_until("\n\n"), HasSubstr(text));
  EXPECT_EQ(next.node().exclusive(), old.node().exclusive());
  next.node().stop();
  EXPECT_EQ(reader.read_to_end(), "");
}

TEST_F(HttpCaptionsNode, RefusesAMountThatIsNoPath) {
  ASSERT_TRUE(harness_.set("mount", "captions"));
  const auto started = harness_.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().where, "mount");
}

}  // namespace
}  // namespace sluice::net
