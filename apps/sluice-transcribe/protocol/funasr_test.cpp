#include "apps/sluice-transcribe/protocol/funasr.h"

#include "apps/sluice-transcribe/protocol/conversation_for_tests.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// As funasr_wss_client.py begins.
const char* const kConfig = R"({"mode":"2pass","chunk_size":[5,10,5],"chunk_interval":10,"encoder_chunk_look_back":4,
  "decoder_chunk_look_back":0,"audio_fs":16000,"wav_name":"demo","wav_format":"pcm","is_speaking":true,"hotwords":"",
  "itn":true,"svs_lang":"auto","unheard_of":{"a":[1]}})";

class FunAsr : public testing::Test {
 protected:
  Conversation client{make_funasr_dialog()};

  // What a stock client shows: deltas after the confirmed text, which a final replaces.
  std::string shown() {
    for (const json& message : client.heard()) {
      if (message["mode"] == "2pass-online") {
        online_ += message["text"];
      } else if (message["mode"] == "2pass-offline") {
        online_.clear();
        confirmed_ += message["text"];
      }
      finals_ += message["is_final"].get<bool>() ? 1 : 0;
    }
    return confirmed_ + online_;
  }
  std::string online_, confirmed_;
  int finals_ = 0;
};

TEST_F(FunAsr, BeginsAStreamWithTheFirstAudio) {
  client.text(kConfig);
  EXPECT_THAT(client.begun, IsEmpty());
  client.audio(1920);
  client.audio(1921);
  client.audio(1);
  EXPECT_THAT(client.begun, ElementsAre(StreamRequest{}));
  EXPECT_THAT(client.samples, SizeIs(1921));
  EXPECT_FLOAT_EQ(client.samples.front(), 0.5f);
}

TEST_F(FunAsr, SendsAgreedWordsOnceAndReplacesThemByFinals) {
  client.text(kConfig);
  client.audio(1920);
  client.partial(0, "ask knot");
  client.partial(0, "ask not what");
  EXPECT_EQ(shown(), "ask");
  client.partial(0, "ask not what your", 2);
  EXPECT_EQ(shown(), "ask not what");
  client.final(0, "Ask not what your country,");
  EXPECT_EQ(shown(), "Ask not what your country,");
  client.partial(1, "can do", 2);
  EXPECT_EQ(shown(), "Ask not what your country, can do");
  client.final(1, "can do for you.");
  EXPECT_EQ(shown(), "Ask not what your country, can do for you.");
  EXPECT_EQ(finals_, 0);
}

TEST_F(FunAsr, IsFinalExactlyOnceWithTheLastText) {
  client.text(kConfig);
  client.audio(1920);
  client.final(0, "one");
  client.text(R"({"is_speaking":false})");
  EXPECT_TRUE(client.finishing);
  client.final(1, "two");
  client.final(2, "three");
  client.end();
  EXPECT_EQ(shown(), "one two three");
  EXPECT_EQ(finals_, 1);
}

TEST_F(FunAsr, EndsWithAnEmptyTextWhereAllWasSaid) {
  client.text(kConfig);
  client.audio(1920);
  client.final(0, "one");
  client.final(1, "");
  client.text(R"({"chunk_size":[5,10,5],"wav_name":"h5","is_speaking":false,"chunk_interval":10,"mode":"2pass"})");
  client.end();
  const auto heard = client.heard();
  ASSERT_THAT(heard, SizeIs(2));
  EXPECT_EQ(heard[1], json::parse(R"({"mode":"2pass-offline","text":"","wav_name":"h5","is_final":true})"));
}

TEST_F(FunAsr, AnswersIsEndWhereItIsAskedForOnly) {
  client.text(kConfig);
  client.audio(1920);
  client.text(R"({"is_speaking": false, "is_end": true})");
  client.final(0, "one");
  client.end();
  EXPECT_EQ(client.heard(),
            std::vector{json::parse(
                R"({"mode":"2pass-offline","text":"one","wav_name":"demo","is_final":true,"is_end":true})")});
  client.text(R"({"is_speaking": false})");
  EXPECT_FALSE(client.heard().at(0).contains("is_end"));
}

TEST_F(FunAsr, TakesAnotherStreamOnTheSameConnection) {
  for (int stream = 0; stream < 2; ++stream) {
    client.text(kConfig);
    client.audio(1921);
    client.text(R"({"is_finished":true})");
    client.final(0, "one");
    client.end();
    EXPECT_EQ(client.texts("2pass-offline"), std::vector<std::string>{"one"});
  }
  EXPECT_THAT(client.begun, SizeIs(2));
  EXPECT_THAT(client.samples, SizeIs(1920));  // no byte of one stream is left for the next
}

TEST_F(FunAsr, OnlineSendsEveryWordOnce) {
  client.text(R"({"mode":"online"})");
  client.audio(1920);
  client.partial(0, "ask knot", 1);
  client.final(0, "Ask not.");
  client.text(R"({"is_speaking":false})");
  client.end();
  EXPECT_THAT(client.texts("online"), ElementsAre("ask", " not.", ""));
}

TEST_F(FunAsr, OfflineSendsOneText) {
  client.text(R"({"mode":"offline"})");
  client.audio(1920);
  client.partial(0, "ask", 1);
  client.final(0, "Ask not.");
  client.final(1, "Never.");
  EXPECT_THAT(client.heard(), IsEmpty());
  client.text(R"({"is_speaking":false})");
  client.end();
  EXPECT_THAT(client.texts("offline"), ElementsAre("Ask not. Never."));
}

TEST_F(FunAsr, JoinsIdeographsWithoutBlanks) {
  client.text(kConfig);
  client.audio(1920);
  client.final(0, "你好");
  client.final(1, "世界");
  EXPECT_EQ(shown(), "你好世界");
}

TEST_F(FunAsr, SendsAgreedIdeographsOneByOne) {
  client.text(kConfig);
  client.audio(1920);
  client.partial(0, "你好吗", 2);
  EXPECT_EQ(shown(), "你好");
  client.partial(0, "你好世界", 2);
  client.partial(0, "你好世界。");
  EXPECT_EQ(shown(), "你好世");
  client.final(0, "你好，世界。");
  EXPECT_EQ(shown(), "你好，世界。");
}

TEST_F(FunAsr, TakesWhatTheBrowserSends) {
  client.text(
      R"({"chunk_size":[5,10,5],"wav_name":"h5","is_speaking":true,"chunk_interval":10,"itn":false,"mode":"2pass",
    "hotwords":"{\"阿里巴巴\":20,\"hello world\":40}"})");
  client.audio(960);
  ASSERT_THAT(client.begun, SizeIs(1));
  EXPECT_THAT(client.begun[0].hotwords,
              testing::UnorderedElementsAre(Hotword{"阿里巴巴", 1}, Hotword{"hello world", 1.5}));
  client.final(0, "one");
  client.text(R"({"chunk_size":[5,10,5],"wav_name":"h5","is_speaking":false,"chunk_interval":10,"mode":"2pass"})");
  client.final(1, "two");
  client.end();
  EXPECT_EQ(shown(), "one two");
  EXPECT_EQ(finals_, 1);
}

TEST_F(FunAsr, TakesWhatTheCppClientSendsAndIgnoresWhatItDoesNotKnow) {
  client.text(R"({"mode":"offline","wav_name":"demo","wav_format":"pcm","audio_fs":16000.0,"chunk_size":"5,10,5",
    "is_speaking":true,"hotwords":"","itn":true,"svs_lang":"auto","svs_itn":true,"lm_weight":0.5})");
  client.audio(204800);
  client.audio(0);
  client.text(R"({"is_speaking":false})");
  client.final(0, "one");
  client.end();
  EXPECT_EQ(client.heard(),
            std::vector{json::parse(R"({"mode":"offline","text":"one","wav_name":"demo","is_final":true})")});
}

TEST_F(FunAsr, RefusesTextInPlaceOfAudio) {
  client.text(kConfig);
  client.audio(1920);
  client.text("RIFF this is not JSON");
  EXPECT_EQ(client.closed, kInvalidPayload);
  EXPECT_EQ(client.heard().back()["text"], "ERROR. The message is not a JSON object.");
}

TEST_F(FunAsr, GivesTimesOnlyWhereAskedAndOneForEachWord) {
  Transcript said{.kind = Transcript::Kind::final, .segment = 0, .start_s = 1, .end_s = 2, .text = "Ask not"};
  said.words = {{"Ask", 1, 1.5, 1}, {"not", 1.5, 2, 1}};
  client.text(kConfig);
  client.audio(1920);
  client.say(said);
  EXPECT_FALSE(client.heard().at(0).contains("timestamp"));
  client.text(R"({"timestamps":true})");
  client.say(said);
  EXPECT_EQ(client.heard().at(0)["timestamp"], "[[1000,1500],[1500,2000]]");
}

TEST_F(FunAsr, TakesRatesInEveryFormAndRefusesTheImpossible) {
  for (const char* rate : {"8000", "8000.0", "\"8000\""}) {
    Conversation other{make_funasr_dialog()};
    other.text(std::string(R"({"audio_fs":)") + rate + "}");
    other.audio(2);
    EXPECT_EQ(other.begun.at(0).rate_hz, 8000) << rate;
  }
  for (const char* rate : {"0", "-8000", "1e9", "\"fast\""}) {
    Conversation other{make_funasr_dialog()};
    other.text(std::string(R"({"audio_fs":)") + rate + "}");
    EXPECT_EQ(other.closed, kUnsupportedData) << rate;
    EXPECT_TRUE(other.heard().at(0)["is_final"].get<bool>());
  }
}

TEST_F(FunAsr, SaysThatOnlyPcmIsUnderstood) {
  client.text(R"({"wav_format":"others","wav_name":"x"})");
  EXPECT_EQ(client.heard().at(0)["text"], "ERROR. Real-time transcription service ONLY SUPPORT PCM stream.");
  EXPECT_TRUE(client.closed);
}

TEST_F(FunAsr, RefusesWhatIsNoJson) {
  for (const char* message : {"hello", "{\"mode\":", "[]", ""}) {
    Conversation other{make_funasr_dialog()};
    other.text(message);
    EXPECT_EQ(other.closed, kInvalidPayload) << message;
  }
}

}  // namespace
}  // namespace sluice::transcribe
