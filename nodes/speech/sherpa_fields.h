// The fields of sherpa-onnx's configurations that can be set, with what each takes: c-api.h of sherpa-onnx 1.13.
// Left out: debug output, models in memory, execution providers (the packaged library has the processor only), and its
// end points: where utterances end, vad.silero says.
#pragma once

#ifdef SLUICE_SPEECH

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "nodes/speech/sherpa_api.h"

namespace sluice::speech {

enum class SherpaKind : std::uint8_t {
  network,    // ONNX
  tokens,     // tokens.txt
  bpe_vocab,  // SentencePiece's bpe.vocab
  fsts,       // compiled OpenFst transducers, with commas between
  fars,       // archives of them, with commas between
  hotwords,   // read here, and given to each stream
  file,       // any
  folder,
  text,
  choice,  // one of `choices`
  flag,    // 0, 1, false, true
  whole,   // least..most
  number   // least..most
};

using SherpaSlot = std::variant<std::monostate, const char**, std::int32_t*, float*>;

template <class Config>
struct SherpaField {
  std::string_view name;
  SherpaKind kind;
  SherpaSlot (*slot)(Config&);
  double least = 0, most = 0;
  std::string_view choices = "";  // with blanks between
};

// A family of models: its fields begin with its name. `needs` is what it cannot be without, with blanks between.
struct SherpaFamily {
  std::string_view name, needs;
  bool tokens = true;  // needs tokens
};

// What the library reads of a network's metadata and ends the program without (SHERPA_ONNX_READ_META_DATA in csrc/):
// names with blanks between; of "a|b" one is enough.
struct SherpaMetadata {
  std::string_view field, keys;
};

template <class Config>
struct SherpaTable {
  std::vector<SherpaField<Config>> fields;
  std::vector<SherpaFamily> families;
  std::vector<SherpaMetadata> metadata;
};

SherpaTable<SherpaOnnxOnlineRecognizerConfig> online_table();
SherpaTable<SherpaOnnxOfflineRecognizerConfig> offline_table();
SherpaTable<SherpaOnnxOfflinePunctuationConfig> offline_punctuation_table();
SherpaTable<SherpaOnnxOnlinePunctuationConfig> online_punctuation_table();
SherpaTable<SherpaOnnxOnlineSpeechDenoiserConfig> denoiser_table();

}  // namespace sluice::speech

#endif
