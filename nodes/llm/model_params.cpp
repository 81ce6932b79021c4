#include "nodes/llm/model_params.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

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
      connect_time(owner, "connect_time",
                   {.unit = "s",
                    .default_value = 5,
                    .min = 0.01,
                    .max = 3600,
                    .doc = "URL: until the server is reached, with TLS where it is https"}),
      first_token_time(owner, "first_token_time",
                       {.unit = "s",
                        .default_value = 60,
                        .min = 0.01,
                        .max = 3600,
                        .doc = "URL: from asking to the first token; a server may have to load its model first"}),
      idle_time(owner, "idle_time",
                {.unit = "s",
                 .default_value = 15,
                 .min = 0.01,
                 .max = 3600,
                 .doc = "URL: between two tokens; keep-alive comments do not count"}),
      retries(owner, "retries",
              {.default_value = 3,
               .min = 0,
               .max = 100,
               .doc = "URL: further tries of a request of which nothing has come, after pauses that double"}),
      threads(
          owner, "threads",
          {.default_value = 1, .min = 1, .max = 256, .doc = "file: CPU threads; more than free cores is far slower"}),
      context(
          owner, "context",
          {.default_value = 4096,
           .min = 64,
           .max = 1 << 20,
           .doc = "tokens of prompt and answer together; URL: what the server is taken to hold, estimated from bytes"}),
      chat_template(
          owner, "chat_template",
          {.default_value = "",
           .doc = "file: llama.cpp's name of the template for a model that brings none: chatml, llama3, ..."}),
      temperature(owner, "temperature",
                  {.default_value = 0, .min = 0, .max = 5, .doc = "0: the likeliest token always"}),
      top_p(owner, "top_p", {.default_value = 1, .min = 0, .max = 1, .doc = "of the likeliest, those of this share"}),
      top_k(owner, "top_k", {.default_value = 0, .min = 0, .max = 100'000, .doc = "of the likeliest, so many; 0: all"}),
      seed(owner, "seed", {.default_value = 1, .min = 0, .doc = "of the chance that temperature leaves"}),
      max_tokens(owner, "max_tokens", {.default_value = 256, .min = 1, .max = 1 << 20, .doc = "of an answer"}),
      stop(owner, "stop", {.default_value = "", .doc = "an answer ends before any of these texts, with | between"}),
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
  if (!is_url(model.value())) {
    return gguf_model(
        {.file = model.value(), .threads = threads, .context = context, .chat_template = chat_template.value()});
  }
  const char* const key = std::getenv(api_key_env.value().c_str());
  return http_model({.url = model.value(),
                     .model = server_model.value(),
                     .api_key = key ? key : "",
                     .context = context,
                     .connect_time = from_seconds(connect_time),
                     .first_token_time = from_seconds(first_token_time),
                     .idle_time = from_seconds(idle_time),
                     .retries = retries});
}

ChatRequest ModelParams::request() const {
  ChatRequest request{.sampling = {.temperature = temperature,
                                   .top_p = top_p,
                                   .top_k = top_k,
                                   .seed = static_cast<std::uint32_t>(seed.value())},
                      .max_tokens = max_tokens,
                      .json = json,
                      .grammar = grammar.value()};
  for (std::string_view rest = stop.value(); !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find('|'));
    if (!word.empty()) request.stop.emplace_back(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return request;
}

}  // namespace sluice::llm
