// For tests and benchmarks: what a program without an engine does, by the book (examples/simple of llama.cpp): decode,
// take the likeliest token, and again.
#pragma once

#include <string>
#include <vector>

#include "nodes/llm/llama_api.h"

namespace sluice::llm {

class BareLoop {
 public:
  BareLoop(const std::string& file, std::uint32_t context_tokens) : api_(**llama_api()) {
    model_ = api_.llama_model_load_from_file(file.c_str(), api_.llama_model_default_params());
    llama_context_params params = api_.llama_context_default_params();
    params.n_ctx = context_tokens;
    params.n_threads = params.n_threads_batch = 1;
    params.no_perf = true;
    context_ = api_.llama_init_from_model(model_, params);
    sampler_ = api_.llama_sampler_init_greedy();
  }
  ~BareLoop() {
    api_.llama_sampler_free(sampler_);
    api_.llama_free(context_);
    api_.llama_model_free(model_);
  }
  BareLoop(const BareLoop&) = delete;
  BareLoop& operator=(const BareLoop&) = delete;

  // At most `count` tokens after `prompt`, in a context that knows nothing else.
  std::string run(const std::string& prompt, int count) {
    const llama_vocab* const vocab = api_.llama_model_get_vocab(model_);
    api_.llama_memory_clear(api_.llama_get_memory(context_), true);
    std::vector<llama_token> tokens(prompt.size() + 8);
    tokens.resize(
        static_cast<std::size_t>(api_.llama_tokenize(vocab, prompt.data(), static_cast<int>(prompt.size()),
                                                     tokens.data(), static_cast<int>(tokens.size()), true, false)));
    std::string text;
    made_ = 0;
    while (made_ < count) {
      api_.llama_decode(context_, api_.llama_batch_get_one(tokens.data(), static_cast<int>(tokens.size())));
      const llama_token token = api_.llama_sampler_sample(sampler_, context_, -1);
      if (api_.llama_vocab_is_eog(vocab, token)) break;
      ++made_;
      char piece[64];
      text.append(piece, static_cast<std::size_t>(api_.llama_token_to_piece(vocab, token, piece, 64, 0, false)));
      tokens = {token};
    }
    return text;
  }
  int made() const { return made_; }  // tokens, by the last run

 private:
  const LlamaApi& api_;
  llama_model* model_ = nullptr;
  llama_context* context_ = nullptr;
  llama_sampler* sampler_ = nullptr;
  int made_ = 0;
};

}  // namespace sluice::llm
