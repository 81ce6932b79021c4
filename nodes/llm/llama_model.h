// A language model in this process: a GGUF file on llama.cpp.
#pragma once

#include <memory>
#include <string>

#include "nodes/llm/language_model.h"

namespace sluice::llm {

struct LlamaConfig {
  std::string file;  // GGUF
  int threads = 1;
  int context = 4096;              // tokens of prompt and answer together
  std::string chat_template = {};  // a name that llama.cpp knows, for models that bring none
};

// The weights are loaded once for all that name the same file; every model made here has a context of its own, in which
// what a prompt has in common with the one before is not computed again. May take long. The error names what is missing
// or damaged.
Result<std::unique_ptr<LanguageModel>> gguf_model(const LlamaConfig& config);

}  // namespace sluice::llm
