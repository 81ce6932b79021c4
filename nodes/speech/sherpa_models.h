// sherpa-onnx's recognisers as models of utterances: streaming ones for partials, others for finals. Each is loaded
// once for the process; any number of streams use it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "nodes/speech/kernels/hotwords.h"
#include "nodes/speech/recogniser.h"

namespace sluice::speech {

struct SherpaPass {
  std::unique_ptr<UtteranceModel> model;
  std::string language{};      // BCP 47, where the settings say it
  bool takes_hotwords = true;  // false: hotwords were given, and the model can do nothing with them
};

// A streaming model (transducer, paraformer, zipformer2_ctc, ...). Of an utterance that grows it takes the new samples
// only. `settings` as read_sherpa_settings() takes it; errors are about `where`.
Result<SherpaPass> load_sherpa_online(const std::string& settings, const std::vector<Hotword>& hotwords,
                                      const std::string& where);

// A model of whole utterances (transducer, paraformer, sense_voice, whisper, moonshine, ...). Settings that begin with
// "punctuation." are those of a model that puts in what this one leaves out: punctuation.ct_transformer, or
// punctuation.cnn_bilstm and punctuation.bpe_vocab.
Result<SherpaPass> load_sherpa_offline(const std::string& settings, const std::vector<Hotword>& hotwords,
                                       const std::string& where);

// Partials by `first`, finals and what may be one by `second`.
std::unique_ptr<UtteranceModel> in_two_passes(std::unique_ptr<UtteranceModel> first,
                                              std::unique_ptr<UtteranceModel> second);

}  // namespace sluice::speech
