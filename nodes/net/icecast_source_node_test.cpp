#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "engine/testing/node_harness.h"
#include "nodes/net/raw_client.h"
#include "nodes/net/synthetic_mp3.h"

namespace sluice::net {
namespace {

using testing::HasSubstr;

const StreamSpec kMp3{{.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2}, 1152};

class IcecastSourceNode : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("SLUICE_TEST_PASSWORD", "s3cret", 1);
    ASSERT_TRUE(harness_.set("password_env", "SLUICE_TEST_PASSWORD"));
    ASSERT_TRUE(harness_.set("url", "icecast://127.0.0.1:" + std::to_string(server_.port()) + "/live.mp3"));
    harness_.connect("in", kMp3);
  }
  void feed(std::uint8_t mark) {
    const auto frame = synthetic_frame(mark, 0);
    harness_.feed_bytes("in", std::as_bytes(std::span(frame)), 1152);
  }
  // The Authorization the server is shown once the graph runs.
  std::string authorization() {
    feed(0);
    auto socket = server_.accept();
    const auto request = socket.read_until("\r\n\r\n");
    const auto at = request.find("Basic ");
    return at == std::string::npos ? "" : request.substr(at + 6, request.find('\r', at) - at - 6);
  }

  RawListener server_;
  NodeHarness harness_{"icecast.source"};
};

TEST_F(IcecastSourceNode, SendsItsInputInRealTime) {
  ASSERT_TRUE(harness_.start());
  feed(0);
  auto socket = server_.accept();
  socket.read_until("\r\n\r\n");
  socket.send("HTTP/1.1 100 Continue\r\n\r\n");
  socket.read(kSyntheticFrameBytes);  // from here on it is connected
  for (std::uint8_t mark = 1; mark < 10; ++mark) feed(mark);
  harness_.end();
  EXPECT_EQ(received_frames(socket.read(9 * kSyntheticFrameBytes)).size(), 9u);
  EXPECT_EQ(harness_.realtime_violation(), "");
  EXPECT_EQ(harness_.counter("connected"), 1);
  harness_.node().stop();
  EXPECT_EQ(harness_.handed_over_count(), 10);
}

TEST_F(IcecastSourceNode, TakesThePasswordFromTheEnvironment) {
  ASSERT_TRUE(harness_.start());
  EXPECT_EQ(authorization(), "c291cmNlOnMzY3JldA==");  // source:s3cret
}

TEST_F(IcecastSourceNode, TakesThePasswordFromAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "icecast_source_password";
  std::ofstream(path) << "other\n";
  ASSERT_TRUE(harness_.set("password_file", path.string()));
  ASSERT_TRUE(harness_.start());
  EXPECT_EQ(authorization(), "c291cmNlOm90aGVy");  // source:other
  std::filesystem::remove(path);
}

TEST_F(IcecastSourceNode, SaysWhereAPasswordCouldComeFrom) {
  ASSERT_TRUE(harness_.set("password_env", "SLUICE_TEST_NO_SUCH_VARIABLE"));
  const auto started = harness_.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("set the environment variable SLUICE_TEST_NO_SUCH_VARIABLE"));
  ASSERT_TRUE(harness_.set("password_file", "/no/such/file"));
  EXPECT_EQ(harness_.start().error().where, "password_file");
}

TEST_F(IcecastSourceNode, ChecksItsUrlWithoutOpeningASocket) {
  EXPECT_TRUE(harness_.node().configure());
  ASSERT_TRUE(harness_.set("url", "icecast://source:s3cret@host:x/live.mp3"));
  const auto configured = harness_.node().configure();
  ASSERT_FALSE(configured);
  EXPECT_EQ(configured.error().text().find("s3cret"), std::string::npos);
}

TEST_F(IcecastSourceNode, StartsAndStopsWithoutAServer) {
  ASSERT_TRUE(harness_.set("url", "icecast://127.0.0.1:" + std::to_string(RawListener().port()) + "/live.mp3"));
  ASSERT_TRUE(harness_.start());
  for (std::uint8_t mark = 0; mark < 10; ++mark) feed(mark);
  harness_.end();
  harness_.node().stop();
  EXPECT_EQ(harness_.handed_over_count(), 0);
}

}  // namespace
}  // namespace sluice::net
