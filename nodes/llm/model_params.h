// The parameters by which a node names its language model, and the model that they name.
#pragma once

#include <memory>
#include <string>

#include "engine/node/node.h"
#include "nodes/llm/language_model.h"

namespace sluice::llm {

// Members of a node: declared here once for all that ask a model.
class ModelParams {
 public:
  explicit ModelParams(Node& owner);

  // configure(): what can be said without opening anything.
  Status check() const;
  // prepare(): the model. One that runs in this process is shared by all who name the same file and threads.
  Result<std::shared_ptr<LanguageModel>> open() const;
  // A request with everything but its messages.
  ChatRequest request() const;

  Param<std::string> model;
  Param<std::string> server_model;
  Param<std::string> api_key_env;
  Param<double> connect_time, first_token_time, idle_time;  // s
  Param<int> retries;
  Param<int> threads, context;
  Param<std::string> chat_template;
  Param<double> temperature, top_p;
  Param<int> top_k, seed, max_tokens;
  Param<std::string> stop, grammar;
  Param<bool> json;
  Param<double> deadline;  // s; 0: none
};

}  // namespace sluice::llm
