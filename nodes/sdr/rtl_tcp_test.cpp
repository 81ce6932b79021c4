// Server and source of rtl_tcp face to face, over the loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/tcp.h"

namespace sluice::sdr {
namespace {

constexpr std::int64_t kFrames = 4096;
constexpr int kPatience = 500;  // calls of at most 20 ms

class RtlTcp : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.set("port", "0"));
    server_.connect("in", {.format = iq_format(1e6), .block_frames = kFrames});
    ASSERT_TRUE(server_.start());
  }
  std::string port() const { return std::to_string(static_cast<int>(server_.counter("listening"))); }

  void serve(float value) {
    BlockRef block = pool_.take();
    for (Sample& x : block->iq()) x = {value, -value};
    server_.feed("in", std::move(block));
  }

  NodeHarness server_{"sdr.rtl_tcp_server"};
  BlockPool pool_{{.channels = 1, .frames = kFrames, .sample_bytes = 8}, 4};
};

TEST_F(RtlTcp, SourceHearsWhatTheServerSends) {
  NodeHarness source("sdr.rtl_tcp_source");
  ASSERT_TRUE(source.set("port", port()));
  ASSERT_TRUE(source.set("frequency", "98.5 MHz"));
  ASSERT_TRUE(source.start());
  for (int n = 0; n < kPatience && source.out("out").size() < 3; ++n) {
    serve(0.5f);
    source.pull();
  }
  ASSERT_GE(source.out("out").size(), 3u);
  for (const BlockRef& block : source.out("out"))
    for (const Sample& x : std::as_const(*block).iq()) ASSERT_NEAR(x.real(), 0.5f, 0.005f);
  for (int n = 0; n < kPatience && server_.counter("frequency_hz") == 0; ++n) serve(0.5f);
  EXPECT_EQ(server_.counter("frequency_hz"), 98.5e6);
  EXPECT_EQ(server_.counter("clients"), 1);
}

TEST_F(RtlTcp, SourceComesBackToAServerThatWentAway) {
  NodeHarness source("sdr.rtl_tcp_source");
  ASSERT_TRUE(source.set("port", port()));
  ASSERT_TRUE(source.set("silence", "0.1"));
  ASSERT_TRUE(source.start());
  serve(0.5f);
  source.clock().advance(std::chrono::seconds(1));  // nothing for a second
  const auto pull = [&] {
    const Pull next = source.pull();
    if (next.when == Pull::When::at) source.clock().advance(next.time - source.now());
  };
  for (int n = 0; n < kPatience && source.counter("reconnects") == 0; ++n) {
    pull();
    source.clock().advance(std::chrono::milliseconds(200));
  }
  EXPECT_GE(source.counter("reconnects"), 1);
  const std::size_t before = source.out("out").size();
  for (int n = 0; n < kPatience && source.out("out").size() < before + 2; ++n) {
    serve(0.25f);
    pull();
  }
  ASSERT_GE(source.out("out").size(), before + 2);
  EXPECT_TRUE(source.out("out")[before]->discontinuity());
}

TEST_F(RtlTcp, SourceSaysWhatIsNoRtlTcp) {
  auto listener = TcpSocket::listen("127.0.0.1", 0);
  ASSERT_TRUE(listener);
  NodeHarness source("sdr.rtl_tcp_source");
  ASSERT_TRUE(source.set("port", std::to_string(listener->port())));
  ASSERT_TRUE(source.start());
  TcpSocket peer = listener->accept();
  for (int n = 0; n < kPatience && !peer.open(); ++n) peer = listener->accept();
  const std::string other = "HTTP/1.1 400 Bad Request\r\n\r\n";
  peer.write(std::as_bytes(std::span(other)));
  for (int n = 0; n < kPatience && !source.node().failed(); ++n) source.pull();
  EXPECT_THAT(std::string(source.node().failure()), testing::HasSubstr("no rtl_tcp"));
}

TEST_F(RtlTcp, ServerOutlivesClientsThatLeaveAndTalkNonsense) {
  for (int round = 0; round < 3; ++round) {
    auto client = TcpSocket::connect("127.0.0.1", std::stoi(port()), 2000);
    ASSERT_TRUE(client);
    const std::string nonsense(1001, 'x');
    client->write(std::as_bytes(std::span(nonsense)));
    for (int n = 0; n < kPatience && server_.counter("clients") <= round; ++n) serve(0.1f);
    client->close();
    for (int n = 0; n < 50; ++n) serve(0.1f);
  }
  EXPECT_EQ(server_.counter("clients"), 3);
}

// As an edit of a running graph does it.
TEST_F(RtlTcp, ServerHandsItsPortOverAndTakesItBack) {
  const std::string port = this->port();
  server_.node().stop();
  NodeHarness old("sdr.rtl_tcp_server"), next("sdr.rtl_tcp_server");
  for (NodeHarness* node : {&old, &next}) {
    ASSERT_TRUE(node->set("port", port));
    node->connect("in", {.format = iq_format(1e6), .block_frames = kFrames});
  }
  ASSERT_TRUE(old.start());
  EXPECT_EQ(old.node().exclusive(), next.node().exclusive());
  EXPECT_FALSE(next.start());
  ASSERT_TRUE(old.node().release());
  ASSERT_TRUE(next.start());
  EXPECT_FALSE(old.node().regain());
  next.node().stop();
  EXPECT_TRUE(old.node().regain());
  EXPECT_TRUE(TcpSocket::connect("127.0.0.1", std::stoi(port), 1000));
}

TEST(RtlTcpSource, WithoutAServerSaysSo) {
  NodeHarness source("sdr.rtl_tcp_source");
  EXPECT_TRUE(source.set("port", "9"));
  const Status status = source.start();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), testing::HasSubstr("127.0.0.1 port 9"));
}

}  // namespace
}  // namespace sluice::sdr
