// Speech recognition by Moonshine (moonshine.h): English, with punctuation. Partials re-decode what is there of an
// utterance every `partials`, from the last hypothesis; finals are decoded from the audio alone.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "nodes/speech/hotword_params.h"
#include "nodes/speech/kernels/room_tone.h"
#include "nodes/speech/models.h"
#include "nodes/speech/moonshine.h"
#include "nodes/speech/sherpa_models.h"
#include "nodes/speech/utterance_node.h"

namespace sluice::speech {
namespace {

class MoonshineModel final : public UtteranceModel {
 public:
  MoonshineModel(std::shared_ptr<const Moonshine> moonshine, const std::vector<Hotword>& hotwords)
      : moonshine_(std::move(moonshine)), hotwords_(hotwords, moonshine_->vocabulary()) {}

  Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) override {
    if (!options.confidences) return recognise_as_it_is(audio, options);
    return recognise_as_it_is(with_room_tone(audio, options.trail, kSilence, kLoop), options);
  }

 private:
  // Finals are decoded from 0.16 s of silence after the last word on: too little for the model, which loses its sound
  // ("my fellow American"). Samples of silence that it is given, and of a loop; measured: tools/bench speech --runs
  // phases, 0.54 s instead of 0.16 s: 1.9 % of words wrong instead of 3.0 %, with zeros instead of room tone 2.4 %.
  static constexpr std::size_t kSilence = 17 * kFrameSamples, kLoop = 3 * kFrameSamples;

  Result<Recognised> recognise_as_it_is(std::span<const float> audio, const RecogniseOptions& options) {
    auto best = decode(audio, options);
    if (!best) return std::unexpected(best.error());
    for (const auto& [unsure, part] : kFurtherLooks) {
      if (options.lead == 0 || sureness(*best) >= (options.confidences ? unsure : kNothing)) break;
      const auto skipped = static_cast<std::size_t>(part * static_cast<double>(options.lead));
      auto other = decode(audio.subspan(skipped), options);
      if (!other) return std::unexpected(other.error());
      if (sureness(*other) > sureness(*best)) best = std::move(other);
    }
    return words_of(std::move(*best));
  }

  // What the encoder makes of an utterance depends on where its frames fall; now and then it hears nothing at all. A
  // final of which the decoder is not sure is decoded again with less silence before it, and the surer one is taken;
  // so is a partial without a word. Mean natural logarithm per token below which that is done, and the part of the
  // silence that is left out.
  static constexpr std::array<std::pair<double, double>, 2> kFurtherLooks{{{-0.08, 1.0}, {-0.2, 0.5}}};

  static constexpr double kNothing = -1e9;

  // Mean natural logarithm of the tokens' probabilities; 0 for those of a partial, which are not known.
  static double sureness(const Hypothesis& hypothesis) {
    if (hypothesis.tokens.empty()) return kNothing - 1;
    return std::accumulate(hypothesis.log_probs.begin(), hypothesis.log_probs.end(), 0.0) /
           static_cast<double>(hypothesis.tokens.size());
  }

  Result<Hypothesis> decode(std::span<const float> audio, const RecogniseOptions& options) const {
    return moonshine_->decode(
        audio,
        {.guess = options.guess, .hotwords = &hotwords_, .confidences = options.confidences, .cancel = options.cancel});
  }

  // A word is as sure as its least sure token.
  Recognised words_of(Hypothesis hypothesis) const {
    const Vocabulary& vocabulary = moonshine_->vocabulary();
    Recognised recognised{
        .words = {}, .confidences = {}, .starts_s = {}, .tokens = {}, .complete = hypothesis.complete};
    for (std::size_t n = 0; n < hypothesis.tokens.size(); ++n) {
      std::string_view piece = vocabulary.piece(hypothesis.tokens[n]);
      const double sure = n < hypothesis.log_probs.size() ? std::exp(hypothesis.log_probs[n]) : 1.0;
      if (recognised.words.empty() || piece.starts_with(' ')) {
        recognised.words.emplace_back();
        recognised.confidences.push_back(1.0);
      }
      recognised.words.back() += piece.starts_with(' ') ? piece.substr(1) : piece;
      recognised.confidences.back() = std::min(recognised.confidences.back(), sure);
    }
    for (std::size_t n = recognised.words.size(); n-- > 0;) {
      if (!recognised.words[n].empty()) continue;
      recognised.words.erase(recognised.words.begin() + static_cast<std::ptrdiff_t>(n));
      recognised.confidences.erase(recognised.confidences.begin() + static_cast<std::ptrdiff_t>(n));
    }
    if (hypothesis.log_probs.empty()) recognised.confidences.clear();
    recognised.tokens = std::move(hypothesis.tokens);
    return recognised;
  }

  const std::shared_ptr<const Moonshine> moonshine_;
  const HotwordTree hotwords_;
};

class AsrMoonshine final : public UtteranceNode {
 public:
  Param<std::string> model{
      *this, "model", {.default_value = "moonshine-tiny-en", .doc = "a folder, or one in the folder of models"}};
  Param<std::string> first{
      *this,
      "first",
      {.doc = "another model for the partials, a streaming one of sherpa-onnx: settings as asr.sherpa takes them"}};
  HotwordParams hotwords{*this};

 protected:
  Result<Loaded> load() override {
    const auto folder = find_model(model.value(), "model");
    if (!folder) return std::unexpected(folder.error());
    auto moonshine = Moonshine::load(*folder);
    if (!moonshine) return std::unexpected(moonshine.error());
    const auto phrases = hotwords.read();
    if (!phrases) return std::unexpected(phrases.error());
    std::unique_ptr<UtteranceModel> second = std::make_unique<MoonshineModel>(std::move(*moonshine), *phrases);
    if (first.value().empty()) return Loaded{.model = std::move(second), .language = "en"};
    auto other = load_sherpa_online(first.value(), *phrases, "first");
    if (!other) return std::unexpected(other.error());
    return Loaded{.model = in_two_passes(std::move(other->model), std::move(second)), .language = "en"};
  }
};

}  // namespace

REGISTER_NODE(AsrMoonshine, "asr.moonshine", "recognises English speech with Moonshine: partials, finals, hotwords")

}  // namespace sluice::speech
