// vad.silero and asr.moonshine with their models, on real speech: Debian's pocketsphinx-testdata. Skipped without them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <optional>
#include <random>
#include <thread>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"
#include "nodes/speech/models.h"
#include "nodes/speech/moonshine.h"
#include "nodes/speech/payloads.h"

namespace sluice::speech {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSpeech =
    "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0930.wav";
constexpr const char* kCards = "/usr/share/pocketsphinx/test/data/cards/005.wav";

// 16-bit mono samples behind a header of 44 bytes.
std::vector<float> read_speech(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> samples;
  for (std::size_t n = 44; n + 1 < bytes.size(); n += 2) {
    std::int16_t sample = 0;
    std::memcpy(&sample, bytes.data() + n, 2);
    samples.push_back(static_cast<float>(sample) / 32768.0f);
  }
  return samples;
}

std::vector<float> quiet(double duration_s) {
  std::minstd_rand random(5);
  std::normal_distribution<float> noise(0, 1e-4f);
  std::vector<float> samples(static_cast<std::size_t>(duration_s * kSpeechRate));
  for (float& sample : samples) sample = noise(random);
  return samples;
}

std::vector<float> operator+(std::vector<float> a, const std::vector<float>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

class Recognition : public testing::Test {
 protected:
  // Holds the networks, so that not every test loads them again.
  static void SetUpTestSuite() {
    if (const auto folder = find_model("moonshine-tiny-en", "")) held = Moonshine::load(*folder).value_or(nullptr);
  }
  static void TearDownTestSuite() { held.reset(); }

  void SetUp() override {
#ifndef SLUICE_SPEECH
    GTEST_SKIP() << "this build has no ONNX Runtime (tools/setup models)";
#endif
    if (!find_model("silero-vad/silero_vad.onnx", "")) GTEST_SKIP() << "the models are not there (tools/setup models)";
    if (!std::ifstream(kSpeech)) GTEST_SKIP() << "pocketsphinx-testdata is not installed";
  }

  std::vector<BlockRef>& frames_of(const std::vector<float>& audio, std::int64_t block = 480) {
    vad.emplace("vad.silero");
    vad->connect("in", audio_spec(kSpeechRate, 1, block));
    EXPECT_TRUE(vad->start());
    vad->feed_audio("in", {audio});
    vad->end();
    return vad->out("out");
  }

  // What a recogniser says of `audio`, with settings as in a graph file.
  std::vector<Transcript> transcribe(const std::vector<float>& audio,
                                     const std::vector<std::pair<std::string, std::string>>& settings,
                                     const char* type = "asr.moonshine") {
    const std::vector<BlockRef>& frames = frames_of(audio);
    NodeHarness asr(type);
    for (const auto& [param, value] : settings) EXPECT_TRUE(asr.set(param, value));
    asr.connect("in", vad->node().outs()[0]->spec());
    const Status started = asr.start();
    EXPECT_TRUE(started) << started.error().text();
    for (const BlockRef& frame : frames) {
      asr.feed("in", frame);
      asr.pull();
    }
    asr.end();
    while (asr.pull().when != Pull::When::ended) std::this_thread::yield();
    EXPECT_EQ(asr.node().failure(), "");
    std::vector<Transcript> events;
    for (const BlockRef& block : asr.out("out")) events.push_back(*decode_transcript(block->text()));
    asr.node().stop();
    return events;
  }

  static std::string finals(const std::vector<Transcript>& events) {
    std::string text;
    for (const Transcript& event : events)
      if (event.kind == Transcript::Kind::final) text += (text.empty() ? "" : " ") + event.text;
    return text;
  }

  std::optional<NodeHarness> vad;
  static inline std::shared_ptr<const Moonshine> held;
};

TEST_F(Recognition, FindsUtterancesWithWhatComesBeforeThem) {
  const auto& frames = frames_of(quiet(1) + read_speech(kCards) + quiet(1));
  ASSERT_FALSE(frames.empty());
  const auto& first = std::as_const(*frames.front()).as<SpeechFrame>();
  EXPECT_TRUE(first.begins);
  EXPECT_GT(frames.front()->header.position, 0.6 * kSpeechRate);
  EXPECT_LT(frames.front()->header.position, 1.1 * kSpeechRate) << "before the first word";
  EXPECT_TRUE(std::as_const(*frames.back()).as<SpeechFrame>().ends);
  for (std::size_t n = 1; n < frames.size(); ++n)
    EXPECT_EQ(frames[n]->header.position, frames[n - 1]->header.position + static_cast<std::int64_t>(kFrameSamples));
}

TEST_F(Recognition, FindsTheSameWhateverTheBlockSize) {
  const std::vector<float> audio = quiet(0.5) + read_speech(kCards) + quiet(0.7);
  std::vector<std::vector<SpeechFrame>> results;
  for (const std::int64_t block : {480, 77, 16000}) {
    results.emplace_back();
    for (const BlockRef& frame : frames_of(audio, block))
      results.back().push_back(std::as_const(*frame).as<SpeechFrame>());
  }
  for (const auto& other : {results[1], results[2]}) {
    ASSERT_EQ(other.size(), results[0].size());
    for (std::size_t n = 0; n < other.size(); ++n) ASSERT_EQ(other[n].probability, results[0][n].probability);
  }
}

// Rounds of the same audio that lie on the detector's frames alike: after the first, which has nothing before it, each
// is heard bit for bit as the one before.
TEST_F(Recognition, HearsTheSameSpeechTheSameHoweverLongItHasListened) {
  std::vector<float> round = quiet(0.5) + read_speech(kCards) + quiet(0.7) + read_speech(kSpeech) + quiet(1);
  round.resize(round.size() / kFrameSamples * kFrameSamples);
  const auto& frames = frames_of(round + round + round + round);
  std::vector<std::vector<std::pair<std::int64_t, float>>> rounds(4);  // of each frame: its place, and the probability
  const auto length = static_cast<std::int64_t>(round.size());
  for (const BlockRef& frame : frames)
    rounds.at(static_cast<std::size_t>(frame->header.position / length))
        .emplace_back(frame->header.position % length, std::as_const(*frame).as<SpeechFrame>().probability);
  ASSERT_FALSE(rounds[1].empty());
  EXPECT_EQ(rounds[2], rounds[1]);
  EXPECT_EQ(rounds[3], rounds[1]);
}

TEST_F(Recognition, HearsNoWordsInNoise) {
  std::minstd_rand random(9);
  std::normal_distribution<float> white(0, 0.05f);
  std::vector<float> noise(static_cast<std::size_t>(5 * kSpeechRate));
  for (float& sample : noise) sample = white(random);
  std::vector<float> hum(noise.size());
  for (std::size_t n = 0; n < hum.size(); ++n)
    hum[n] = 0.1f * static_cast<float>(std::sin(2 * std::numbers::pi * 50 * static_cast<double>(n) / kSpeechRate));
  for (const auto& signal : {noise, hum, std::vector<float>(noise.size())})
    EXPECT_EQ(finals(transcribe(signal, {{"partials", "0 s"}})), "");
}

TEST_F(Recognition, WritesDownWhatIsSaid) {
  const auto events = transcribe(quiet(0.3) + read_speech(kSpeech) + quiet(0.3), {{"partials", "0 s"}});
  EXPECT_EQ(finals(events), "He might even have been made amiable himself.");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].words.size(), 8u);
  EXPECT_GT(events[0].words[3].confidence, 0.5);
  EXPECT_GT(events[0].words[0].start_s, 0.3);
}

TEST_F(Recognition, IsTheSameThroughSherpaOnnx) {
  const std::vector<float> audio = read_speech(kSpeech) + quiet(0.8) + read_speech(kCards) + quiet(0.5);
  const std::string own = finals(transcribe(audio, {{"partials", "0 s"}}));
  EXPECT_EQ(finals(transcribe(audio, {{"partials", "0 s"}}, "asr.sherpa")), own);
}

TEST_F(Recognition, LosesNoFinalThoughAudioComesFasterThanItIsDecoded) {
  const std::vector<float> audio = read_speech(kSpeech) + quiet(0.8) + read_speech(kCards) + quiet(0.8);
  const auto live = transcribe(audio, {{"partials", "0.4 s"}, {"quick_end", "5 s"}});
  EXPECT_THAT(finals(live), HasSubstr("made amiable himself."));
  EXPECT_THAT(finals(live), HasSubstr("seven of hearts"));
  std::uint64_t segment = 0;
  for (const Transcript& event : live) {
    EXPECT_GE(event.segment, segment);
    EXPECT_LE(event.stable_words, event.words.size());
    segment = event.segment;
  }
  EXPECT_EQ(segment, 1u);
}

TEST_F(Recognition, PrefersHotwordsAndIsNotTakenInByOthers) {
  const std::vector<float> audio = read_speech(kCards) + quiet(0.5);
  const std::string plain = finals(transcribe(audio, {{"partials", "0 s"}}));
  EXPECT_THAT(finals(transcribe(audio, {{"partials", "0 s"}, {"hotwords", "clubs"}})), HasSubstr("four of clubs"));
  EXPECT_EQ(finals(transcribe(audio, {{"partials", "0 s"}, {"hotwords", "Kubernetes, Schleswig, quinoa, xylophone"}})),
            plain);
}

TEST_F(Recognition, SaysWhichModelIsMissing) {
  NodeHarness asr("asr.moonshine");
  ASSERT_TRUE(asr.set("model", "no-such-model"));
  asr.connect(
      "in", {.format = {.media = "speech.frames", .codec = "", .rate_hz = 16000, .channels = 1}, .block_frames = 512});
  const Status status = asr.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "model");
  EXPECT_THAT(status.error().message, HasSubstr("tools/setup models"));
}

TEST_F(Recognition, SaysWhenAModelIsDamaged) {
  const std::string path = testing::TempDir() + "damaged.onnx";
  std::ofstream(path) << "this is no network";
  NodeHarness silero("vad.silero");
  ASSERT_TRUE(silero.set("model", path));
  silero.connect("in", audio_spec(kSpeechRate, 1));
  const Status status = silero.start();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("damaged"));
}

TEST(VadSilero, TakesSixteenKilohertzMonoOnly) {
  NodeHarness silero("vad.silero");
  silero.connect("in", audio_spec(44100, 2));
  const Status status = silero.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "in");
}

}  // namespace
}  // namespace sluice::speech
