// The control plane of a running session, over real sockets.
#include "apps/control/control_plane.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "apps/common/load_graph.h"
#include "apps/control/http_client.h"
#include "nodes/net/raw_client.h"

namespace sluice::control {
namespace {

using namespace std::chrono_literals;
using net::RawSocket;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A block of 10 ms of ones every 10 ms.
class Ticker final : public Node {
 public:
  Out<float> out{*this, "out", "ones"};
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall}; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, 480);
    return {};
  }
  Pull pull() REALTIME override {
    BlockRef block = out.take();
    if (!block) return Pull::at(now() + 10ms);
    block->header.capture_time = now();
    block->header.flags = kIndependent;
    for (float& sample : block->channel(0)) sample = 1;
    out.emit(std::move(block));
    return Pull::at(now() + 10ms);
  }
};

class Volume final : public SampleNode {
 public:
  Param<double> gain{
      *this, "gain", {.unit = "dB", .default_value = 0, .min = -120, .max = 60, .doc = "loudness", .live = true}};
  Param<bool> mute{*this, "mute", {.default_value = false, .doc = "silence", .live = true}};
  Param<std::string> label{*this, "label", {.default_value = "a", .doc = "constant"}};
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

class Hole final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Counter taken{*this, "taken", "blocks"};
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (in.next()) taken.add();
  }
};

REGISTER_NODE(Ticker, "ticker", "ones")
REGISTER_NODE(Volume, "volume", "louder")
REGISTER_NODE(Hole, "hole", "takes all")

constexpr const char* kGraph = R"(graph: test
latency: { budget: 10 s, on_overrun: shed }
nodes: { mic: ticker, amp: volume, end: hole }
links: [ mic -> amp -> end ]
)";

Plan plan_of(const std::string& text) {
  apps::GraphRequest request{.file = "test.yaml", .line = {}, .vars = {}, .replacements = {}};
  request.text = text;
  return apps::load_graph(request, apps::OpenPorts::refuse);
}

class ControlPlaneTest : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("SLUICE_CONTROL_TOKEN");
    ::unsetenv("SLUICE_CONTROL_TOKEN_FILE");
  }
  void TearDown() override {
    if (plane_) plane_->stop();
    if (session_.plan().ok()) session_.request_stop();
    session_.wait(10s);
    EXPECT_TRUE(session_.finish().ok());
    ::unsetenv("SLUICE_CONTROL_TOKEN");
  }

  void start(Address address = {"127.0.0.1", 0}) {
    auto plane = ControlPlane::open(address, session_);
    ASSERT_TRUE(plane) << plane.error().text();
    plane_ = std::move(*plane);
    ASSERT_TRUE(session_.start().ok());
    plane_->serve();
  }

  Answer ask(Call what) {
    auto answer = call(plane_->address(), what);
    EXPECT_TRUE(answer) << answer.error().text();
    return answer ? *answer : Answer{};
  }
  json json_at(const std::string& target) {
    const Answer answer = ask({.target = target});
    EXPECT_EQ(answer.status, 200) << target << " " << answer.body;
    return json::parse(answer.body);
  }
  Answer put(const std::string& target, const std::string& body, const std::string& type = "text/plain") {
    return ask({.method = "PUT", .target = target, .body = body, .content_type = type});
  }
  std::string raw(const std::string& text) {
    RawSocket socket = RawSocket::connect(plane_->address().port);
    EXPECT_TRUE(socket.send(text));
    return socket.read_to_end();
  }

  Executor executor_{{.realtime_workers = 1, .elastic_workers = 1, .raise_priority = false}};
  Session session_{plan_of(kGraph), executor_};
  std::unique_ptr<ControlPlane> plane_;
};

TEST_F(ControlPlaneTest, ShowsTheGraphAndWhatItCounts) {
  start();
  json graph = json_at("/graph.json");
  EXPECT_EQ(graph["graph"], "test");
  EXPECT_EQ(graph["budget_ms"], 10000);
  ASSERT_EQ(graph["nodes"].size(), 3u);
  EXPECT_EQ(graph["nodes"][1]["name"], "amp");
  EXPECT_EQ(graph["nodes"][1]["params"][0]["value"], "0 dB");
  EXPECT_EQ(graph["links"][0]["from"], "mic.out");
  EXPECT_EQ(graph["links"][0]["to"], "amp.in");
  EXPECT_THAT(graph["links"][0]["format"].get<std::string>(), HasSubstr("48000"));
  EXPECT_FALSE(graph["islands"].empty());
  EXPECT_EQ(graph["paths"][0]["sink"], "end");
  while (graph["run"]["sinks"]["end"]["blocks"].get<int>() == 0) graph = json_at("/graph.json");
  EXPECT_EQ(graph["run"]["state"], "running");
}

TEST_F(ControlPlaneTest, IsHealthyWhileBlocksMove) {
  start();
  EXPECT_EQ(json_at("/healthz")["ok"], true);
}

TEST_F(ControlPlaneTest, ServesMetricsAsPrometheusWantsThem) {
  start();
  EXPECT_THAT(raw("GET /metrics HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.0 200"), HasSubstr("Content-Type: text/plain; version=0.0.4"),
                    HasSubstr("\nsluice_node_blocks_total{node=\"amp\",type=\"volume\"} ")));
}

TEST_F(ControlPlaneTest, ServesThePageUnderAStrictPolicy) {
  start();
  EXPECT_THAT(raw("GET / HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("Content-Security-Policy: default-src 'none'"), HasSubstr("<!doctype html>")));
  EXPECT_THAT(raw("GET /control.js HTTP/1.0\r\n\r\n"), HasSubstr("text/javascript"));
  const std::string head = raw("HEAD /control.css HTTP/1.0\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: "));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(ControlPlaneTest, LiveParametersAreReadAndSet) {
  start();
  EXPECT_EQ(json_at("/params").size(), 3u);
  EXPECT_EQ(json_at("/params/amp")["params"].size(), 3u);
  EXPECT_EQ(put("/params/amp/gain", "-6 dB\n").status, 200);
  EXPECT_EQ(json_at("/params/amp/gain")["value"], "-6 dB");
  EXPECT_EQ(put("/params/amp/gain", "12.5", "application/json").status, 200);
  EXPECT_EQ(json_at("/params/amp/gain")["value"], "12.5 dB");
  EXPECT_EQ(put("/params/amp/mute", R"({"value": true})", "application/json").status, 200);
  EXPECT_EQ(json_at("/params/amp/mute")["value"], "true");
}

TEST_F(ControlPlaneTest, ParametersThatCannotBeSetSayWhatIsAllowed) {
  start();
  Answer answer = put("/params/amp/gain", "100 dB");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("-120 dB to 60 dB"));
  answer = put("/params/amp/label", "b");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, AllOf(HasSubstr("gain"), HasSubstr("mute")));
  answer = put("/params/amp/gian", "1");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("did you mean 'gain'?"));
  EXPECT_EQ(put("/params/apm/gain", "1").status, 404);
  EXPECT_EQ(put("/params/amp", "1").status, 405);
  EXPECT_EQ(put("/params/amp/gain", "").status, 400);
  EXPECT_EQ(put("/params/amp/gain", "[1]", "application/json").status, 400);
  EXPECT_EQ(json_at("/params/amp/gain")["value"], "0 dB");
}

TEST_F(ControlPlaneTest, AGraphWithErrorsIsNotAppliedAndItsErrorsHavePlaces) {
  start();
  const Answer answer = ask({.method = "POST",
                             .target = "/apply?name=new.yaml",
                             .body = "nodes: { mic: ticker, amp: volumn, end: hole }\nlinks: [ mic -> amp -> end ]\n",
                             .content_type = "application/yaml"});
  EXPECT_EQ(answer.status, 422);
  const json errors = json::parse(answer.body)["errors"];
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0]["file"], "new.yaml");
  EXPECT_EQ(errors[0]["line"], 1);
  EXPECT_THAT(errors[0]["message"].get<std::string>(), HasSubstr("did you mean 'volume'?"));
  EXPECT_EQ(ask({.method = "POST", .target = "/apply"}).status, 400);
  EXPECT_EQ(ask({.target = "/apply"}).status, 405);
  EXPECT_EQ(json_at("/healthz")["ok"], true);
}

TEST_F(ControlPlaneTest, ANewGraphIsAppliedToTheRunningOne) {
  start();
  std::string graph = kGraph;
  graph.replace(graph.find("end: hole"), 9, "end: hole, more: hole");
  graph.replace(graph.find("amp -> end"), 10, "amp -> end, amp -> more");
  const Answer answer = ask({.method = "POST", .target = "/apply", .body = graph, .content_type = "application/yaml"});
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["added"], json::array({"more"}));
  EXPECT_EQ(json_at("/graph.json")["nodes"].size(), 4u);
  json run = json_at("/graph.json")["run"];
  while (run["sinks"]["more"]["blocks"].get<int>() == 0) run = json_at("/graph.json")["run"];
}

TEST_F(ControlPlaneTest, WhatIsNotThereIsRefused) {
  start();
  EXPECT_EQ(ask({.target = "/gone"}).status, 404);
  EXPECT_EQ(ask({.method = "DELETE", .target = "/metrics"}).status, 405);
  EXPECT_EQ(ask({.target = "/events"}).status, 426);
  EXPECT_THAT(raw("GET /%zz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 400"));
  EXPECT_THAT(raw("\x16\x03\x01 no HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(10000, 'x')), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(raw("POST /apply HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
}

TEST_F(ControlPlaneTest, RebindingAndForeignPagesAreRefused) {
  start();
  EXPECT_THAT(raw("GET /graph.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 421"));
  EXPECT_THAT(
      raw("PUT /params/amp/gain HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: close\r\n"
          "Content-Length: 2\r\n\r\n-6"),
      StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(
      raw("GET /events HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\n"
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
      StartsWith("HTTP/1.1 403"));
  EXPECT_EQ(json_at("/params/amp/gain")["value"], "0 dB");
}

TEST_F(ControlPlaneTest, ConnectionsAreKeptForFurtherRequests) {
  start();
  RawSocket socket = RawSocket::connect(plane_->address().port);
  for (int n = 0; n < 3; ++n) {
    ASSERT_TRUE(socket.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    EXPECT_THAT(socket.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
}

TEST_F(ControlPlaneTest, ATokenIsAskedForOnceThereIsOne) {
  ::setenv("SLUICE_CONTROL_TOKEN", "0123456789abcdef", 1);
  start();
  EXPECT_EQ(ask({.target = "/graph.json"}).status, 401);
  EXPECT_EQ(ask({.target = "/graph.json", .token = "0123456789abcdeX"}).status, 401);
  EXPECT_EQ(ask({.target = "/graph.json", .token = "0123456789abcdef"}).status, 200);
  EXPECT_EQ(ask({.target = "/graph.json?token=0123456789abcdef"}).status, 200);
  EXPECT_EQ(ask({.target = "/"}).status, 200);
}

TEST_F(ControlPlaneTest, BeyondLoopbackItDoesNotStartWithoutAToken) {
  const auto refused = ControlPlane::open({"0.0.0.0", 0}, session_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("SLUICE_CONTROL_TOKEN"));
  ::setenv("SLUICE_CONTROL_TOKEN", "0123456789abcdef", 1);
  start({"0.0.0.0", 0});
  EXPECT_THAT(raw("GET /healthz HTTP/1.1\r\nHost: studio.example\r\nConnection: close\r\n"
                  "Authorization: Bearer 0123456789abcdef\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(ControlPlaneTest, APortInUseIsAClearError) {
  start();
  const auto second = ControlPlane::open(plane_->address(), session_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text(), HasSubstr("in use"));
  EXPECT_FALSE(ControlPlane::open({"203.0.113.1", 8001}, session_));
}

TEST_F(ControlPlaneTest, NobodyThereIsAClearError) {
  net::RawListener free;  // listens, but nobody answers
  const auto silent = call({"127.0.0.1", free.port()}, {.time = 50ms});
  ASSERT_FALSE(silent);
  EXPECT_THAT(silent.error().text(), HasSubstr("no answer"));
  start();
  const Address gone = plane_->address();
  plane_->stop();
  const auto answer = call(gone, {});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().text(), HasSubstr("--control"));
}

// The client's end of a WebSocket, which only listens.
class EventStream {
 public:
  explicit EventStream(std::uint16_t port) : socket_(RawSocket::connect(port)) {
    socket_.send(
        "GET /events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_THAT(socket_.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
  }
  // The next event of that kind; others before it are passed over.
  json next(const std::string& kind) {
    for (int n = 0; n < 1000; ++n) {
      const json event = next();
      if (event.is_null() || event["event"] == kind) return event;
    }
    return {};
  }

 private:
  // RFC 6455, 5.2: FIN and opcode, length in 7 bits, or 126 and 16, or 127 and 64 bits; a server does not mask.
  json next() {
    const std::string head = socket_.read(2);
    constexpr char kText = 0x1;
    if (head.size() < 2 || (head[0] & 0x0F) != kText) return {};  // gone, or a closing frame
    std::size_t length = static_cast<unsigned char>(head[1]) & 0x7F;
    if (length >= 126) {
      const std::string longer = socket_.read(length == 126 ? 2 : 8);
      length = 0;
      for (const char c : longer) length = length << 8 | static_cast<unsigned char>(c);
    }
    return json::parse(socket_.read(length), nullptr, false);
  }
  RawSocket socket_;
};

TEST_F(ControlPlaneTest, EventsTellOfTheRunAndOfChanges) {
  start();
  EventStream events(plane_->address().port);
  json run = events.next("run");
  EXPECT_EQ(run["state"], "running");
  EXPECT_TRUE(run["sinks"].contains("end"));
  ASSERT_EQ(put("/params/amp/gain", "3 dB").status, 200);
  const json param = events.next("param");
  EXPECT_EQ(param["node"], "amp");
  EXPECT_EQ(param["param"], "gain");
  EXPECT_EQ(param["value"], "3 dB");
  const json later = events.next("run");
  EXPECT_GT(later["elapsed_s"].get<double>(), run["elapsed_s"].get<double>());
}

TEST_F(ControlPlaneTest, StoppingWithListenersLeavesNothingBehind) {
  start();
  std::vector<EventStream> streams;
  for (int n = 0; n < 5; ++n) streams.emplace_back(plane_->address().port);
  plane_->stop();
  for (EventStream& stream : streams)
    while (!stream.next("state").is_null()) {
    }
}

TEST_F(ControlPlaneTest, TheEndIsTold) {
  start();
  EventStream events(plane_->address().port);
  EXPECT_EQ(events.next("run")["state"], "running");
  session_.request_stop();
  ASSERT_TRUE(session_.wait(30s));
  plane_->stop();
  json last;
  for (json state = events.next("state"); !state.is_null(); state = events.next("state")) last = state;
  EXPECT_EQ(last["state"], "ended");
}

}  // namespace
}  // namespace sluice::control
