#include "nodes/speech/sherpa_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>

#include "nodes/speech/kernels/words.h"
#include "nodes/speech/payloads.h"
#include "nodes/speech/sherpa_config.h"

namespace sluice::speech {

namespace {

class TwoPasses final : public UtteranceModel {
 public:
  TwoPasses(std::unique_ptr<UtteranceModel> first, std::unique_ptr<UtteranceModel> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) override {
    return (options.confidences ? second_ : first_)->recognise(audio, options);
  }

 private:
  const std::unique_ptr<UtteranceModel> first_, second_;
};

}  // namespace

std::unique_ptr<UtteranceModel> in_two_passes(std::unique_ptr<UtteranceModel> first,
                                              std::unique_ptr<UtteranceModel> second) {
  return std::make_unique<TwoPasses>(std::move(first), std::move(second));
}

#ifdef SLUICE_SPEECH
namespace {

using Online = SherpaOnnxOnlineRecognizer;
using Offline = SherpaOnnxOfflineRecognizer;

constexpr auto kRate = static_cast<std::int32_t>(kSpeechRate);
constexpr double kShortest = 0.1;           // s; the models' convolutions need some audio
constexpr float kUsualHotwordScore = 1.5f;  // sherpa-onnx's own default of hotwords_score

// What `create` makes of a configuration, once for the process: the same settings give the same model as long as
// somebody holds it. The library's own complaint, if it has one, is an exception of ONNX Runtime.
template <class Handle, class Config>
Result<std::shared_ptr<const Handle>> shared(const SherpaApi* api, const SherpaConfig<Config>& config,
                                             const Handle* (*create)(const Config*), void (*destroy)(const Handle*),
                                             const std::string& where) {
  static std::mutex mutex;
  static std::map<std::pair<const SherpaApi*, SherpaSettings>, std::weak_ptr<const Handle>> loaded;
  const std::lock_guard lock(mutex);
  std::weak_ptr<const Handle>& known = loaded[{api, config.settings}];
  if (auto handle = known.lock()) return handle;
  const auto refused = [&](const char* why) {
    return std::unexpected(Error{where, fmt::format("sherpa-onnx cannot load this {} model: {}", config.family, why)});
  };
  try {
    const Handle* const made = create(&config.config);
    if (!made) return refused("what it finds wrong is on standard error");
    const std::shared_ptr<const Handle> handle(made, destroy);
    known = handle;
    return handle;
  } catch (const std::exception& error) {
    return refused(error.what());
  }
}

// Of each word, when its first token was said and how sure its least sure token is. Empty where tokens and words do not
// spell the same, as after inverse text normalisation.
void add_tokens(Recognised& recognised, std::span<const char* const> tokens, const float* starts_s,
                const float* log_probs) {
  std::string spelled;              // without blanks and marks of word pieces
  std::vector<std::size_t> owners;  // the token of each of its bytes
  for (std::size_t n = 0; n < tokens.size(); ++n) {
    std::string_view piece = tokens[n];
    if (piece.starts_with("\u2581")) piece.remove_prefix(3);
    if (piece.ends_with("@@")) piece.remove_suffix(2);
    for (const char c : piece)
      if (c != ' ') spelled += c;
    owners.resize(spelled.size(), n);
  }
  std::vector<double> starts, confidences;
  std::size_t at = 0;
  for (const std::string& word : recognised.words) {
    if (spelled.compare(at, word.size(), word) != 0) return;
    const std::size_t first = owners[at], last = owners[at + word.size() - 1];
    if (starts_s) starts.push_back(starts_s[first]);
    if (log_probs) confidences.push_back(std::exp(*std::min_element(log_probs + first, log_probs + last + 1)));
    at += word.size();
  }
  recognised.starts_s = std::move(starts);
  recognised.confidences = std::move(confidences);
}

template <class Result>
Recognised recognised_of(const Result& result, const float* log_probs) {
  Recognised recognised;
  recognised.words = split_words(result.text ? result.text : "");
  if (result.tokens_arr && result.count > 0)
    add_tokens(recognised, {result.tokens_arr, static_cast<std::size_t>(result.count)}, result.timestamps, log_probs);
  return recognised;
}

// What one stream prefers: phrases of the file and of the stream's own list.
std::string stream_hotwords(std::vector<SherpaHotword> of_file, const std::vector<Hotword>& own, float usual,
                            bool upper_case) {
  for (const auto& [phrase, weight] : own)
    of_file.push_back({phrase, static_cast<float>(weight) * (usual > 0 ? usual : kUsualHotwordScore)});
  return hotwords_text(of_file, upper_case);
}

class OnlinePass final : public UtteranceModel {
 public:
  OnlinePass(const SherpaApi& api, std::shared_ptr<const Online> recogniser, std::string hotwords, bool paraformer)
      : api_(api), recogniser_(std::move(recogniser)), hotwords_(std::move(hotwords)), paraformer_(paraformer) {}

  Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) override {
    if (!stream_ || options.segment != segment_ || audio.size() < fed_) begin(options.segment);
    const auto fresh = audio.subspan(fed_);
    api_.OnlineStreamAcceptWaveform(stream_.get(), kRate, fresh.data(), static_cast<std::int32_t>(fresh.size()));
    fed_ = audio.size();
    if (options.confidences) end();
    while (api_.IsOnlineStreamReady(recogniser_.get(), stream_.get())) {
      if (options.cancel && options.cancel->load(std::memory_order_relaxed)) return Recognised{.complete = false};
      api_.DecodeOnlineStream(recogniser_.get(), stream_.get());
    }
    const auto* const result = api_.GetOnlineStreamResult(recogniser_.get(), stream_.get());
    Recognised recognised = recognised_of(*result, nullptr);
    api_.DestroyOnlineRecognizerResult(result);
    if (options.confidences) stream_.reset();  // it takes no more; should the utterance go on, it is heard again
    return recognised;
  }

 private:
  using Stream = std::unique_ptr<const SherpaOnnxOnlineStream, void (*)(const SherpaOnnxOnlineStream*)>;

  void begin(std::uint64_t segment) {
    stream_ = Stream(hotwords_.empty() ? api_.CreateOnlineStream(recogniser_.get())
                                       : api_.CreateOnlineStreamWithHotwords(recogniser_.get(), hotwords_.c_str()),
                     api_.DestroyOnlineStream);
    segment_ = segment;
    fed_ = 0;
  }

  // Silence for the model's look-ahead, so that the last word comes out (sherpa-onnx's examples: 0.66 s).
  void end() {
    static constexpr std::array<float, static_cast<std::size_t>(0.66 * kSpeechRate)> kTail{};
    api_.OnlineStreamAcceptWaveform(stream_.get(), kRate, kTail.data(), static_cast<std::int32_t>(kTail.size()));
    if (paraformer_) api_.OnlineStreamSetOption(stream_.get(), "is_final", "1");
    api_.OnlineStreamInputFinished(stream_.get());
  }

  const SherpaApi& api_;
  const std::shared_ptr<const Online> recogniser_;
  const std::string hotwords_;
  const bool paraformer_;
  Stream stream_{nullptr, nullptr};
  std::uint64_t segment_ = 0;  // that the stream hears
  std::size_t fed_ = 0;        // of its samples
};

// Puts in punctuation; no work where there is no model.
class Punctuation {
 public:
  static Result<Punctuation> load(const SherpaApi& api, SherpaSettings settings, const std::string& where) {
    Punctuation punctuation(api);
    if (settings.empty()) return punctuation;
    if (settings.contains("cnn_bilstm")) {
      const auto config = check_online_punctuation(std::move(settings), where);
      if (!config) return std::unexpected(config.error());
      auto handle = shared(&api, *config, api.CreateOnlinePunctuation, api.DestroyOnlinePunctuation, where);
      if (!handle) return std::unexpected(handle.error());
      punctuation.online_ = std::move(*handle);
      return punctuation;
    }
    const auto config = check_offline_punctuation(std::move(settings), where);
    if (!config) return std::unexpected(config.error());
    auto handle = shared(&api, *config, api.CreateOfflinePunctuation, api.DestroyOfflinePunctuation, where);
    if (!handle) return std::unexpected(handle.error());
    punctuation.offline_ = std::move(*handle);
    return punctuation;
  }

  void add_to(Recognised& recognised) const {
    if ((!offline_ && !online_) || recognised.words.empty()) return;
    const std::string text = join_words(recognised.words);
    const char* const added = offline_ ? api_->OfflinePunctuationAddPunct(offline_.get(), text.c_str())
                                       : api_->OnlinePunctuationAddPunct(online_.get(), text.c_str());
    if (!added) return;
    std::vector<std::string> words = split_words(added);
    (offline_ ? api_->OfflinePunctuationFreeText : api_->OnlinePunctuationFreeText)(added);
    if (words.size() != recognised.words.size()) {
      recognised.confidences.clear();
      recognised.starts_s.clear();
    }
    recognised.words = std::move(words);
  }

 private:
  explicit Punctuation(const SherpaApi& api) : api_(&api) {}

  const SherpaApi* api_;
  std::shared_ptr<const SherpaOnnxOfflinePunctuation> offline_;
  std::shared_ptr<const SherpaOnnxOnlinePunctuation> online_;
};

class OfflinePass final : public UtteranceModel {
 public:
  OfflinePass(const SherpaApi& api, std::shared_ptr<const Offline> recogniser, Punctuation punctuation,
              std::string hotwords)
      : api_(api),
        recogniser_(std::move(recogniser)),
        punctuation_(std::move(punctuation)),
        hotwords_(std::move(hotwords)) {}

  Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) override {
    if (static_cast<double>(audio.size()) < kShortest * kSpeechRate) return Recognised{};
    const auto* const stream = hotwords_.empty()
                                   ? api_.CreateOfflineStream(recogniser_.get())
                                   : api_.CreateOfflineStreamWithHotwords(recogniser_.get(), hotwords_.c_str());
    api_.AcceptWaveformOffline(stream, kRate, audio.data(), static_cast<std::int32_t>(audio.size()));
    api_.DecodeOfflineStream(recogniser_.get(), stream);
    const auto* const result = api_.GetOfflineStreamResult(stream);
    Recognised recognised = recognised_of(*result, result->ys_log_probs);
    api_.DestroyOfflineRecognizerResult(result);
    api_.DestroyOfflineStream(stream);
    if (options.confidences) punctuation_.add_to(recognised);
    return recognised;
  }

 private:
  const SherpaApi& api_;
  const std::shared_ptr<const Offline> recogniser_;
  const Punctuation punctuation_;
  const std::string hotwords_;
};

std::string language_of(const SherpaSettings& settings) {
  for (const char* const key : {"whisper.language", "sense_voice.language", "canary.tgt_lang",
                                "cohere_transcribe.language", "funasr_nano.language"})
    if (const auto found = settings.find(key); found != settings.end() && found->second != "auto") return found->second;
  return "";
}

// Takes what begins with "punctuation." out of `settings`.
SherpaSettings punctuation_of(SherpaSettings& settings) {
  constexpr std::string_view kPrefix = "punctuation.";
  SherpaSettings taken;
  std::erase_if(settings, [&](const auto& setting) {
    const auto& [key, value] = setting;
    if (key.starts_with(kPrefix)) taken.emplace(key.substr(kPrefix.size()), value);
    return key.starts_with(kPrefix);
  });
  return taken;
}

template <typename Config>
std::string preferred_by(const SherpaConfig<Config>& config, const std::vector<Hotword>& hotwords) {
  if (!config.takes_hotwords) return "";
  return stream_hotwords(config.hotwords, hotwords, config.config.hotwords_score, config.upper_case);
}

}  // namespace

Result<SherpaPass> load_sherpa_online(const std::string& text, const std::vector<Hotword>& hotwords,
                                      const std::string& where) {
  auto settings = read_sherpa_settings(text, where);
  if (!settings) return std::unexpected(settings.error());
  const auto config = check_online(std::move(*settings), where);
  if (!config) return std::unexpected(config.error());
  const auto api = SherpaApi::load();
  if (!api) return std::unexpected(api.error());
  auto handle = shared(*api, *config, (*api)->CreateOnlineRecognizer, (*api)->DestroyOnlineRecognizer, where);
  if (!handle) return std::unexpected(handle.error());
  const std::string preferred = preferred_by(*config, hotwords);
  return SherpaPass{
      .model = std::make_unique<OnlinePass>(**api, std::move(*handle), preferred, config->family == "paraformer"),
      .takes_hotwords = config->takes_hotwords || hotwords.empty()};
}

Result<SherpaPass> load_sherpa_offline(const std::string& text, const std::vector<Hotword>& hotwords,
                                       const std::string& where) {
  auto settings = read_sherpa_settings(text, where);
  if (!settings) return std::unexpected(settings.error());
  SherpaSettings of_punctuation = punctuation_of(*settings);
  const auto config = check_offline(std::move(*settings), where);
  if (!config) return std::unexpected(config.error());
  const auto api = SherpaApi::load();
  if (!api) return std::unexpected(api.error());
  auto punctuation = Punctuation::load(**api, std::move(of_punctuation), where);
  if (!punctuation) return std::unexpected(punctuation.error());
  auto handle = shared(*api, *config, (*api)->CreateOfflineRecognizer, (*api)->DestroyOfflineRecognizer, where);
  if (!handle) return std::unexpected(handle.error());
  const std::string preferred = preferred_by(*config, hotwords);
  return SherpaPass{
      .model = std::make_unique<OfflinePass>(**api, std::move(*handle), std::move(*punctuation), preferred),
      .language = language_of(config->settings),
      .takes_hotwords = config->takes_hotwords || hotwords.empty()};
}

#else

namespace {

Error nothing(const std::string& where) {
  return {where, "this build has no sherpa-onnx; run `tools/setup models` and build again"};
}

}  // namespace

Result<SherpaPass> load_sherpa_online(const std::string&, const std::vector<Hotword>&, const std::string& where) {
  return std::unexpected(nothing(where));
}

Result<SherpaPass> load_sherpa_offline(const std::string&, const std::vector<Hotword>&, const std::string& where) {
  return std::unexpected(nothing(where));
}

#endif

}  // namespace sluice::speech
