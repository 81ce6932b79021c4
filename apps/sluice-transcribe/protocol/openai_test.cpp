#include "apps/sluice-transcribe/protocol/openai.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "apps/sluice-transcribe/protocol/form.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;
using Format = TranscriptionRequest::Format;

const std::string kType = "multipart/form-data; boundary=\"B o\"";

std::string form(std::initializer_list<std::pair<std::string, std::string>> fields) {
  std::string body = "preamble";
  for (const auto& [name, value] : fields)
    body += "\r\n--B o\r\nContent-Type: x\r\ncontent-disposition: form-data; name=\"" + name +
            "\"; filename=\"a \\\"b\\\".wav\"\r\n\r\n" + value;
  return body + "\r\n--B o--\r\n";
}

TEST(Form, IsReadWithNamesAndAnyBytes) {
  const std::string body = form({{"file", std::string("\0\r\n--B\r\n\r\n", 10)}, {"empty", ""}});
  const auto fields = parse_form(kType, body);
  ASSERT_TRUE(fields) << fields.error().text();
  ASSERT_THAT(*fields, SizeIs(2));
  EXPECT_EQ((*fields)[0].name, "file");
  EXPECT_EQ((*fields)[0].filename, "a \"b\".wav");
  EXPECT_EQ((*fields)[0].value, std::string_view("\0\r\n--B\r\n\r\n", 10));
  EXPECT_EQ((*fields)[1].value, "");
}

TEST(Form, OfAnotherKindOrCutOffIsRefused) {
  const std::string whole = form({{"file", "x"}});
  EXPECT_FALSE(parse_form("application/json", whole));
  EXPECT_FALSE(parse_form("multipart/form-data", whole));
  EXPECT_FALSE(parse_form("multipart/form-data; boundary=other", whole));
  for (std::size_t size = 0; size < whole.size() - 4; ++size)
    EXPECT_FALSE(parse_form(kType, whole.substr(0, size))) << size;
  EXPECT_FALSE(parse_form("multipart/form-data; boundary=B", "--B\r\nX: y\r\n\r\nz\r\n--B--"));  // no name
}

TEST(Transcription, HasItsFieldsAndTheirDefaults) {
  const std::string body = form({{"file", "RIFF"}, {"model", "whisper-1"}});
  const auto request = parse_transcription(kType, body);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->file, "RIFF");
  EXPECT_EQ(request->format, Format::json);
  EXPECT_FALSE(request->stream || request->words);
  const std::string more = form({{"timestamp_granularities[]", "word"},
                                 {"file", "RIFF"},
                                 {"response_format", "verbose_json"},
                                 {"hotwords", "tear, thin sheet"}});
  const auto other = parse_transcription(kType, more);
  EXPECT_EQ(other->format, Format::verbose_json);
  EXPECT_TRUE(other->words && !other->segments);
  EXPECT_THAT(other->hotwords, SizeIs(2));
}

TEST(Transcription, NamesTheFieldThatIsWrong) {
  const auto wrong = [](const std::string& body) { return parse_transcription(kType, body).error().where; };
  EXPECT_EQ(wrong(form({{"model", "x"}})), "file");
  EXPECT_EQ(wrong(form({{"file", "x"}, {"response_format", "diarized_json"}})), "response_format");
  EXPECT_EQ(wrong(form({{"file", "x"}, {"response_format", "srt"}, {"stream", "true"}})), "response_format");
  EXPECT_EQ(wrong(form({{"file", "x"}, {"timestamp_granularities[]", "letter"}})), "timestamp_granularities");
  EXPECT_EQ(json::parse(error_body({"file", "is missing"}))["error"]["param"], "file");
}

TEST(Transcription, IsAnsweredInEveryFormat) {
  Transcript first{.kind = Transcript::Kind::final, .start_s = 0.5, .end_s = 1.5, .text = "Ask not", .language = "en"};
  first.words = {{"Ask", 0.5, 1, 1}, {"not", 1, 1.5, 1}};
  const std::vector<Transcript> said = {first,
                                        {.kind = Transcript::Kind::final, .start_s = 3, .end_s = 4, .text = "what."}};
  TranscriptionRequest request;
  EXPECT_EQ(answer_of(request, said, 5).body, R"({"text":"Ask not what."})");
  request.format = Format::text;
  EXPECT_EQ(answer_of(request, said, 5).body, "Ask not what.\n");
  request.format = Format::vtt;
  EXPECT_THAT(answer_of(request, said, 5).body, HasSubstr("WEBVTT\n\n1\n00:00:00.500 --> 00:00:01.500\nAsk not\n"));
  request.format = Format::verbose_json;
  request.words = true;
  const json verbose = json::parse(answer_of(request, said, 5).body);
  EXPECT_EQ(verbose["duration"], 5);
  EXPECT_EQ(verbose["language"], "english");
  EXPECT_EQ(verbose["segments"][1], json::parse(R"({"id":1,"start":3.0,"end":4.0,"text":"what."})"));
  EXPECT_THAT(verbose["words"], SizeIs(3));
  EXPECT_EQ(verbose["words"][1], json::parse(R"({"word":"not","start":1.0,"end":1.5})"));
}

TEST(Transcription, StreamsEventsOfOneLineEach) {
  EXPECT_EQ(delta_event("a\nb"), "data: {\"delta\":\"a\\nb\",\"type\":\"transcript.text.delta\"}\n\n");
  EXPECT_EQ(done_event("a"), "data: {\"text\":\"a\",\"type\":\"transcript.text.done\"}\n\n");
}

}  // namespace
}  // namespace sluice::transcribe
