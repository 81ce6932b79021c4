// Configurations of sherpa-onnx's recognisers: its fields under its own names, checked before the library sees them,
// since it ends the program over a bad one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"
#include "nodes/speech/sherpa_api.h"

namespace sluice::speech {

// KEY -> VALUE. Keys are the fields of sherpa-onnx's structures with dots between ("whisper.encoder"), those that only
// group others left out (model_config). Values of files are paths.
using SherpaSettings = std::map<std::string, std::string, std::less<>>;

// "KEY=VALUE; KEY=VALUE", the same with a line for each, or the path of a file that holds it; # begins a comment. In a
// file, files are named from its folder; else from the folder of models. `where` is the parameter that errors are
// about.
Result<SherpaSettings> read_sherpa_settings(const std::string& text, const std::string& where);

// A phrase to prefer, with what sherpa-onnx adds to the score of each of its tokens.
struct SherpaHotword {
  std::string phrase;
  float score = 0;  // 0: the model's hotwords_score

  bool operator==(const SherpaHotword&) const = default;
};

#ifdef SLUICE_SPEECH

// What was checked: files are there and are what their fields take, one family of models is complete, all values are
// allowed and allowed together. config's strings are those of settings.
template <class Config>
struct SherpaConfig {
  std::string family;       // "transducer", "sense_voice", ...
  SherpaSettings settings;  // with full paths
  Config config{};
  bool takes_hotwords = false;            // transducers searched with beams do, others cannot
  bool upper_case = false;                // the model writes capitals only, so hotwords have to
  std::vector<SherpaHotword> hotwords{};  // of hotwords_file
};

// All faults of a configuration in one error: the field, what is wrong with it, what helps.
Result<SherpaConfig<SherpaOnnxOnlineRecognizerConfig>> check_online(SherpaSettings settings, const std::string& where);
Result<SherpaConfig<SherpaOnnxOfflineRecognizerConfig>> check_offline(SherpaSettings settings,
                                                                      const std::string& where);
Result<SherpaConfig<SherpaOnnxOfflinePunctuationConfig>> check_offline_punctuation(SherpaSettings settings,
                                                                                   const std::string& where);
Result<SherpaConfig<SherpaOnnxOnlinePunctuationConfig>> check_online_punctuation(SherpaSettings settings,
                                                                                 const std::string& where);
Result<SherpaConfig<SherpaOnnxOnlineSpeechDenoiserConfig>> check_denoiser(SherpaSettings settings,
                                                                          const std::string& where);

// As the library takes them for one stream: phrases and scores with "/" between. What it would stumble over (it reads
// ":", "#" and "@" as marks, and ends the program when no number follows) is left out of phrases.
std::string hotwords_text(const std::vector<SherpaHotword>& hotwords, bool upper_case);

#endif

}  // namespace sluice::speech
