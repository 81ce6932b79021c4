#include <gmock/gmock.h>

#include "engine/testing/node_harness.h"
#include "nodes/net/raw_client.h"
#include "nodes/net/synthetic_mp3.h"

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const StreamSpec kMp3{{.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2}, 1152};

class HttpListenNode : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(harness_.set("port", "0"));
    harness_.connect("in", kMp3);
  }
  std::uint16_t port() { return static_cast<std::uint16_t>(harness_.counter("port")); }
  RawSocket listen(std::string_view target) {
    auto socket = RawSocket::connect(port());
    socket.send("GET " + std::string(target) + " HTTP/1.0\r\n\r\n");
    head_ = socket.read_until("\r\n\r\n");
    return socket;
  }
  void feed(std::uint8_t mark) {
    const auto frame = synthetic_frame(mark, 0);
    harness_.feed_bytes("in", std::as_bytes(std::span(frame)), 1152);
  }

  NodeHarness harness_{"http.listen"};
  std::string head_;
};

TEST_F(HttpListenNode, StreamsItsInputInRealTime) {
  ASSERT_TRUE(harness_.set("mount", "/voice.mp3"));
  ASSERT_TRUE(harness_.set("name", "Station"));
  ASSERT_TRUE(harness_.start());
  auto listener = listen("/voice.mp3");
  EXPECT_THAT(head_, AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("icy-name: Station\r\n")));
  for (std::uint8_t mark = 0; mark < 10; ++mark) feed(mark);
  harness_.end();
  EXPECT_EQ(received_frames(listener.read(10 * kSyntheticFrameBytes)).size(), 10u);
  EXPECT_EQ(harness_.realtime_violation(), "");
  EXPECT_EQ(harness_.counter("listeners"), 1);
  harness_.node().stop();
  EXPECT_EQ(harness_.handed_over_count(), 10);
  EXPECT_EQ(harness_.counter("listeners_total"), 1);
  EXPECT_GE(harness_.counter("bytes_sent"), 10 * kSyntheticFrameBytes);
}

TEST_F(HttpListenNode, OpensNoSocketBeforeItIsPrepared) {
  const RawListener busy;
  ASSERT_TRUE(harness_.set("port", std::to_string(busy.port())));
  EXPECT_TRUE(harness_.node().configure());
  const auto started = harness_.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().where, "port");
  EXPECT_THAT(started.error().message, HasSubstr("is in use by another program"));
}

TEST_F(HttpListenNode, RejectsAMountThatIsNoPath) {
  ASSERT_TRUE(harness_.set("mount", "live.mp3"));
  EXPECT_EQ(harness_.start().error().where, "mount");
}

TEST(HttpListenNodes, ShareAPort) {
  const auto port = std::to_string(RawListener().port());
  NodeHarness one("http.listen"), two("http.listen"), again("http.listen");
  for (auto* node : {&one, &two, &again}) {
    ASSERT_TRUE(node->set("port", port));
    node->connect("in", kMp3);
  }
  ASSERT_TRUE(one.set("mount", "/128.mp3"));
  ASSERT_TRUE(two.set("mount", "/64.mp3"));
  ASSERT_TRUE(again.set("mount", "/64.mp3"));
  EXPECT_TRUE(one.start());
  EXPECT_TRUE(two.start());
  EXPECT_EQ(again.start().error().where, "mount");
}

// As an edit of a running graph does it: one is released, the other prepared; then one of them is stopped.
class HttpListenHandOver : public testing::Test {
 protected:
  void SetUp() override {
    const auto port = std::to_string(RawListener().port());
    for (auto* node : {&old_, &new_}) {
      ASSERT_TRUE(node->set("port", port));
      node->connect("in", kMp3);
    }
    ASSERT_TRUE(new_.set("title", "The second half"));
    ASSERT_TRUE(old_.start());
    listener_ = RawSocket::connect(static_cast<std::uint16_t>(old_.counter("port")));
    listener_.send("GET /live.mp3 HTTP/1.0\r\n\r\n");
    listener_.read_until("\r\n\r\n");
    feed(old_, 1);
    ASSERT_TRUE(old_.node().release());
  }
  static void feed(NodeHarness& node, std::uint8_t mark) {
    const auto frame = synthetic_frame(mark, 0);
    node.feed_bytes("in", std::as_bytes(std::span(frame)), 1152);
  }
  std::vector<int> heard(std::size_t frames) {
    std::vector<int> marks;
    for (const auto& frame : received_frames(listener_.read(frames * kSyntheticFrameBytes)))
      marks.push_back(frame.mark);
    return marks;
  }

  NodeHarness old_{"http.listen"}, new_{"http.listen"};
  RawSocket listener_;
};

TEST_F(HttpListenHandOver, KeepsTheListenersAndTheOrder) {
  EXPECT_EQ(new_.node().exclusive(), old_.node().exclusive());
  ASSERT_TRUE(new_.start());
  feed(new_, 4);  // too early: the old one has not drained yet
  feed(old_, 2);
  feed(old_, 3);
  old_.node().stop();
  feed(new_, 5);
  EXPECT_THAT(heard(5), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(new_.counter("listeners"), 1);
  new_.node().stop();
  EXPECT_EQ(listener_.read_to_end(), "");
}

TEST_F(HttpListenHandOver, IsTakenBack) {
  ASSERT_TRUE(new_.start());
  feed(old_, 2);
  new_.node().stop();
  ASSERT_TRUE(old_.node().regain());
  feed(old_, 3);
  EXPECT_THAT(heard(3), ElementsAre(1, 2, 3));
  EXPECT_EQ(new_.start().error().where, "mount") << "taken";
}

}  // namespace
}  // namespace sluice::net
