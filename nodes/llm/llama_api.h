// llama.cpp's C interface, loaded when the first model is: the functions that we call, by their own names.
#pragma once

#include <llama.h>

#include "engine/core/result.h"

namespace sluice::llm {

#define SLUICE_LLAMA_FUNCTIONS(X)       \
  X(llama_batch_get_one)                \
  X(llama_chat_apply_template)          \
  X(llama_context_default_params)       \
  X(llama_decode)                       \
  X(llama_free)                         \
  X(llama_get_memory)                   \
  X(llama_init_from_model)              \
  X(llama_log_set)                      \
  X(llama_memory_clear)                 \
  X(llama_memory_seq_rm)                \
  X(llama_model_chat_template)          \
  X(llama_model_default_params)         \
  X(llama_model_free)                   \
  X(llama_model_get_vocab)              \
  X(llama_model_has_decoder)            \
  X(llama_model_load_from_file)         \
  X(llama_n_batch)                      \
  X(llama_n_ctx)                        \
  X(llama_sampler_chain_add)            \
  X(llama_sampler_chain_default_params) \
  X(llama_sampler_chain_init)           \
  X(llama_sampler_free)                 \
  X(llama_sampler_init_dist)            \
  X(llama_sampler_init_grammar)         \
  X(llama_sampler_init_greedy)          \
  X(llama_sampler_init_temp)            \
  X(llama_sampler_init_top_k)           \
  X(llama_sampler_init_top_p)           \
  X(llama_sampler_sample)               \
  X(llama_set_abort_callback)           \
  X(llama_token_to_piece)               \
  X(llama_tokenize)                     \
  X(llama_vocab_is_eog)

struct LlamaApi {
#define SLUICE_MEMBER(name) decltype(&::name) name = nullptr;
  SLUICE_LLAMA_FUNCTIONS(SLUICE_MEMBER)
#undef SLUICE_MEMBER
};

// The process's llama.cpp, with the processor's backend; never unloaded. The error names the command that fetches it.
// Thread-safe.
Result<const LlamaApi*> llama_api();

// What llama.cpp logged as an error last, on any thread, for messages.
std::string last_llama_error();

}  // namespace sluice::llm
