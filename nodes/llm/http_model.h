// A language model behind an OpenAI-compatible server: POST {url}/v1/chat/completions, answers streamed as server-sent
// events.
#pragma once

#include <memory>
#include <string>

#include "engine/core/clock.h"
#include "nodes/llm/language_model.h"

namespace sluice::llm {

struct HttpModelConfig {
  std::string url = "http://127.0.0.1:8080";  // http or https, host, port, and what comes before /v1
  std::string model = {};                     // as the server calls it
  std::string api_key = {};                   // never shown
  int context = 0;                            // tokens that it is taken to hold; 0: unknown
  Duration connect_time = std::chrono::seconds(5);
  Duration first_token_time = std::chrono::seconds(60);   // a server may have to load its model first
  Duration idle_time = std::chrono::seconds(15);          // between two chunks; comments do not count
  int retries = 3;                                        // while nothing of the answer has come
  Duration first_pause = std::chrono::milliseconds(500);  // before a retry; doubles; a server's Retry-After goes first
  Duration longest_pause = std::chrono::seconds(20);      // a server that asks for more is given up
  bool verify_certificate = true;
};

// The error names what is wrong with the URL.
Result<std::unique_ptr<LanguageModel>> http_model(HttpModelConfig config);

}  // namespace sluice::llm
