// Where an OpenAI-compatible server is.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace sluice::llm {

struct HttpUrl {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;  // of the chat completions

  bool operator==(const HttpUrl&) const = default;
};

bool is_url(std::string_view text);  // and not the name of a file

// "http://localhost:11434", ".../v1" and ".../v1/chat/completions" name the same place. The error says what is wrong.
Result<HttpUrl> parse_url(std::string_view text);

}  // namespace sluice::llm
