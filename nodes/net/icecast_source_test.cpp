#include "nodes/net/icecast_source.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "nodes/net/icecast_protocol.h"
#include "nodes/net/raw_client.h"
#include "nodes/net/synthetic_mp3.h"

namespace sluice::net {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n";

// The states a source goes through, to be waited for.
class States {
 public:
  void add(const std::string& state) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(state);
    changed_.notify_all();
  }
  // The first state that holds `text`; what came instead when it does not come.
  std::string wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    std::string found;
    const bool came = changed_.wait_for(lock, 10s, [&] {
      for (const auto& state : seen_) {
        if (state.find(text) != std::string::npos) found = state;
      }
      return !found.empty();
    });
    return came ? found : "never; last: " + (seen_.empty() ? "nothing" : seen_.back());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> seen_;
};

class Source : public testing::Test {
 protected:
  void start(IcecastConfig config = {}) {
    config.port = server_.port();
    config.password = "s3cret";
    config.first_retry = config.last_retry = 20ms;
    config.on_state = [this](const std::string& state) { states_.add(state); };
    source_ = std::make_unique<IcecastSource>(std::move(config));
    publish();
  }
  void publish(std::size_t main_data_begin = 0) {
    source_->publish({.bytes = synthetic_frame(static_cast<std::uint8_t>(published_++ % 250), main_data_begin)});
  }
  // Takes the next connection and its request, and answers.
  RawSocket serve(std::string_view answer) {
    auto socket = server_.accept();
    request_ = socket.read_until("\r\n\r\n");
    socket.send(answer);
    return socket;
  }

  RawListener server_;
  States states_;
  std::unique_ptr<IcecastSource> source_;
  std::string request_;
  int published_ = 0;
};

TEST_F(Source, OpensTheStreamAsIcecastWantsIt) {
  start({.name = "Station", .genre = "Speech"});
  auto socket = serve(kContinue);
  EXPECT_THAT(request_, AllOf(StartsWith("PUT /live.mp3 HTTP/1.1\r\n"), HasSubstr("Expect: 100-continue\r\n"),
                              HasSubstr("Authorization: Basic c291cmNlOnMzY3JldA==\r\n"),
                              HasSubstr("Content-Type: audio/mpeg\r\n"), HasSubstr("ice-name: Station\r\n"),
                              HasSubstr("ice-public: 0\r\n"), HasSubstr("ice-bitrate: 128\r\n"),
                              HasSubstr("ice-audio-info: bitrate=128;channels=2;samplerate=44100\r\n")));
  EXPECT_EQ(states_.wait_for("connected"), "connected");
  publish();
  publish();
  const auto frames = received_frames(socket.read(3 * kSyntheticFrameBytes));
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[2].mark, 2);
}

TEST_F(Source, SendsTheRestBeforeItLeaves) {
  start();
  auto socket = serve(kContinue);
  states_.wait_for("connected");
  for (int i = 0; i < 20; ++i) publish();
  source_.reset();
  EXPECT_EQ(received_frames(socket.read_to_end()).size(), 21u);
}

TEST_F(Source, ComesBackWithTheNewestFrameAndTheTitle) {
  start({.title = "Song & T\xC3\xAFtle"});
  serve(kContinue);
  for (int i = 0; i < 9; ++i) publish();
  for (int i = 0; i < 5; ++i) publish(400);
  auto title_socket = serve("HTTP/1.0 200 OK\r\n\r\n");
  // The lost stream is opened anew; its title is announced again.
  bool stream_seen = false, title_seen = false;
  std::vector<RawSocket> sockets;
  while (!stream_seen || !title_seen) {
    sockets.push_back(serve(kContinue));
    ASSERT_THAT(request_, testing::AnyOf(StartsWith("PUT "), StartsWith("GET "))) << "nothing more came";
    title_seen |= request_.starts_with("GET ");
    if (!request_.starts_with("PUT ")) continue;
    stream_seen = true;
    const auto frames = received_frames(sockets.back().read(3 * kSyntheticFrameBytes));
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_THAT(frames, Each(Field(&ReceivedFrame::decodable, true)));
    EXPECT_EQ(frames.back().mark, 14);  // the newest, after two that only feed the reservoir
  }
  EXPECT_GE(source_->counters().connections.load(), 2u);
}

TEST_F(Source, AnnouncesTitlesAsTheyChange) {
  start();
  auto socket = serve(kContinue);
  states_.wait_for("connected");
  source_->set_title("A & B");
  serve("HTTP/1.0 200 OK\r\n\r\n");
  EXPECT_THAT(
      request_,
      StartsWith("GET /admin/metadata?mode=updinfo&mount=%2Flive.mp3&charset=UTF-8&song=A%20%26%20B HTTP/1.0\r\n"));
}

TEST_F(Source, SaysWhyItIsRefused) {
  start();
  serve("HTTP/1.0 401 Authentication Required\r\n\r\n");
  EXPECT_THAT(states_.wait_for("401"), StartsWith("the password is wrong (401); trying again in "));
  serve("HTTP/1.0 403 Mountpoint in use\r\n\r\n");
  EXPECT_THAT(states_.wait_for("403"), StartsWith("the mount is in use by another source (403)"));
  serve("SSH-2.0-OpenSSH\r\n\r\n");
  EXPECT_THAT(states_.wait_for("not an"), StartsWith("what answers there is not an Icecast server"));
  serve("");
  EXPECT_THAT(states_.wait_for("closed"), StartsWith("the server closed the connection"));
}

TEST_F(Source, NeverShowsItsPassword) {
  start();
  serve("HTTP/1.0 401 s3cret?\r\n\r\n");
  EXPECT_THAT(states_.wait_for("401"), Not(HasSubstr("s3cret")));
}

TEST_F(Source, SaysThatNobodyIsThere) {
  const auto port = RawListener().port();
  States states;
  IcecastSource source({.port = port, .on_state = [&](const std::string& state) { states.add(state); }});
  source.publish({.bytes = synthetic_frame(0, 0)});
  EXPECT_THAT(states.wait_for("trying"),
              StartsWith("cannot reach 127.0.0.1:" + std::to_string(port) + ": Connection refused"));
}

TEST_F(Source, GivesUpOnAServerThatDoesNotAnswer) {
  start({.timeout = 50ms});
  auto silent = server_.accept();
  EXPECT_THAT(states_.wait_for("answer"), StartsWith("the server does not answer"));
}

TEST_F(Source, SkipsWholeFramesWhenTheServerTakesTooLittle) {
  start({.max_queue = 1000ms});
  auto socket = serve(kContinue);
  states_.wait_for("connected");
  std::string heard;
  for (int round = 0; source_->counters().skips == 0; ++round) {
    ASSERT_LT(round, 100'000);
    for (int i = 0; i < 3; ++i) publish();
    heard += socket.read(kSyntheticFrameBytes);
  }
  source_.reset();
  heard += socket.read_to_end();
  const auto frames = received_frames(heard);
  EXPECT_GE((frames.size() + 1) * kSyntheticFrameBytes, heard.size());  // nothing but whole frames, up to the last
  EXPECT_LT(frames.size(), static_cast<std::size_t>(published_));
}

TEST(IcecastConfig, IsReadFromAUrl) {
  const auto config = icecast_config("icecast://dj:p%40ss@radio.example:8010/live.mp3");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->host, "radio.example");
  EXPECT_EQ(config->port, 8010);
  EXPECT_EQ(config->mount, "/live.mp3");
  EXPECT_EQ(config->user, "dj");
  EXPECT_EQ(config->password, "p@ss");
  EXPECT_EQ(icecast_config("icecast://host/m")->port, 8000);
  EXPECT_EQ(icecast_config("icecast://host/m")->user, "source");
}

TEST(IcecastConfig, RejectsWhatCannotBeAnIcecastUrl) {
  for (const auto* url : {"", "host:8000", "ftp://host/m", "icecast://host", "icecast://host/", "icecast://host/a b",
                          "icecast://source:s3cret@/m", "icecast://source:s3cret@host:99999/m"}) {
    const auto config = icecast_config(url);
    ASSERT_FALSE(config) << url;
    EXPECT_EQ(config.error().where, "url");
    EXPECT_EQ(config.error().message.find("s3cret"), std::string::npos);
  }
}

TEST(IcecastRequest, CannotBeExtendedByItsFields) {
  const auto request = put_request({.name = "a\r\nX-Evil: 1", .genre = std::string(10'000, 'g')}, {});
  EXPECT_THAT(request, AllOf(Not(HasSubstr("\r\nX-Evil")), HasSubstr("ice-name: a  X-Evil: 1\r\n")));
  EXPECT_LT(request.size(), 2'000u);
}

}  // namespace
}  // namespace sluice::net
