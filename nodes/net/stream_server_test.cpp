#include "nodes/net/stream_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "nodes/net/kernels/icy.h"
#include "nodes/net/raw_client.h"
#include "nodes/net/synthetic_mp3.h"

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::Each;
using testing::EndsWith;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

class Server : public testing::Test {
 protected:
  void start(ServerConfig config = {}, MountConfig mount = {}) {
    config.port = 0;
    auto started = StreamServer::start(config);
    ASSERT_TRUE(started) << started.error().text();
    server_ = std::move(*started);
    mount_ = *server_->add_mount(std::move(mount));
  }

  void publish(std::size_t main_data_begin = 0) {
    const auto frame = synthetic_frame(static_cast<std::uint8_t>(published_++ % 250), main_data_begin);
    mount_->publish({.bytes = frame, .capture_time = Time{published_ * kSyntheticDuration}});
  }
  void publish_many(int frames) {
    for (int i = 0; i < frames; ++i) publish();
  }

  RawSocket connect(std::string_view request, int receive_buffer = 0) {
    auto socket = RawSocket::connect(server_->port(), receive_buffer);
    socket.send(request);
    return socket;
  }
  // The whole answer to a request that is not for a stream.
  std::string ask(std::string_view request) { return connect(request).read_to_end(); }
  nlohmann::json status() {
    auto socket = connect("GET /status.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
    socket.read_until("\r\n\r\n");
    return nlohmann::json::parse(socket.read_to_end());
  }
  // A listener that has its response head behind it.
  RawSocket listen(std::string_view target = "/live.mp3", std::string_view fields = "", int receive_buffer = 0) {
    auto socket =
        connect("GET " + std::string(target) + " HTTP/1.0\r\n" + std::string(fields) + "\r\n", receive_buffer);
    head_ = socket.read_until("\r\n\r\n");
    return socket;
  }

  std::unique_ptr<StreamServer> server_;
  std::shared_ptr<Mount> mount_;
  std::int64_t published_ = 0;
  std::string head_;
};

TEST_F(Server, StreamsWhatIsPublished) {
  start({}, {.name = "Station", .genre = "Speech"});
  auto listener = listen();
  EXPECT_THAT(head_, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: audio/mpeg\r\n"),
                           HasSubstr("Connection: close\r\n"), HasSubstr("Cache-Control: no-store\r\n"),
                           HasSubstr("icy-name: Station\r\n"), HasSubstr("icy-genre: Speech\r\n"),
                           Not(HasSubstr("icy-metaint")), Not(HasSubstr("Transfer-Encoding"))));
  publish_many(3);
  const auto frames = received_frames(listener.read(3 * kSyntheticFrameBytes));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[2].mark, 2);
}

TEST_F(Server, SaysTheBitrateOnceItIsKnown) {
  start();
  listen();
  EXPECT_THAT(head_, Not(HasSubstr("icy-br")));
  auto first = listen();
  publish();
  first.read(kSyntheticFrameBytes);
  listen();
  EXPECT_THAT(head_, HasSubstr("icy-br: 128\r\n"));
}

TEST_F(Server, GivesTheBurstThatIsAskedFor) {
  start({}, {.burst = 0ms, .max_burst = 1s});
  auto first = listen();
  publish_many(100);
  first.read(100 * kSyntheticFrameBytes);
  const auto burst = [&](std::string_view target) {
    auto listener = listen(target);
    const auto bytes = listener.read(kSyntheticFrameBytes);
    return 100 - received_frames(bytes).at(0).mark;  // frames between the first one sent and the newest
  };
  EXPECT_EQ(burst("/live.mp3"), 1);
  EXPECT_EQ(burst("/live.mp3?burst=262"), 10);
  EXPECT_EQ(burst("/live.mp3?burst=999999"), 38);  // max_burst
}

TEST_F(Server, StartsSoThatEveryFrameDecodes) {
  start();
  auto first = listen();
  publish();
  for (int i = 0; i < 60; ++i) publish(static_cast<std::size_t>(i * 37 % 511));
  first.read(61 * kSyntheticFrameBytes);
  auto late = listen();
  publish(500);
  const auto frames = received_frames(late.read(20 * kSyntheticFrameBytes));
  ASSERT_EQ(frames.size(), 20u);
  EXPECT_THAT(frames, Each(Field(&ReceivedFrame::decodable, true)));
}

TEST_F(Server, PutsMetadataExactlyWhereItAnnouncedIt) {
  start({}, {.title = "First"});
  auto listener = listen("/live.mp3", "Icy-MetaData: 1\r\n");
  EXPECT_THAT(head_, HasSubstr("icy-metaint: 16000\r\n"));
  publish_many(60);
  std::string audio = listener.read(kIcyMetaInterval);
  EXPECT_EQ(listener.read(icy_metadata_block("First").size()), icy_metadata_block("First"));
  mount_->set_title("Second'; T\xC3\xAFtle");
  publish_many(60);
  audio += listener.read(kIcyMetaInterval);
  const auto block = icy_metadata_block("Second'; T\xC3\xAFtle");
  EXPECT_EQ(listener.read(block.size()), block);
  audio += listener.read(kIcyMetaInterval);
  EXPECT_EQ(listener.read(1), std::string(1, '\0'));
  EXPECT_EQ(received_frames(audio).size(), 3 * kIcyMetaInterval / kSyntheticFrameBytes);
}

TEST_F(Server, AnswersHeadWithTheSameHeadAndNothingElse) {
  start();
  EXPECT_THAT(ask("HEAD /live.mp3 HTTP/1.1\r\nHost: localhost\r\nIcy-MetaData: 1\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("Content-Type: audio/mpeg"),
                    HasSubstr("icy-metaint: 16000"), EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              AllOf(HasSubstr("Content-Type: text/html"), HasSubstr("Content-Length: "), EndsWith("\r\n\r\n")));
}

TEST_F(Server, AnswersOptionsForBrowsers) {
  start();
  EXPECT_THAT(ask("OPTIONS /live.mp3 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 204 No Content"), HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"),
                    HasSubstr("Access-Control-Allow-Origin: http://localhost:3000\r\n"),
                    HasSubstr("Access-Control-Allow-Headers: Icy-MetaData"),
                    HasSubstr("Access-Control-Expose-Headers: icy-br")));
}

TEST_F(Server, KeepsAPrivateStreamFromPagesElsewhere) {
  start();
  EXPECT_THAT(ask("OPTIONS /live.mp3 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n"),
              Not(HasSubstr("Access-Control-Allow-Origin")));
  EXPECT_THAT(ask("GET /status.json HTTP/1.1\r\nHost: evil.example:8000\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
}

TEST_F(Server, LetsEveryoneReadAPublishedStream) {
  start({.published = true});
  EXPECT_THAT(ask("HEAD /live.mp3 HTTP/1.1\r\nHost: radio.example\r\nOrigin: http://player.example\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("Access-Control-Allow-Origin: *\r\n")));
}

TEST_F(Server, RefusesWithASentence) {
  start();
  EXPECT_THAT(ask("GET /nothing HTTP/1.1\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 404 "), EndsWith("There is nothing here.\n")));
  EXPECT_THAT(ask("DELETE /live.mp3 HTTP/1.1\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET")));
  EXPECT_THAT(ask("hello\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("GET /live.mp3?burst=x HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("GET /" + std::string(6000, 'a')), StartsWith("HTTP/1.1 414 "));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'a')), StartsWith("HTTP/1.1 431 "));
}

TEST_F(Server, AnswersARequestThatComesByteByByte) {
  start();
  auto socket = RawSocket::connect(server_->port());
  for (const char c : std::string_view("HEAD /live.mp3 HTTP/1.1\r\nHost: localhost\r\n\r\n")) socket.send({&c, 1});
  EXPECT_THAT(socket.read_to_end(), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(Server, EndsConnectionsThatNeverAsk) {
  start({.header_timeout = 50ms});
  EXPECT_THAT(ask(""), StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHos"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(Server, SurvivesClientsThatVanish) {
  start();
  for (int i = 0; i < 50; ++i) {
    connect("GET /live.mp3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connect("GET /li");
    connect("\xff\xfe\r\n\r\n");
  }
  auto listener = listen();
  publish_many(2);
  EXPECT_EQ(listener.read(2 * kSyntheticFrameBytes).size(), 2 * kSyntheticFrameBytes);
}

TEST_F(Server, MovesASlowListenerForwardAndHoldsNobodyBack) {
  start({}, {.burst = 0ms, .max_lag = 1s});
  auto slow = listen("/live.mp3", "", 4096);
  auto quick = listen();
  constexpr int kFrames = 4000;  // 1.7 MB: more than the slow one's socket and the history hold
  for (int i = 0; i < kFrames; ++i) {
    publish();
    ASSERT_EQ(quick.read(kSyntheticFrameBytes).size(), kSyntheticFrameBytes);
  }
  EXPECT_GE(mount_->counters().skips.load(), 1u);
  EXPECT_EQ(mount_->counters().frames_lost.load(), 0u);
  server_.reset();
  const auto heard = slow.read_to_end();
  const auto frames = received_frames(heard);
  EXPECT_LT(frames.size(), kFrames);
  EXPECT_GE(frames.size() * kSyntheticFrameBytes + kSyntheticFrameBytes, heard.size());  // jumped at a frame's edge
}

TEST_F(Server, ClosesAListenerThatTakesNothing) {
  start({.stalled_timeout = 100ms}, {.burst = 0ms});
  auto stuck = listen("/live.mp3", "", 4096);
  auto quick = listen();
  while (mount_->counters().listeners_stalled.load() == 0) {
    publish();
    ASSERT_EQ(quick.read(kSyntheticFrameBytes).size(), kSyntheticFrameBytes);
  }
  EXPECT_EQ(status()["mounts"][0]["listeners"], 1);
}

TEST_F(Server, HasAPlaceForNoMoreThanItIsAllowed) {
  start({.max_connections = 3}, {.max_listeners = 1});
  auto one = listen();
  EXPECT_THAT(head_, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(ask("GET /live.mp3 HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(Server, ReportsItsStatus) {
  start({}, {.name = "Station", .title = "Song"});
  auto listener = listen();
  publish();
  listener.read(kSyntheticFrameBytes);
  const auto mount = status()["mounts"][0];
  EXPECT_EQ(mount["path"], "/live.mp3");
  EXPECT_EQ(mount["name"], "Station");
  EXPECT_EQ(mount["title"], "Song");
  EXPECT_EQ(mount["bitrate_kbps"], 128);
  EXPECT_EQ(mount["listeners"], 1);
  EXPECT_EQ(mount["frames"], 1);
  EXPECT_GE(mount["bytes_sent"], kSyntheticFrameBytes);
}

TEST_F(Server, ServesThePlayerUnderAStrictPolicy) {
  start();
  const auto page = ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(page, AllOf(HasSubstr("Content-Security-Policy: default-src 'none'"), HasSubstr("<audio"),
                          Not(HasSubstr("{{nonce}}")), Not(HasSubstr("src=\"http"))));
  const auto nonce = page.substr(page.find("'nonce-") + 7, 32);
  EXPECT_THAT(page, HasSubstr("<script nonce=\"" + nonce + "\""));
  EXPECT_NE(page, ask("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

TEST_F(Server, ReportsFramesHandedToASocketOnce) {
  std::atomic<int> reported{0};
  std::atomic<std::int64_t> last{0};
  start({}, {.on_handed_over = [&](Time capture) {
          ++reported;
          last = capture.time_since_epoch().count();
        }});
  publish_many(5);  // nobody listens: ready counts; it is sent as burst later
  auto a = listen();
  a.read(5 * kSyntheticFrameBytes);
  EXPECT_EQ(reported, 5);
  auto b = listen();
  publish_many(3);
  server_.reset();
  a.read_to_end();
  EXPECT_EQ(reported, 8);
  EXPECT_EQ(last, (8 * kSyntheticDuration).count());
}

TEST_F(Server, AFullSocketIsNoLatencyOfOurs) {
  std::atomic<int> reported{0};
  start({}, {.burst = 0ms, .on_handed_over = [&](Time) { ++reported; }});
  auto stuck = listen("/live.mp3", "", 4096);
  constexpr int kFrames = 10'000;  // 4 MB: more than the sockets on both ends hold
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  for (int published = 1; published <= kFrames; ++published) {
    publish();
    while (reported < published && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
    ASSERT_EQ(reported, published) << "each frame is reported when it comes, not when the listener takes it";
  }
}

TEST_F(Server, SendsWhatWasPublishedBeforeItStops) {
  start();
  auto listener = listen();
  publish_many(10);
  server_.reset();
  EXPECT_EQ(listener.read_to_end().size(), 10 * kSyntheticFrameBytes);
  publish();  // harmless
}

TEST_F(Server, OffersSeveralMounts) {
  start();
  auto other = *server_->add_mount({.path = "/64.mp3"});
  EXPECT_THAT(server_->add_mount({.path = "/64.mp3"}).error().text(), HasSubstr("/64.mp3"));
  EXPECT_FALSE(server_->add_mount({.path = "/"}));
  EXPECT_FALSE(server_->add_mount({.path = "live"}));
  auto listener = listen("/64.mp3");
  const auto frame = synthetic_frame(77, 0);
  other->publish({.bytes = frame});
  EXPECT_EQ(received_frames(listener.read(kSyntheticFrameBytes)).at(0).mark, 77);
  server_->remove_mount(*other);
  EXPECT_EQ(listener.read_to_end(), "");
  EXPECT_THAT(ask("GET /64.mp3 HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST(StreamServerStart, NamesABusyPortAndTheRemedy) {
  const RawListener busy;
  const auto server = StreamServer::start({.port = busy.port()});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().message, "port " + std::to_string(busy.port()) +
                                        " on 127.0.0.1 is in use by another program: choose another with port=...");
}

TEST(StreamServerStart, RejectsWhatIsNoAddressOfThisMachine) {
  EXPECT_THAT(StreamServer::start({.bind = "everyone"}).error().text(), HasSubstr("'everyone' is not an address"));
  EXPECT_THAT(StreamServer::start({.bind = "192.0.2.1", .port = 0}).error().text(),
              HasSubstr("192.0.2.1 is not an address of this machine"));
}

TEST(SharedServer, IsOnePerPortAndGoesWithItsLastHolder) {
  std::uint16_t port = RawListener().port();
  auto first = shared_server({.port = port});
  ASSERT_TRUE(first) << first.error().text();
  auto second = shared_server({.port = port});
  EXPECT_EQ(*first, *second);
  first->reset();
  EXPECT_TRUE(RawSocket::connect(port).valid());
  second->reset();
  EXPECT_FALSE(RawSocket::connect(port).valid());
}

}  // namespace
}  // namespace sluice::net
