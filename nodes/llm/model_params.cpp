#include "nodes/llm/model_params.h"

#include <cstdlib>

#include "nodes/llm/http_model.h"
#include "nodes/llm/http_url.h"
#include "nodes/llm/llama_model.h"

namespace sluice::llm {

ModelParams::ModelParams(Node& owner)
    : model(owner, "model",
            {.doc = "a GGUF file, or the URL of an OpenAI-compatible server: http://localhost:8080", .required = true}),
      server_model(owner, "server_model",
                   {.default_value = "default", .doc = "URL: the model, as the server calls it"}),
      api_key_env(owner, "api_key_env",
                  {.default_value = "OPENAI_API_KEY", .doc = "URL: environment variable that holds the key, if any"}),
      threads(
          owner, "threads",
          {.default_value = 1, .min = 1, .max = 256, .doc = "file: CPU threads; more than free cores is far slower"}),
      context(owner, "context",
              {.default_value = 4096, .min = 64, .max = 1 << 20, .doc = "file: tokens of prompt and answer together"}),
      temperature(owner, "temperature",
                  {.default_value = 0, .min = 0, .max = 5, .doc = "0: the likeliest token always"}),
      top_p(owner, "top_p", {.default_value = 1, .min = 0, .max = 1, .doc = "of the likeliest, those of this share"}),
      top_k(owner, "top_k", {.default_value = 0, .min = 0, .max = 100'000, .doc = "of the likeliest, so many; 0: all"}),
      seed(owner, "seed", {.default_value = 1, .min = 0, .doc = "of the chance that temperature leaves"}),
      max_tokens(owner, "max_tokens", {.default_value = 256, .min = 1, .max = 1 << 20, .doc = "of an answer"}),
      stop(owner, "stop", {.default_value = "", .doc = "an answer ends before this text"}),
      grammar(owner, "grammar", {.default_value = "", .doc = "GBNF grammar that answers follow"}),
      json(owner, "json", {.default_value = false, .doc = "answers are one JSON object"}),
      deadline(owner, "deadline",
               {.unit = "s",
                .default_value = 0,
                .min = 0,
                .max = 3600,
                .doc = "an answer takes this long at most; 0: any time"}) {}

Status ModelParams::check() const {
  if (!is_url(model.value())) return {};
  const auto url = parse_url(model.value());
  return url ? Status{} : Status(Error{"model", url.error().message});
}

Result<std::shared_ptr<LanguageModel>> ModelParams::open() const {
  if (!is_url(model.value())) return gguf_model({.file = model.value(), .threads = threads, .context = context});
  const char* const key = std::getenv(api_key_env.value().c_str());
  return http_model({.url = model.value(), .model = server_model.value(), .api_key = key ? key : ""});
}

ChatRequest ModelParams::request() const {
  ChatRequest request{.sampling = {.temperature = temperature,
                                   .top_p = top_p,
                                   .top_k = top_k,
                                   .seed = static_cast<std::uint32_t>(seed.value())},
                      .max_tokens = max_tokens,
                      .json = json,
                      .grammar = grammar.value()};
  if (!stop.value().empty()) request.stop.push_back(stop.value());
  return request;
}

}  // namespace sluice::llm
