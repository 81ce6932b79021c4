// The protocols beside FunASR's first one, and how they are told apart.
#include "apps/sluice-transcribe/protocol/conversation_for_tests.h"
#include "apps/sluice-transcribe/protocol/realtime.h"
#include "apps/sluice-transcribe/protocol/reception.h"
#include "apps/sluice-transcribe/protocol/vosk.h"
#include "apps/sluice-transcribe/protocol/whisper_live.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<json> expect(std::initializer_list<const char*> texts) {
  std::vector<json> list;
  for (const char* text : texts) list.push_back(json::parse(text));
  return list;
}

TEST(Realtime, ReplacesThePartialAndKeepsSentences) {
  Conversation client{make_realtime_dialog()};
  client.text("HOTWORDS: thin sheet , tear");
  client.text("LANGUAGE:en");
  client.text("start");
  EXPECT_EQ(client.heard(), expect({R"({"event":"hotwords_set","hotwords":["thin sheet","tear"]})",
                                    R"({"event":"language_set","language":"en"})", R"({"event":"started"})"}));
  client.audio(32000);
  EXPECT_THAT(client.begun, ElementsAre(StreamRequest{16000, {{"thin sheet"}, {"tear"}}}));
  client.partial(0, "ask");
  client.final(0, "Ask not.");
  client.text("STOP");
  EXPECT_TRUE(client.finishing);
  client.end();
  EXPECT_EQ(client.heard(),
            expect({R"({"sentences":[],"partial":"ask","partial_start_ms":1000,"duration_ms":1000,"is_final":false})",
                    R"({"sentences":[{"text":"Ask not.","start":1000,"end":3000}],"partial":"","partial_start_ms":3000,
                        "duration_ms":1000,"is_final":false})",
                    R"({"sentences":[{"text":"Ask not.","start":1000,"end":3000}],"partial":"","partial_start_ms":0,
                        "duration_ms":1000,"is_final":true})",
                    R"({"event":"stopped"})"}));
}

TEST(Realtime, IgnoresAudioThatNoStartAnnounced) {
  Conversation client{make_realtime_dialog()};
  client.audio(100);
  client.text("STOP");
  EXPECT_THAT(client.begun, IsEmpty());
  EXPECT_EQ(client.heard(), expect({R"({"event":"stopped"})"}));
}

TEST(Realtime, SaysWhichCommandsItKnows) {
  Conversation client{make_realtime_dialog()};
  client.text("COMMIT");
  client.text("RESTART");
  for (const json& message : client.heard()) EXPECT_EQ(message["event"], "error");
  EXPECT_FALSE(client.closed);
}

TEST(Vosk, RepliesExactlyOnceToEveryMessageWhenItsAudioIsTaken) {
  Conversation client{make_vosk_dialog()};
  client.text(R"({"config":{"sample_rate":16000,"phrase_list":["thin sheet"]}})");
  EXPECT_THAT(client.heard(), IsEmpty());
  client.audio(8000);
  EXPECT_THAT(client.begun, ElementsAre(StreamRequest{16000, {{"thin sheet"}}}));
  EXPECT_THAT(client.heard(), IsEmpty());
  client.partial(0, "ask");
  client.taken(4000);
  EXPECT_EQ(client.heard(), expect({R"({"partial":"ask"})"}));
  client.final(0, "ask not");
  client.final(1, "what");
  client.audio(8000);
  client.audio(8001);
  client.taken(12000);
  EXPECT_EQ(client.heard(), expect({R"({"text":"ask not"})", R"({"text":"what"})"}));
  client.audio(1);
  client.taken(12001);
  EXPECT_EQ(client.heard(), expect({R"({"partial":""})"}));
}

TEST(Vosk, EndsWithAllThatWasNotSaid) {
  Conversation client{make_vosk_dialog()};
  client.audio(8000);
  EXPECT_EQ(client.begun.at(0).rate_hz, 8000);
  client.taken(4000);
  client.heard();
  client.text("{\"eof\" : 1}");
  EXPECT_TRUE(client.finishing);
  Transcript said{.kind = Transcript::Kind::final, .segment = 0, .start_s = 1, .end_s = 2, .text = "ask"};
  said.words = {{"ask", 1, 2, 0.5}};
  client.say(said);
  client.final(1, "not");
  client.end();
  EXPECT_EQ(client.heard(),
            expect({R"({"text":"ask not","result":[{"conf":0.5,"start":1.0,"end":2.0,"word":"ask"}]})"}));
  EXPECT_EQ(client.closed, kNormal);
}

TEST(Vosk, BeginsAnewAfterReset) {
  Conversation client{make_vosk_dialog()};
  client.audio(8000);
  client.text("{\"reset\" : 1}");
  client.end();
  EXPECT_THAT(client.heard(), SizeIs(2));  // the reply to the audio, and the result
  EXPECT_FALSE(client.closed);
  client.audio(8000);
  EXPECT_THAT(client.begun, SizeIs(2));
}

TEST(Vosk, GivesAlternativesWhereAsked) {
  Conversation client{make_vosk_dialog()};
  client.text(R"({"config":{"max_alternatives":3,"words":false}})");
  client.audio(2);
  client.text(R"({"eof":1})");
  client.final(0, "ask");
  client.end();
  EXPECT_EQ(client.heard().back(), json::parse(R"({"alternatives":[{"text":"ask","confidence":1.0}]})"));
}

TEST(Vosk, TakesARateThatIsWrittenAsAText) {
  Conversation client{make_vosk_dialog()};
  client.text(R"({"config":{"sample_rate":"16000"}})");
  client.audio(2);
  EXPECT_EQ(client.begun.at(0).rate_hz, 16000);
}

TEST(Vosk, RefusesAWrongRateAndWhatIsNoCommand) {
  for (const char* message : {R"({"config":{"sample_rate":7}})", R"({"config":{"sample_rate":"x"}})", R"({"config":7})",
                              R"({"hello":1})", "hello"}) {
    Conversation client{make_vosk_dialog()};
    client.text(message);
    EXPECT_TRUE(client.closed) << message;
    EXPECT_TRUE(client.heard().at(0).contains("error")) << message;
  }
}

const char* const kWhisperConfig = R"({"uid":"u1","language":null,"task":"transcribe","model":"small","use_vad":true,
  "send_last_n_segments":2,"hotwords":"tear"})";

TEST(WhisperLive, SendsTheLastSegmentsAndTheOneThatChanges) {
  Conversation client{make_whisper_live_dialog()};
  client.text(kWhisperConfig);
  EXPECT_EQ(client.heard(), expect({R"({"uid":"u1","message":"SERVER_READY","backend":"faster_whisper"})"}));
  client.binary(std::string("\0\0\0\x3F", 4));  // 0.5f
  EXPECT_THAT(client.samples, ElementsAre(0.5f));
  EXPECT_THAT(client.begun, ElementsAre(StreamRequest{16000, {{"tear"}}}));
  for (std::uint64_t n = 0; n < 3; ++n) client.final(n, std::to_string(n));
  client.heard();
  client.partial(3, "three");
  EXPECT_EQ(client.heard(), expect({R"({"uid":"u1","segments":[
      {"start":"1.000","end":"3.000","text":" 1","completed":true},
      {"start":"1.000","end":"3.000","text":" 2","completed":true},
      {"start":"1.000","end":"2.000","text":" three","completed":false}]})"}));
}

TEST(WhisperLive, TellsTheLanguageOnce) {
  Conversation client{make_whisper_live_dialog()};
  client.text(kWhisperConfig);
  client.heard();
  for (int n = 0; n < 2; ++n)
    client.say({.kind = Transcript::Kind::partial, .segment = 0, .text = "a", .language = "en"});
  const auto heard = client.heard();
  EXPECT_THAT(heard, SizeIs(3));
  EXPECT_EQ(heard[0], json::parse(R"({"uid":"u1","language":"en","language_prob":1.0})"));
}

TEST(WhisperLive, EndsAtEndOfAudioInEitherForm) {
  for (const bool as_text : {false, true}) {
    Conversation client{make_whisper_live_dialog()};
    client.text(kWhisperConfig);
    client.audio(16);
    if (as_text)
      client.text("END_OF_AUDIO");
    else
      client.binary("END_OF_AUDIO");
    EXPECT_TRUE(client.finishing);
    client.end();
    EXPECT_EQ(client.closed, kNormal);
  }
}

TEST(WhisperLive, TellsClientsToWaitWhereThereIsNoPlace) {
  Conversation client{make_whisper_live_dialog()};
  client.text(kWhisperConfig);
  client.heard();
  client.refuse(kTryAgainLater, "full");
  EXPECT_EQ(client.heard(), expect({R"({"uid":"u1","status":"WAIT","message":1.0})"}));
}

// The protocol that answered, by the form of its refusal.
std::string protocol_of(const std::string& path, const std::string& first, bool binary = false) {
  Conversation client{make_dialog(path)};
  if (binary)
    client.binary(first);
  else
    client.text(first);
  client.heard();
  client.refuse(kGoingAway, "x");
  const json last = client.heard().back();
  return last.contains("mode")    ? "funasr"
         : last.contains("event") ? "realtime"
         : last.contains("uid")   ? "whisper"
         : last.contains("error") ? "vosk"
                                  : "?";
}

TEST(Reception, TellsProtocolsApartByTheFirstMessage) {
  EXPECT_EQ(protocol_of("/", R"({"mode":"2pass"})"), "funasr");
  EXPECT_EQ(protocol_of("/", R"({"is_speaking":true})"), "funasr");
  EXPECT_EQ(protocol_of("/", "START"), "realtime");
  EXPECT_EQ(protocol_of("/", "HOTWORDS:a"), "realtime");
  EXPECT_EQ(protocol_of("/", R"({"uid":"1"})"), "whisper");
  EXPECT_EQ(protocol_of("/", R"({"config":{"sample_rate":16000}})"), "vosk");
  EXPECT_EQ(protocol_of("/", "abcd", true), "vosk");
}

TEST(Reception, FollowsThePathWhereThereIsOne) {
  EXPECT_EQ(protocol_of("/funasr", "abcd", true), "funasr");
  EXPECT_EQ(protocol_of("/funasr/realtime/", "abcd", true), "realtime");
  EXPECT_EQ(protocol_of("/vosk", "abcd", true), "vosk");
  EXPECT_EQ(protocol_of("/whisper", R"({"uid":"1"})"), "whisper");
}

TEST(Reception, RefusesWhatIsOfNoProtocol) {
  for (const char* message : {"hello", "", "[1,2]", "{\"mode\":"}) {
    Conversation client{make_dialog("/")};
    client.text(message);
    EXPECT_EQ(client.closed, kInvalidPayload) << message;
  }
}

}  // namespace
}  // namespace sluice::transcribe
