// Moonshine: an encoder-decoder transformer on raw audio (Jeffries et al., arXiv 2410.15608), in the export of two
// networks with a key-value cache (encoder.onnx, decoder.onnx of an optimum "merged" decoder), on ONNX Runtime.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/result.h"
#include "nodes/speech/kernels/hotwords.h"
#include "nodes/speech/kernels/vocabulary.h"
#include "nodes/speech/onnx.h"

namespace sluice::speech {

struct Hypothesis {
  std::vector<int> tokens;       // without begin and end
  std::vector<float> log_probs;  // natural log, of each token; only where confidences were asked for
  bool complete = false;         // the decoder said that it is at the end; false: cancelled, or cut off by a guard
};

struct DecodeOptions {
  std::span<const int> guess = {};            // what was recognised of a shorter piece of the same audio
  const HotwordTree* hotwords = nullptr;      // phrases to prefer
  bool confidences = false;                   // fill log_probs
  const std::atomic<bool>* cancel = nullptr;  // looked at between tokens
};

// The networks and their tokens: one for the process, shared by all streams. decode() is thread-safe.
class Moonshine {
 public:
  static constexpr double kRate = 16000;           // Hz
  static constexpr double kTokensPerSecond = 6.5;  // more are hallucinated (the model's authors' own limit)
  static constexpr double kShortest = 0.1;         // s; the encoder's convolutions need some audio

  // `folder` holds encoder.onnx, decoder.onnx and tokens.txt. The error says which is missing or damaged.
  static Result<std::shared_ptr<const Moonshine>> load(const std::string& folder);

  const Vocabulary& vocabulary() const { return *vocabulary_; }

  // What is said in `audio` (mono, kRate, full scale +-1), greedily. The guess is run through the decoder in one step
  // and kept as far as the decoder agrees with it, which costs one token's time instead of one for each.
  Result<Hypothesis> decode(std::span<const float> audio, const DecodeOptions& options) const;

 private:
  class Decoding;
  Moonshine() = default;
  Status check_networks(const std::string& folder) const;

  std::shared_ptr<OnnxModel> encoder_, decoder_;
  std::unique_ptr<Vocabulary> vocabulary_;
};

}  // namespace sluice::speech
