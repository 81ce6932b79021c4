// Speech recognition by any model of sherpa-onnx (Apache-2.0), in two passes: `first`, a streaming model, says the
// partials; `model`, one of whole utterances, says the finals, with punctuation where a model for that is named too.
// Without `first` the other one decodes what there is of an utterance every `partials`, from its beginning; without
// `model` the streaming one says the finals too. What can be set: sherpa_fields.cpp.
#include "nodes/speech/hotword_params.h"
#include "nodes/speech/sherpa_models.h"
#include "nodes/speech/utterance_node.h"

namespace sluice::speech {
namespace {

constexpr const char* kMoonshine =
    "moonshine.encoder=moonshine-tiny-en/encoder.onnx; moonshine.merged_decoder=moonshine-tiny-en/decoder.onnx; "
    "tokens=moonshine-tiny-en/tokens.txt";

class AsrSherpa final : public UtteranceNode {
 public:
  Param<std::string> model{*this,
                           "model",
                           {.default_value = kMoonshine,
                            .doc = "says the finals: settings of a sherpa-onnx offline recogniser under their names "
                                   "there, as \"sense_voice.model=FILE; sense_voice.language=auto; tokens=FILE\", or a "
                                   "file with one a line; punctuation.ct_transformer=FILE adds punctuation"}};
  Param<std::string> first{
      *this,
      "first",
      {.doc = "says the partials: settings of an online recogniser in the same way, as "
              "\"transducer.encoder=FILE; transducer.decoder=FILE; transducer.joiner=FILE; tokens=FILE\""}};
  HotwordParams hotwords{*this};
  Counter hotwords_ignored{*this, "hotwords_ignored", "1: there are hotwords, and no model that takes them"};

 protected:
  Result<Loaded> load() override {
    if (model.value().empty() && first.value().empty())
      return std::unexpected(Error{"model", "is empty, and so is first: one of them has to name a model"});
    const auto phrases = hotwords.read();
    if (!phrases) return std::unexpected(phrases.error());
    SherpaPass second_pass, first_pass;
    if (const Status status = take(first.value(), load_sherpa_online, *phrases, "first", first_pass); !status)
      return std::unexpected(status.error());
    if (const Status status = take(model.value(), load_sherpa_offline, *phrases, "model", second_pass); !status)
      return std::unexpected(status.error());
    const bool taken =
        (second_pass.model && second_pass.takes_hotwords) || (first_pass.model && first_pass.takes_hotwords);
    hotwords_ignored.set(taken ? 0 : 1);
    if (!first_pass.model) return Loaded{.model = std::move(second_pass.model), .language = second_pass.language};
    if (!second_pass.model) return Loaded{.model = std::move(first_pass.model), .language = {}};
    return Loaded{.model = in_two_passes(std::move(first_pass.model), std::move(second_pass.model)),
                  .language = second_pass.language};
  }

 private:
  template <class Load>
  static Status take(const std::string& settings, Load load, const std::vector<Hotword>& phrases, const char* where,
                     SherpaPass& pass) {
    if (settings.empty()) return {};
    auto loaded = load(settings, phrases, where);
    if (!loaded) return loaded.error();
    pass = std::move(*loaded);
    return {};
  }
};

}  // namespace

REGISTER_NODE(AsrSherpa, "asr.sherpa",
              "recognises speech with models of sherpa-onnx: partials by one, finals by another")

}  // namespace sluice::speech
