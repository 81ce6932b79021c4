// What answers prompts: a server, a model in this process, or a test's script.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace sluice::llm {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;

  bool operator==(const ChatMessage&) const = default;
};

struct Sampling {
  double temperature = 0;  // 0: the likeliest token always
  double top_p = 1;        // of the likeliest tokens, those that make up this share; 1: all
  int top_k = 0;           // of the likeliest tokens, so many; 0: all
  std::uint32_t seed = 0;  // of what temperature leaves to chance
};

struct ChatRequest {
  std::vector<ChatMessage> messages = {};
  Sampling sampling = {};
  int max_tokens = 256;                // of the answer
  std::vector<std::string> stop = {};  // the answer ends before any of these
  bool json = false;                   // one JSON object
  std::string grammar = {};            // GBNF that the answer follows; empty: anything
  bool raw = false;                    // the text as it is, without the chat template that the model was trained with
};

// Takes a piece of the answer, as soon as there is one: whole UTF-8 characters. False: the rest is not wanted.
using TakePiece = std::function<bool(std::string_view piece)>;

// Of the last answer; 0 where it is not known.
struct Usage {
  int prompt_tokens = 0;
  int reused_tokens = 0;  // of them, at the beginning: their state was still there from the answer before
};

// One answer at a time. Not realtime-safe.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;
  // Answers on the calling thread, which may take long; `stop` ends it soon, from any thread. The error says what is
  // wrong and what would mend it; pieces may have come before it.
  virtual Status answer(const ChatRequest& request, const TakePiece& take, const std::stop_token& stop) = 0;
  // How many tokens the messages of a request and its answer may be together; 0: unknown. Any thread.
  virtual int context_tokens() const { return 0; }
  // What the last answer took. Any thread.
  virtual Usage usage() const { return {}; }
  // How many tokens the messages are; unless the model is at hand, an estimate from their bytes. Any thread.
  virtual int count_tokens(const std::vector<ChatMessage>& messages) const;
};

}  // namespace sluice::llm
