// From what the user asked for to graphs: where the sound comes from, and where its text goes.
#pragma once

#include <string>

#include "apps/common/load_graph.h"
#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "engine/core/result.h"

namespace sluice::transcribe {

struct TranscribeOptions {
  Recogniser recogniser{};
  std::string device{};         // microphone; empty: the system's default
  std::string format = "auto";  // auto, txt, srt, vtt, jsonl
  std::string output = "-";     // a file; "-" is standard output
  std::string llm{};            // model that corrects the finals: GGUF file or URL; empty: none
  std::string llm_name{};       // of a URL's models, as the server calls it; empty: its default
  bool partials = false;        // also in jsonl
  std::vector<std::string> plugins{};
};

// Live: captions on the terminal, unless a format is asked for, which then is written while it grows.
apps::GraphRequest microphone_graph(const TranscribeOptions& options);
// name: of a stream that is to be one line of text; else empty.
apps::GraphRequest file_graph(const TranscribeOptions& options, const std::string& path, const std::string& name);

// "txt" for auto, as an ending of files.
std::string ending(const std::string& format);

}  // namespace sluice::transcribe
