#include "apps/sluice-transcribe/sources.h"

#include <gmock/gmock.h>

namespace sluice::transcribe {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Sources, ShowTheMicrophoneAsCaptions) {
  const std::string line = microphone_graph({.device = "USB \"1\""}).line;
  EXPECT_THAT(line, StartsWith(R"(mic: audio.capture(device="USB \"1\"", channels=1)"));
  EXPECT_THAT(line, HasSubstr("-> asr: asr.two_pass -> text.terminal"));
}

TEST(Sources, WriteALiveFileWhileItGrows) {
  EXPECT_THAT(microphone_graph({.format = "vtt", .output = "live.vtt"}).line,
              EndsWith("text.subtitles(format=vtt, live=true, events=final) -> file.write(\"live.vtt\")"));
}

TEST(Sources, WriteAFilesTextOnStandardOutput) {
  const std::string line = file_graph({}, "a talk.wav", "").line;
  EXPECT_THAT(line, StartsWith("file: file.read(\"a talk.wav\") -> mono: channels(1)"));
  EXPECT_THAT(line, EndsWith("text.lines(events=final) -> file.write(\"-\")"));
  EXPECT_THAT(file_graph({}, "a.wav", "a").line, HasSubstr("text.lines(events=final, name=\"a\")"));
}

TEST(Sources, PutACorrectorBeforeTheText) {
  const std::string line = file_graph({.llm = "http://localhost:8080", .llm_name = "q"}, "a.wav", "").line;
  EXPECT_THAT(line, HasSubstr(R"(-> correct: llm.correct(model="http://localhost:8080", server_model="q")"));
  EXPECT_THAT(line, EndsWith("text.lines(events=corrected) -> file.write(\"-\")"));
}

TEST(Sources, TakeStandardInputAsLive) {
  EXPECT_THAT(file_graph({.format = "jsonl", .partials = true}, "-", "").line,
              testing::AllOf(StartsWith("file: file.read(\"-\", live=true)"), HasSubstr("text.jsonl(partials=true)")));
}

}  // namespace
}  // namespace sluice::transcribe
