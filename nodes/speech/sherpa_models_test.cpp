// Recognition with sherpa-onnx's models: with a library that only counts, so that every way through is taken, and,
// where the models are installed, with the real one.
#include "nodes/speech/sherpa_models.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/stream/transcript.h"
#include "engine/testing/node_harness.h"
#include "nodes/speech/models.h"
#include "nodes/speech/payloads.h"
#include "nodes/speech/sherpa_for_tests.h"

#ifdef SLUICE_SPEECH

namespace sluice::speech {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SherpaModels : public testing::Test {
 protected:
  void SetUp() override {
    void* const library = ::dlopen(models.library().c_str(), RTLD_NOW);
    ASSERT_TRUE(library) << ::dlerror();
    counts = reinterpret_cast<const ScriptedSherpaCounts* (*)()>(::dlsym(library, "scripted_sherpa_counts"))();
    models.tokens();
    models.network("e.onnx", "model_type vocab_size lfr_window_size lfr_window_shift encoder_output_size");
    models.network("p.onnx",
                   "vocab_size lfr_window_size lfr_window_shift encoder_output_size decoder_num_blocks "
                   "decoder_kernel_size neg_mean inv_stddev");
    models.network("ct.onnx", "tokens vocab_size punctuations unk_symbol");
    models.write("rules.fst", "\xd6\xfd\xb2\x7e");
  }

  static std::vector<float> silence(double seconds) {
    return std::vector<float>(static_cast<std::size_t>(seconds * kSpeechRate));
  }

  static Recognised heard(UtteranceModel& model, double seconds, RecogniseOptions options) {
    const auto recognised = model.recognise(silence(seconds), options);
    EXPECT_TRUE(recognised);
    return *recognised;
  }

  static constexpr RecogniseOptions kPartial{};
  static constexpr RecogniseOptions kFinal{.confidences = true};
  const std::string transducer =
      "transducer.encoder=e.onnx; transducer.decoder=e.onnx; transducer.joiner=e.onnx; tokens=tokens.txt";
  const std::string streaming_paraformer = "paraformer.encoder=p.onnx; paraformer.decoder=p.onnx; tokens=tokens.txt";
  const std::string paraformer = "paraformer.model=p.onnx; tokens=tokens.txt";

  ScriptedModels models;
  const ScriptedSherpaCounts* counts = nullptr;
};

TEST_F(SherpaModels, AStreamingModelIsGivenNewSamplesOnly) {
  const auto pass = load_sherpa_online(transducer, {}, "first");
  ASSERT_TRUE(pass) << pass.error().message;
  const int before = counts->samples;
  EXPECT_THAT(heard(*pass->model, 0.7, kPartial).words, ElementsAre("ONE"));
  EXPECT_THAT(heard(*pass->model, 1.3, kPartial).words, ElementsAre("ONE", "TWO"));
  EXPECT_EQ(counts->samples - before, static_cast<int>(1.3 * kSpeechRate));
  EXPECT_THAT(heard(*pass->model, 0.7, {.segment = 1}).words, ElementsAre("ONE")) << "another utterance";
  EXPECT_EQ(counts->samples - before, static_cast<int>(2.0 * kSpeechRate));
}

TEST_F(SherpaModels, AStreamingModelSaysItsLastWordAtTheEnd) {
  const auto pass = load_sherpa_online(streaming_paraformer, {}, "first");
  ASSERT_TRUE(pass) << pass.error().message;
  EXPECT_THAT(heard(*pass->model, 1.55, kPartial).words, ElementsAre("ONE", "TWO"));
  EXPECT_THAT(heard(*pass->model, 1.55, kFinal).words, ElementsAre("ONE", "TWO", "THREE", "FOUR"));
  EXPECT_EQ(counts->is_final, 1);
  EXPECT_THAT(heard(*pass->model, 1.9, kPartial).words, ElementsAre("ONE", "TWO", "THREE"))
      << "it was no end after all";
}

TEST_F(SherpaModels, AStreamingModelCanBeStopped) {
  const auto pass = load_sherpa_online(transducer, {}, "first");
  ASSERT_TRUE(pass);
  const std::atomic<bool> cancel{true};
  EXPECT_FALSE(heard(*pass->model, 3, {.cancel = &cancel}).complete);
  EXPECT_EQ(heard(*pass->model, 3.2, kPartial).words.size(), 6u);
}

TEST_F(SherpaModels, WordsHaveTimesAndConfidences) {
  const auto pass = load_sherpa_offline(paraformer, {}, "model");
  ASSERT_TRUE(pass) << pass.error().message;
  const Recognised recognised = heard(*pass->model, 1.6, kFinal);
  EXPECT_THAT(recognised.words, ElementsAre("one", "two", "three"));
  EXPECT_THAT(recognised.starts_s, ElementsAre(0, 0.5, 1));
  EXPECT_THAT(recognised.confidences, testing::Each(testing::DoubleNear(0.905, 1e-3)));
  EXPECT_THAT(heard(*pass->model, 0.05, kFinal).words, IsEmpty());
}

TEST_F(SherpaModels, PunctuationIsPutIntoFinals) {
  models.write("bpe.vocab", "<blk>\t0\n");
  for (const auto& [settings, mark] : {std::pair{"punctuation.ct_transformer=ct.onnx", "two."},
                                       {"punctuation.cnn_bilstm=e.onnx; punctuation.bpe_vocab=bpe.vocab", "two?"}}) {
    const auto pass = load_sherpa_offline(paraformer + ";" + settings, {}, "model");
    ASSERT_TRUE(pass) << pass.error().message;
    EXPECT_THAT(heard(*pass->model, 1.2, kFinal).words, ElementsAre("one", mark));
    EXPECT_EQ(heard(*pass->model, 1.2, kFinal).confidences.size(), 2u);
    EXPECT_THAT(heard(*pass->model, 1.2, kPartial).words, ElementsAre("one", "two"));
  }
  EXPECT_THAT(load_sherpa_offline(paraformer + "; punctuation.ct_transformer=e.onnx", {}, "model").error().message,
              HasSubstr("ct_transformer: "));
}

TEST_F(SherpaModels, RulesTurnWordsIntoNumbers) {
  const auto pass = load_sherpa_offline(paraformer + "; rule_fsts=rules.fst", {}, "model");
  ASSERT_TRUE(pass) << pass.error().message;
  EXPECT_THAT(heard(*pass->model, 1.2, kFinal).words, ElementsAre("1", "2"));
}

TEST_F(SherpaModels, HotwordsReachTransducersThatAreSearchedWithBeams) {
  const std::vector<Hotword> phrases{{"thin sheet", 1.2}};
  const std::string beams = transducer + "; decoding_method=modified_beam_search";
  const auto first = load_sherpa_online(beams, phrases, "first");
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(first->takes_hotwords);
  EXPECT_THAT(heard(*first->model, 2, kPartial).words, ElementsAre("ONE", "TWO", "THIN", "SHEET"));
  const auto second = load_sherpa_offline(beams, phrases, "model");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(heard(*second->model, 1.6, kFinal).words, ElementsAre("one", "two", "THIN", "SHEET"));
  const auto deaf = load_sherpa_online(transducer, phrases, "first");
  ASSERT_TRUE(deaf);
  EXPECT_FALSE(deaf->takes_hotwords);
  EXPECT_THAT(heard(*deaf->model, 2, kPartial).words, ElementsAre("ONE", "TWO", "THREE"));
}

TEST_F(SherpaModels, AModelIsLoadedOnceForAllStreams) {
  {
    const auto one = load_sherpa_online(transducer, {}, "first");
    const auto two = load_sherpa_online(transducer, {{"tear", 1}}, "first");
    const auto other = load_sherpa_online(streaming_paraformer, {}, "first");
    heard(*one->model, 1, kPartial);
    heard(*two->model, 1, kPartial);
    EXPECT_EQ(counts->online_recognisers, 2);
    EXPECT_EQ(counts->streams, 2);
  }
  EXPECT_EQ(counts->online_recognisers, 0);
  EXPECT_EQ(counts->streams, 0);
}

// One utterance of `seconds`, and silence until its end is certain.
void feed_utterance(NodeHarness& asr, double seconds) {
  const auto frames = static_cast<std::size_t>(seconds / kFrameSeconds), last = frames + 15;
  for (std::size_t n = 0; n <= last; ++n) {
    SpeechFrame frame{};
    frame.probability = n < frames ? 0.9f : 0.0f;
    frame.silence_s = n < frames ? 0.0f : static_cast<float>(static_cast<double>(n - frames + 1) * kFrameSeconds);
    frame.begins = n == 0;
    frame.ends = n == last;
    asr.feed_struct("in", frame, kFrameSamples);
    asr.pull();
  }
}

std::vector<Transcript> said_by(NodeHarness& asr) {
  asr.connect("in",
              {.format = {.media = std::string(SpeechFrame::kMedia), .codec = "", .rate_hz = 16000, .channels = 1},
               .block_frames = kFrameSamples});
  const Status started = asr.start();
  EXPECT_TRUE(started) << started.error().text();
  if (!started) return {};
  feed_utterance(asr, 1.7);
  asr.end();
  while (asr.pull().when != Pull::When::ended) std::this_thread::yield();
  EXPECT_EQ(asr.node().failure(), "");
  std::vector<Transcript> events;
  for (const BlockRef& block : asr.out("out")) events.push_back(*decode_transcript(block->text()));
  asr.node().stop();
  return events;
}

TEST_F(SherpaModels, PartialsAreTheFirstModelsAndFinalsTheSeconds) {
  NodeHarness asr("asr.sherpa");
  ASSERT_TRUE(asr.set("first", transducer));
  ASSERT_TRUE(asr.set("model", paraformer + "; punctuation.ct_transformer=ct.onnx"));
  const std::vector<Transcript> events = said_by(asr);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().kind, Transcript::Kind::final);
  EXPECT_EQ(events.back().text, "one two three.");
  EXPECT_EQ(events.back().words.at(2).start_s, 1.0);
  for (const Transcript& event : events) {
    if (event.kind == Transcript::Kind::final || event.text.empty() || event.end_s > 1.5) continue;
    EXPECT_THAT(event.text, testing::StartsWith("ONE"));
  }
}

TEST_F(SherpaModels, OneModelCanSayBoth) {
  for (const auto& [first, model, last] :
       {std::tuple{transducer, std::string(), "ONE TWO THREE FOUR"}, {std::string(), paraformer, "one two three"}}) {
    NodeHarness asr("asr.sherpa");
    ASSERT_TRUE(asr.set("first", first));
    ASSERT_TRUE(asr.set("model", model));
    const std::vector<Transcript> events = said_by(asr);
    ASSERT_FALSE(events.empty());
    EXPECT_THAT(events.back().text, testing::StartsWith(last));
  }
}

TEST_F(SherpaModels, WhatIsWrongIsToldWhenTheNodeStarts) {
  for (const auto& [param, value, message] : {std::tuple{"model", "", "is empty, and so is first"},
                                              {"model", "whisper.encoder=gone.onnx", "there is no 'gone.onnx'"},
                                              {"first", "paraformer.encoder=p.onnx", "paraformer.decoder: is missing"},
                                              {"hotwords_file", "/nonexistent", "cannot read /nonexistent"}}) {
    NodeHarness asr("asr.sherpa");
    ASSERT_TRUE(asr.set(param, value));
    asr.connect("in", {.format = {.media = "speech.frames", .codec = "", .rate_hz = 16000, .channels = 1}});
    const Status started = asr.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().where, param);
    EXPECT_THAT(started.error().message, HasSubstr(message));
  }
}

TEST_F(SherpaModels, TheDenoiserGivesEverySampleOnInItsPlace) {
  models.network("d.onnx",
                 "model_type sample_rate n_fft hop_length window_length window_type version "
                 "conv_cache_shape tra_cache_shape inter_cache_shape");
  NodeHarness denoise("speech.denoise");
  ASSERT_TRUE(denoise.set("model", "gtcrn.model=d.onnx"));
  denoise.connect("in", audio_spec(kSpeechRate, 1, 480));
  const Status started = denoise.start();
  ASSERT_TRUE(started) << started.error().text();
  denoise.feed_audio("in", {std::vector<float>(1000, 0.5f)});
  denoise.end();
  EXPECT_EQ(denoise.audio("out").at(0), std::vector<float>(1000, 0.25f));
  EXPECT_EQ(denoise.out("out").back()->header.position, 960);
}

TEST_F(SherpaModels, TheDenoiserTellsThatItHasNoModel) {
  NodeHarness denoise("speech.denoise");
  denoise.connect("in", audio_spec(kSpeechRate, 1, 480));
  const Status started = denoise.start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("gtcrn.model: there is no 'gtcrn_simple.onnx'"));
}

TEST(SherpaLibrary, ThatIsMissingIsTold) {
  ScriptedModels models;
  std::filesystem::remove(models.library());
  models.tokens();
  models.network("p.onnx", "vocab_size lfr_window_size lfr_window_shift neg_mean inv_stddev");
  const auto pass = load_sherpa_offline("paraformer.model=p.onnx; tokens=tokens.txt", {}, "model");
  ASSERT_FALSE(pass);
  EXPECT_THAT(pass.error().message, HasSubstr("tools/setup models"));
}

TEST(SherpaLibrary, BesideARuntimeThatIsCutOffIsNotLoaded) {
  ScriptedModels models;
  models.tokens();
  models.network("p.onnx", "vocab_size lfr_window_size lfr_window_shift neg_mean inv_stddev");
  const std::string library = std::filesystem::read_symlink(models.library());
  std::filesystem::remove(models.library());
  std::filesystem::copy_file(library, models.library());
  std::filesystem::copy_file(library, models.path("lib/libonnxruntime.so"));
  std::filesystem::resize_file(models.path("lib/libonnxruntime.so"), 4096);
  const auto pass = load_sherpa_offline("paraformer.model=p.onnx; tokens=tokens.txt", {}, "model");
  ASSERT_FALSE(pass);
  EXPECT_THAT(pass.error().message, HasSubstr("libonnxruntime.so is cut off"));
}

TEST(SherpaLibrary, SurvivesAFileThatOnlyLooksLikeAModel) {
  const auto library = find_model("lib/libsherpa-onnx-c-api.so", "");
  if (!library) GTEST_SKIP() << "sherpa-onnx is not installed (tools/setup models)";
  ScriptedModels models;
  std::filesystem::remove(models.library());
  std::filesystem::create_symlink(*library, models.library());
  models.write("tokens.txt", "PHM+ 0\nSEU= 1\n");
  models.network("m.onnx");
  const auto pass =
      load_sherpa_offline("moonshine.encoder=m.onnx; moonshine.merged_decoder=m.onnx; tokens=tokens.txt", {}, "model");
  ASSERT_FALSE(pass);
  EXPECT_THAT(pass.error().message, HasSubstr("sherpa-onnx cannot load this moonshine model"));
}

}  // namespace
}  // namespace sluice::speech

#endif
