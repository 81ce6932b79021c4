#include "nodes/llm/llama_model.h"

#include <fmt/format.h>

#ifdef SLUICE_LLAMA
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <vector>

#include "nodes/llm/kernels/text_gate.h"
#include "nodes/llm/llama_api.h"
#endif

namespace sluice::llm {

#ifdef SLUICE_LLAMA
namespace {

using Tokens = std::vector<llama_token>;

constexpr std::uint32_t kBatch = 512;  // tokens of a prompt that are computed at once

// One JSON object (RFC 8259, clauses 2 to 7), as GBNF.
constexpr const char* kJsonGrammar = R"(
root   ::= object
value  ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" ws ( string ws ":" ws value ws ( "," ws string ws ":" ws value ws )* )? "}"
array  ::= "[" ws ( value ws ( "," ws value ws )* )? "]"
string ::= "\"" ( [^"\\\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] ) )* "\""
number ::= "-"? ( "0" | [1-9] [0-9]* ) ( "." [0-9]+ )? ( [eE] [-+]? [0-9]+ )?
ws     ::= [ \t\n]{0,8}
)";

struct Weights {
  const LlamaApi& api;
  llama_model* model;
  Weights(const LlamaApi& a, llama_model* m) : api(a), model(m) {}
  Weights(const Weights&) = delete;
  Weights& operator=(const Weights&) = delete;
  ~Weights() { api.llama_model_free(model); }
  const llama_vocab* vocab() const { return api.llama_model_get_vocab(model); }
};

// llama.cpp's own messages for these are long and many.
Status check_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Error{"model", fmt::format("cannot read '{}'", file)};
  std::string magic(4, '\0');
  stream.read(magic.data(), 4);
  if (magic != "GGUF") return Error{"model", fmt::format("'{}' is no GGUF file", file)};
  return {};
}

Result<std::shared_ptr<Weights>> weights_of(const std::string& file) {
  static std::mutex mutex;  // also: one model is loaded at a time
  static std::map<std::string, std::weak_ptr<Weights>> loaded;
  const std::lock_guard lock(mutex);
  if (auto weights = loaded[file].lock()) return weights;
  const auto api = llama_api();
  if (!api) return std::unexpected(api.error());
  if (Status status = check_file(file); !status) return std::unexpected(status.error());
  llama_model* const model = (*api)->llama_model_load_from_file(file.c_str(), (*api)->llama_model_default_params());
  if (!model)
    return std::unexpected(
        Error{"model", fmt::format("'{}' cannot be loaded: {}; is it whole?", file, last_llama_error())});
  auto weights = std::make_shared<Weights>(**api, model);
  if (!(*api)->llama_model_has_decoder(model))
    return std::unexpected(Error{"model", fmt::format("'{}' generates no text", file)});
  loaded[file] = weights;
  return weights;
}

class LlamaModel final : public LanguageModel {
 public:
  LlamaModel(std::shared_ptr<Weights> weights, llama_context* context, std::string chat_template)
      : weights_(std::move(weights)), api_(weights_->api), context_(context), chat_template_(std::move(chat_template)) {
    api_.llama_set_abort_callback(
        context_, [](void* self) { return static_cast<LlamaModel*>(self)->stop_.stop_requested(); }, this);
  }
  ~LlamaModel() override { api_.llama_free(context_); }

  int context_tokens() const override { return static_cast<int>(api_.llama_n_ctx(context_)); }

  Usage usage() const override { return {prompt_tokens_, reused_tokens_}; }

  int count_tokens(const std::vector<ChatMessage>& messages) const override {
    const auto prompt = templated(messages);
    return prompt ? static_cast<int>(tokens_of(*prompt, true).size()) : LanguageModel::count_tokens(messages);
  }

  Status answer(const ChatRequest& request, const TakePiece& take, const std::stop_token& stop) override {
    stop_ = stop;
    auto prompt = request.raw ? joined(request.messages) : templated(request.messages);
    if (!prompt) return prompt.error();
    const Tokens tokens = tokens_of(*prompt, !request.raw);
    if (tokens.empty()) return {};
    if (tokens.size() + static_cast<std::size_t>(request.max_tokens) > api_.llama_n_ctx(context_))
      return Error{"context", fmt::format("{} tokens of prompt and {} of answer are more than the context's {}: raise "
                                          "`context`, or lower `max_tokens`",
                                          tokens.size(), request.max_tokens, api_.llama_n_ctx(context_))};
    const auto sampler = sampler_of(request);
    if (!sampler) return Error{"grammar", "it is no valid GBNF: " + last_llama_error()};
    if (Status status = compute(tokens); !status) return status;
    return generate(request, sampler.get(), take);
  }

 private:
  using Sampler = std::unique_ptr<llama_sampler, decltype(&::llama_sampler_free)>;

  static Result<std::string> joined(const std::vector<ChatMessage>& messages) {
    std::string text;
    for (const ChatMessage& message : messages) text += message.content;
    return text;
  }

  // The messages as the model was trained to read them, and the beginning of its answer.
  Result<std::string> templated(const std::vector<ChatMessage>& messages) const {
    const char* form = api_.llama_model_chat_template(weights_->model, nullptr);
    if (!chat_template_.empty()) form = chat_template_.c_str();
    if (!form)
      return std::unexpected(Error{"model",
                                   "it has no chat template: take an instruction-tuned one, or name a template "
                                   "with `chat_template` (chatml, llama3, ...)"});
    std::vector<llama_chat_message> chat;
    std::size_t bytes = 256;
    for (const ChatMessage& message : messages) {
      chat.push_back({message.role.c_str(), message.content.c_str()});
      bytes += 2 * (message.role.size() + message.content.size());
    }
    std::string text(bytes, '\0');
    for (;;) {
      const int length = api_.llama_chat_apply_template(form, chat.data(), chat.size(), true, text.data(),
                                                        static_cast<int>(text.size()));
      if (length < 0)
        return std::unexpected(
            Error{"model", "llama.cpp does not know its chat template: name another with `chat_template`"});
      const bool fits = static_cast<std::size_t>(length) <= text.size();
      text.resize(static_cast<std::size_t>(length));
      if (fits) return text;
    }
  }

  Tokens tokens_of(const std::string& text, bool special) const {
    const auto length = static_cast<int>(text.size());
    Tokens tokens(text.size() + 8);
    const int count = api_.llama_tokenize(weights_->vocab(), text.data(), length, tokens.data(),
                                          static_cast<int>(tokens.size()), true, special);
    tokens.resize(static_cast<std::size_t>(std::max(count, 0)));
    return tokens;
  }

  Sampler sampler_of(const ChatRequest& request) const {
    const Sampling& how = request.sampling;
    Sampler chain(api_.llama_sampler_chain_init(api_.llama_sampler_chain_default_params()), api_.llama_sampler_free);
    const auto add = [&](llama_sampler* sampler) {
      if (sampler) api_.llama_sampler_chain_add(chain.get(), sampler);
      return sampler != nullptr;
    };
    const std::string grammar = request.json ? kJsonGrammar : request.grammar;
    if (!grammar.empty() && !add(api_.llama_sampler_init_grammar(weights_->vocab(), grammar.c_str(), "root")))
      return Sampler(nullptr, api_.llama_sampler_free);
    if (how.temperature <= 0) {
      add(api_.llama_sampler_init_greedy());
      return chain;
    }
    if (how.top_k > 0) add(api_.llama_sampler_init_top_k(how.top_k));
    if (how.top_p < 1) add(api_.llama_sampler_init_top_p(static_cast<float>(how.top_p), 1));
    add(api_.llama_sampler_init_temp(static_cast<float>(how.temperature)));
    add(api_.llama_sampler_init_dist(how.seed));
    return chain;
  }

  // Brings the cache to `prompt`: what it has in common with the one before stays.
  Status compute(const Tokens& prompt) {
    auto same = static_cast<std::size_t>(std::ranges::mismatch(prompt, cached_).in1 - prompt.begin());
    same = std::min(same, prompt.size() - 1);  // the last token's logits are wanted
    llama_memory_t memory = api_.llama_get_memory(context_);
    if (!api_.llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(same), -1)) {
      api_.llama_memory_clear(memory, true);
      same = 0;
    }
    cached_.resize(same);
    prompt_tokens_ = static_cast<int>(prompt.size());
    reused_tokens_ = static_cast<int>(same);
    while (cached_.size() < prompt.size()) {
      const std::size_t count = std::min<std::size_t>(api_.llama_n_batch(context_), prompt.size() - cached_.size());
      const auto next = prompt.begin() + static_cast<std::ptrdiff_t>(cached_.size());
      if (Status status = decode({next, next + static_cast<std::ptrdiff_t>(count)}); !status) return status;
    }
    return {};
  }

  Status decode(Tokens tokens) {
    const int failed =
        api_.llama_decode(context_, api_.llama_batch_get_one(tokens.data(), static_cast<int>(tokens.size())));
    if (failed) {  // what of it has come into the cache is unknown
      api_.llama_memory_clear(api_.llama_get_memory(context_), true);
      cached_.clear();
      return Error{"model", stop_.stop_requested() ? "stopped" : "llama.cpp failed: " + last_llama_error()};
    }
    cached_.insert(cached_.end(), tokens.begin(), tokens.end());
    return {};
  }

  Status generate(const ChatRequest& request, llama_sampler* sampler, const TakePiece& take) {
    TextGate gate(request.stop);
    for (int count = 0; count < request.max_tokens; ++count) {
      const llama_token token = api_.llama_sampler_sample(sampler, context_, -1);
      if (api_.llama_vocab_is_eog(weights_->vocab(), token)) break;
      const std::string piece = gate.pass(piece_of(token));
      if (!piece.empty() && !take(piece)) return {};
      if (gate.closed()) return {};
      if (stop_.stop_requested()) return Error{"model", "stopped"};
      if (Status status = decode({token}); !status) return status;
    }
    if (const std::string rest = gate.flush(); !rest.empty()) take(rest);
    return {};
  }

  std::string piece_of(llama_token token) const {
    std::string piece(64, '\0');
    for (;;) {
      const int length =
          api_.llama_token_to_piece(weights_->vocab(), token, piece.data(), static_cast<int>(piece.size()), 0, false);
      piece.resize(static_cast<std::size_t>(std::abs(length)));
      if (length >= 0) return piece;
    }
  }

  const std::shared_ptr<Weights> weights_;  // shared with other contexts on the same file
  const LlamaApi& api_;
  llama_context* const context_;
  const std::string chat_template_;
  std::stop_token stop_;  // of the answer under way
  Tokens cached_;         // what the key-value cache holds
  std::atomic<int> prompt_tokens_{0}, reused_tokens_{0};
};

}  // namespace

Result<std::unique_ptr<LanguageModel>> gguf_model(const LlamaConfig& config) {
  auto weights = weights_of(config.file);
  if (!weights) return std::unexpected(weights.error());
  const LlamaApi& api = (*weights)->api;
  llama_context_params params = api.llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(config.context);
  params.n_batch = std::min(kBatch, params.n_ctx);
  params.n_threads = params.n_threads_batch = config.threads;
  params.no_perf = true;
  llama_context* const context = api.llama_init_from_model((*weights)->model, params);
  if (!context)
    return std::unexpected(
        Error{"context", fmt::format("{} tokens of context: {}", config.context, last_llama_error())});
  return std::make_unique<LlamaModel>(std::move(*weights), context, config.chat_template);
}
#else
Result<std::unique_ptr<LanguageModel>> gguf_model(const LlamaConfig& config) {
  return std::unexpected(Error{"model", fmt::format("'{}' needs llama.cpp, which this build is without: `tools/setup "
                                                    "models` fetches it, then build again",
                                                    config.file)});
}
#endif

}  // namespace sluice::llm
