// A stand-in for libsherpa-onnx-c-api.so: it does not listen, but counts. Streaming recognisers say a word for each
// half second that they have decoded, in capitals; those of whole utterances say as many, in small letters.
#include <sherpa-onnx/c-api/c-api.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "nodes/speech/sherpa_for_tests.h"

struct SherpaOnnxOnlineRecognizer {
  bool takes_hotwords, digits;
};
struct SherpaOnnxOnlineStream {
  std::string hotword{};
  std::int32_t heard = 0, decoded = 0;  // samples
  bool finished = false;
};
struct SherpaOnnxOfflineRecognizer {
  bool digits;
};
struct SherpaOnnxOfflineStream {
  std::string hotword{};
  std::int32_t heard = 0;
  bool digits = false;
};
struct SherpaOnnxOfflinePunctuation {};
struct SherpaOnnxOnlinePunctuation {};
struct SherpaOnnxOnlineSpeechDenoiser {};

namespace {

constexpr std::int32_t kRate = 16000, kChunk = 5120, kWord = kRate / 2;  // samples
constexpr std::array kNames{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};

sluice::speech::ScriptedSherpaCounts counts;

char* copy_of(const std::string& text) {
  auto* const copy = new char[text.size() + 1];
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

std::string phrase_of(const char* hotwords) {
  const std::string first = std::string(hotwords).substr(0, std::string_view(hotwords).find('/'));
  return first.substr(0, first.find(" :"));
}

// The words of so many samples; the third is the hotword, where there is one.
std::vector<std::string> words_of(std::int32_t samples, bool capitals, bool digits, const std::string& hotword) {
  std::vector<std::string> words;
  for (std::size_t n = 0; n < kNames.size() && static_cast<std::int32_t>(n + 1) * kWord <= samples; ++n) {
    std::string word = digits ? std::to_string(n + 1) : kNames[n];
    if (capitals) std::ranges::transform(word, word.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    words.push_back(n == 2 && !hotword.empty() ? hotword : word);
  }
  return words;
}

// Text, tokens and times, in memory that destroy() frees.
template <class Result>
Result* result_of(const std::vector<std::string>& words) {
  auto* const result = new Result{};
  std::string text, tokens;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
    tokens += " " + word + '\0';
  }
  result->text = copy_of(text);
  auto* const joined = new char[tokens.size() + 1];
  std::memcpy(joined, tokens.c_str(), tokens.size() + 1);
  auto** const places = new const char*[words.size() + 1];
  result->timestamps = new float[words.size() + 1];
  std::size_t at = 0;
  for (std::size_t n = 0; n < words.size(); ++n) {
    places[n] = joined + at;
    at += words[n].size() + 2;
    result->timestamps[n] = 0.5f * static_cast<float>(n);
  }
  result->tokens = joined;
  result->tokens_arr = places;
  result->count = static_cast<std::int32_t>(words.size());
  return result;
}

template <class Result>
void destroy(const Result* result) {
  delete[] result->text;
  delete[] result->tokens;
  delete[] result->tokens_arr;
  delete[] result->timestamps;
  delete result;
}

}  // namespace

extern "C" {

SHERPA_ONNX_API const sluice::speech::ScriptedSherpaCounts* scripted_sherpa_counts() {
  return &counts;
}

const SherpaOnnxOnlineRecognizer* SherpaOnnxCreateOnlineRecognizer(const SherpaOnnxOnlineRecognizerConfig* config) {
  ++counts.online_recognisers;
  const char* const method = config->decoding_method;
  return new SherpaOnnxOnlineRecognizer{method && std::strcmp(method, "modified_beam_search") == 0,
                                        config->rule_fsts != nullptr};
}
void SherpaOnnxDestroyOnlineRecognizer(const SherpaOnnxOnlineRecognizer* recognizer) {
  --counts.online_recognisers;
  delete recognizer;
}
const SherpaOnnxOnlineStream* SherpaOnnxCreateOnlineStream(const SherpaOnnxOnlineRecognizer*) {
  ++counts.streams;
  return new SherpaOnnxOnlineStream;
}
const SherpaOnnxOnlineStream* SherpaOnnxCreateOnlineStreamWithHotwords(const SherpaOnnxOnlineRecognizer* recognizer,
                                                                       const char* hotwords) {
  if (!recognizer->takes_hotwords) std::abort();  // the library ends the program
  ++counts.streams;
  return new SherpaOnnxOnlineStream{.hotword = phrase_of(hotwords)};
}
void SherpaOnnxDestroyOnlineStream(const SherpaOnnxOnlineStream* stream) {
  --counts.streams;
  delete stream;
}
void SherpaOnnxOnlineStreamAcceptWaveform(const SherpaOnnxOnlineStream* stream, std::int32_t rate, const float*,
                                          std::int32_t n) {
  if (stream->finished || rate != kRate) std::abort();
  const_cast<SherpaOnnxOnlineStream*>(stream)->heard += n;
  counts.samples += n;
}
void SherpaOnnxOnlineStreamSetOption(const SherpaOnnxOnlineStream*, const char* key, const char* value) {
  counts.is_final += std::strcmp(key, "is_final") == 0 && std::strcmp(value, "1") == 0;
}
void SherpaOnnxOnlineStreamInputFinished(const SherpaOnnxOnlineStream* stream) {
  const_cast<SherpaOnnxOnlineStream*>(stream)->finished = true;
}
std::int32_t SherpaOnnxIsOnlineStreamReady(const SherpaOnnxOnlineRecognizer*, const SherpaOnnxOnlineStream* stream) {
  return stream->heard - stream->decoded >= (stream->finished ? 1 : kChunk);
}
void SherpaOnnxDecodeOnlineStream(const SherpaOnnxOnlineRecognizer* recognizer, const SherpaOnnxOnlineStream* stream) {
  if (!SherpaOnnxIsOnlineStreamReady(recognizer, stream)) std::abort();
  auto* const s = const_cast<SherpaOnnxOnlineStream*>(stream);
  s->decoded = std::min(s->heard, s->decoded + kChunk);
}
const SherpaOnnxOnlineRecognizerResult* SherpaOnnxGetOnlineStreamResult(const SherpaOnnxOnlineRecognizer* recognizer,
                                                                        const SherpaOnnxOnlineStream* stream) {
  return result_of<SherpaOnnxOnlineRecognizerResult>(
      words_of(stream->decoded, true, recognizer->digits, stream->hotword));
}
void SherpaOnnxDestroyOnlineRecognizerResult(const SherpaOnnxOnlineRecognizerResult* result) {
  destroy(result);
}

const SherpaOnnxOfflineRecognizer* SherpaOnnxCreateOfflineRecognizer(const SherpaOnnxOfflineRecognizerConfig* config) {
  ++counts.offline_recognisers;
  return new SherpaOnnxOfflineRecognizer{config->rule_fsts || config->rule_fars};
}
void SherpaOnnxDestroyOfflineRecognizer(const SherpaOnnxOfflineRecognizer* recognizer) {
  --counts.offline_recognisers;
  delete recognizer;
}
const SherpaOnnxOfflineStream* SherpaOnnxCreateOfflineStream(const SherpaOnnxOfflineRecognizer* recognizer) {
  ++counts.streams;
  return new SherpaOnnxOfflineStream{.digits = recognizer->digits};
}
const SherpaOnnxOfflineStream* SherpaOnnxCreateOfflineStreamWithHotwords(const SherpaOnnxOfflineRecognizer* recognizer,
                                                                         const char* hotwords) {
  ++counts.streams;
  return new SherpaOnnxOfflineStream{.hotword = phrase_of(hotwords), .digits = recognizer->digits};
}
void SherpaOnnxDestroyOfflineStream(const SherpaOnnxOfflineStream* stream) {
  --counts.streams;
  delete stream;
}
void SherpaOnnxAcceptWaveformOffline(const SherpaOnnxOfflineStream* stream, std::int32_t rate, const float*,
                                     std::int32_t n) {
  if (stream->heard > 0 || rate != kRate) std::abort();
  const_cast<SherpaOnnxOfflineStream*>(stream)->heard = n;
}
void SherpaOnnxDecodeOfflineStream(const SherpaOnnxOfflineRecognizer*, const SherpaOnnxOfflineStream*) {}
const SherpaOnnxOfflineRecognizerResult* SherpaOnnxGetOfflineStreamResult(const SherpaOnnxOfflineStream* stream) {
  auto* const result =
      result_of<SherpaOnnxOfflineRecognizerResult>(words_of(stream->heard, false, stream->digits, stream->hotword));
  result->ys_log_probs = new float[static_cast<std::size_t>(result->count) + 1];
  std::fill_n(result->ys_log_probs, result->count, -0.1f);
  return result;
}
void SherpaOnnxDestroyOfflineRecognizerResult(const SherpaOnnxOfflineRecognizerResult* result) {
  delete[] result->ys_log_probs;
  destroy(result);
}

const SherpaOnnxOfflinePunctuation* SherpaOnnxCreateOfflinePunctuation(const SherpaOnnxOfflinePunctuationConfig*) {
  return new SherpaOnnxOfflinePunctuation;
}
void SherpaOnnxDestroyOfflinePunctuation(const SherpaOnnxOfflinePunctuation* punctuation) {
  delete punctuation;
}
const char* SherpaOfflinePunctuationAddPunct(const SherpaOnnxOfflinePunctuation*, const char* text) {
  return copy_of(std::string(text) + ".");
}
void SherpaOfflinePunctuationFreeText(const char* text) {
  delete[] text;
}
const SherpaOnnxOnlinePunctuation* SherpaOnnxCreateOnlinePunctuation(const SherpaOnnxOnlinePunctuationConfig*) {
  return new SherpaOnnxOnlinePunctuation;
}
void SherpaOnnxDestroyOnlinePunctuation(const SherpaOnnxOnlinePunctuation* punctuation) {
  delete punctuation;
}
const char* SherpaOnnxOnlinePunctuationAddPunct(const SherpaOnnxOnlinePunctuation*, const char* text) {
  return copy_of(std::string(text) + "?");
}
void SherpaOnnxOnlinePunctuationFreeText(const char* text) {
  delete[] text;
}

// Half as loud, a frame of 10 ms at a time.
constexpr std::int32_t kShift = 160;
const SherpaOnnxOnlineSpeechDenoiser* SherpaOnnxCreateOnlineSpeechDenoiser(
    const SherpaOnnxOnlineSpeechDenoiserConfig*) {
  return new SherpaOnnxOnlineSpeechDenoiser;
}
void SherpaOnnxDestroyOnlineSpeechDenoiser(const SherpaOnnxOnlineSpeechDenoiser* denoiser) {
  delete denoiser;
}
std::int32_t SherpaOnnxOnlineSpeechDenoiserGetSampleRate(const SherpaOnnxOnlineSpeechDenoiser*) {
  return kRate;
}
std::int32_t SherpaOnnxOnlineSpeechDenoiserGetFrameShiftInSamples(const SherpaOnnxOnlineSpeechDenoiser*) {
  return kShift;
}
const SherpaOnnxDenoisedAudio* SherpaOnnxOnlineSpeechDenoiserRun(const SherpaOnnxOnlineSpeechDenoiser*,
                                                                 const float* samples, std::int32_t n, std::int32_t) {
  auto* const halved = new float[static_cast<std::size_t>(n) + 1];
  std::transform(samples, samples + n, halved, [](float x) { return 0.5f * x; });
  return new SherpaOnnxDenoisedAudio{halved, n, kRate};
}
const SherpaOnnxDenoisedAudio* SherpaOnnxOnlineSpeechDenoiserFlush(const SherpaOnnxOnlineSpeechDenoiser*) {
  return nullptr;
}
void SherpaOnnxOnlineSpeechDenoiserReset(const SherpaOnnxOnlineSpeechDenoiser*) {}
void SherpaOnnxDestroyDenoisedAudio(const SherpaOnnxDenoisedAudio* audio) {
  if (!audio) return;
  delete[] audio->samples;
  delete audio;
}

}  // extern "C"
