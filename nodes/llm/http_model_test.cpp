// A client against servers that misbehave in every way that servers do.
#include "nodes/llm/http_model.h"

#include <gmock/gmock.h>

#include "nodes/llm/scripted_server.h"

namespace sluice::llm {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

const ChatRequest kHello{.messages = {{"user", "hello"}}};
const std::string kHead(kStreamHead);
const std::string kEnd(kDone);

struct Answered {
  std::string text;
  Status status;
};

Answered ask(HttpModelConfig config, const std::stop_token& stop = {}) {
  config.first_pause = 1ms;
  Answered answered;
  answered.status = http_model(std::move(config))
                        .value()
                        ->answer(
                            kHello,
                            [&](std::string_view piece) {
                              answered.text += piece;
                              return true;
                            },
                            stop);
  return answered;
}

std::string chunked(std::string_view text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + std::string(text) + "\r\n";
}

TEST(HttpModel, TakesAnAnswerInPiecesOfAnySize) {
  const std::string stream =
      ": keep-alive\n\n" + event("Hel") + event("lo") + ": keep-alive\n\n" + event(", you") + kEnd;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, stream.size()}) {
    Script script{{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"}};
    for (std::size_t at = 0; at < stream.size(); at += piece) script.sends.push_back(chunked(stream.substr(at, piece)));
    script.sends.push_back("0\r\n\r\n");
    ScriptedServer server({script});
    const Answered answered = ask({.url = server.url()});
    EXPECT_TRUE(answered.status) << answered.status.error().text();
    EXPECT_EQ(answered.text, "Hello, you");
  }
}

TEST(HttpModel, AsksAsTheApiSays) {
  ScriptedServer server({{{kHead, event("x"), kEnd}}});
  EXPECT_TRUE(ask({.url = server.url() + "/v1", .model = "tiny", .api_key = "secret"}).status);
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /v1/chat/completions HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Authorization: Bearer secret"));
  EXPECT_THAT(request, HasSubstr(R"("messages":[{"content":"hello","role":"user"}])"));
  EXPECT_THAT(request, HasSubstr(R"("model":"tiny")"));
  EXPECT_THAT(request, HasSubstr(R"("stream":true)"));
}

TEST(HttpModel, TakesAnAnswerThatIsNotStreamed) {
  ScriptedServer server({{{refusal("200 OK", "Content-Type: application/json\r\n",
                                   R"({"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]})")}}});
  const Answered answered = ask({.url = server.url()});
  EXPECT_TRUE(answered.status);
  EXPECT_EQ(answered.text, "whole");
}

TEST(HttpModel, TakesAnAnswerWhoseEndIsOnlyAReason) {
  ScriptedServer server(
      {{{kHead, event("x"), R"(data: {"choices":[{"delta":{},"finish_reason":"length"}]})", "\n\n"}}});
  EXPECT_TRUE(ask({.url = server.url()}).status);
}

TEST(HttpModel, TellsWhyItIsRefusedAndNotTheKey) {
  ScriptedServer server({{{refusal("401 Unauthorized", "", R"({"error":{"message":"bad key: Bearer secret"}})")}}});
  const Answered answered = ask({.url = server.url(), .api_key = "secret"});
  EXPECT_THAT(answered.status.error().text(),
              AllOf(HasSubstr("401"), HasSubstr("bad key"), HasSubstr("API key right?")));
  EXPECT_THAT(answered.status.error().text(), Not(HasSubstr("secret")));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST(HttpModel, TriesAgainWhenTheServerIsBusy) {
  ScriptedServer server({{{refusal("429 Too Many Requests", "Retry-After: 0\r\n", "")}},
                         {{refusal("503 Service Unavailable", "", "loading")}},
                         {{kHead, event("at last"), kEnd}}});
  const Answered answered = ask({.url = server.url()});
  EXPECT_TRUE(answered.status);
  EXPECT_EQ(answered.text, "at last");
}

TEST(HttpModel, GivesUpAfterItsRetries) {
  const Script busy{{refusal("500 Internal Server Error", "", R"({"error":"out of memory"})")}};
  ScriptedServer server({busy, busy, busy, busy});
  const Answered answered = ask({.url = server.url(), .retries = 2});
  EXPECT_THAT(answered.status.error().text(), AllOf(HasSubstr("500"), HasSubstr("out of memory")));
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST(HttpModel, WaitsUntilTheTimeThatTheServerNames) {
  ScriptedServer server({{{refusal("503 Service Unavailable", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "")}},
                         {{kHead, event("later"), kEnd}},
                         {{refusal("429 Too Many Requests", "Retry-After: Fri, 31 Dec 2999 23:59:59 GMT\r\n", "")}}});
  EXPECT_EQ(ask({.url = server.url()}).text, "later");
  EXPECT_FALSE(ask({.url = server.url()}).status) << "a thousand years";
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST(HttpModel, DoesNotWaitForAnHour) {
  ScriptedServer server({{{refusal("429 Too Many Requests", "Retry-After: 3600\r\n", "")}}});
  EXPECT_THAT(ask({.url = server.url()}).status.error().text(), HasSubstr("429"));
}

TEST(HttpModel, GivesUpOnAServerThatSaysNothing) {
  ScriptedServer server({{{}, true}, {{kHead}, true}});
  const HttpModelConfig config{.url = server.url(), .first_token_time = 50ms, .retries = 0};
  EXPECT_THAT(ask(config).status.error().text(), HasSubstr("does not answer: it takes too long"));
  EXPECT_THAT(ask(config).status.error().text(), HasSubstr("stalled"));
}

TEST(HttpModel, GivesUpOnAServerThatStallsOrDiesInMidAnswer) {
  ScriptedServer server({{{kHead, event("half")}, true}, {{kHead, event("half")}}});
  const HttpModelConfig config{.url = server.url(), .idle_time = 50ms};
  for (const char* how : {"stalled", "broke off"}) {
    const Answered answered = ask(config);
    EXPECT_THAT(answered.status.error().text(), HasSubstr(how));
    EXPECT_EQ(answered.text, "half");
  }
  EXPECT_THAT(server.requests(), SizeIs(2)) << "what has begun is not asked for again";
}

TEST(HttpModel, IsNotHeldUpByCommentsThatSayNothing) {
  std::vector<std::string> sends{kHead};
  for (int n = 0; n < 200; ++n) sends.push_back(": still here\n\n");
  ScriptedServer server({{.sends = sends, .stalls = true, .pause = 5ms}});
  const HttpModelConfig config{.url = server.url(), .first_token_time = 50ms, .retries = 0};
  EXPECT_THAT(ask(config).status.error().text(), HasSubstr("stalled"));
}

TEST(HttpModel, SurvivesWhatIsNoAnswer) {
  const std::string endless(2 << 20, 'x');
  for (const auto& [sends, what] : std::vector<std::pair<std::vector<std::string>, const char*>>{
           {{"SSH-2.0-OpenSSH_9.2\r\n"}, "does not answer"},
           {{kHead, "data: hello\n\n"}, "not a chat completion"},
           {{kHead, "data: {\"choices\":{}}\n\n" + std::string(kEnd)}, ""},
           {{kHead, R"(data: {"error":{"message":"context is full"}})", "\n\n"}, "context is full"},
           {{kHead, "data: " + endless}, "without an end"},
           {{refusal("200 OK", "Content-Type: text/html\r\n", "<html>")}, "not a chat completion"},
           {{kHead, "data: " + std::string(100'000, '[') + "\n\n"}, "not a chat completion"},
           {{kHead, event("\xFF\xFE")}, "not a chat completion"},
           {{kHead, event("\\ud800")}, "not a chat completion"},
           {{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5000\r\n\r\n", event("x")},
            "broke off"},
           {{"HTTP/1.1 301 Moved\r\nLocation: http://other/\r\nContent-Length: 0\r\n\r\n"}, "301"},
           {{refusal("404 Not Found", "", "")}, "OpenAI-compatible"}}) {
    ScriptedServer server({{sends}});
    const Answered answered = ask({.url = server.url(), .retries = 0});
    if (*what) {
      ASSERT_FALSE(answered.status) << what;
      EXPECT_THAT(answered.status.error().text(), HasSubstr(what));
    }
  }
}

TEST(HttpModel, SaysThatNobodyListens) {
  std::string url;
  {
    const ScriptedServer gone({});
    url = gone.url();
  }
  EXPECT_THAT(ask({.url = url, .retries = 1}).status.error().text(), HasSubstr("cannot reach 127.0.0.1"));
}

TEST(HttpModel, StopsWhenItIsToldTo) {
  ScriptedServer server({{{kHead, event("half")}, true}});
  std::stop_source source;
  const auto model = http_model({.url = server.url()}).value();
  EXPECT_FALSE(model->answer(
      kHello,
      [&](std::string_view) {
        source.request_stop();
        return true;
      },
      source.get_token()));
}

TEST(HttpModel, StopsWhenNobodyWantsTheRest) {
  ScriptedServer server({{{kHead, event("a"), event("b")}, true}});
  EXPECT_TRUE(http_model({.url = server.url()}).value()->answer(kHello, [](std::string_view) { return false; }, {}));
}

}  // namespace
}  // namespace sluice::llm
