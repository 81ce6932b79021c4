// The chat completions of OpenAI's API, as llama-server, Ollama, vLLM and many others speak it: what is sent, and what
// comes back. Without sockets.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"
#include "nodes/llm/language_model.h"

namespace sluice::llm {

// The body of POST {base}/chat/completions, with "stream": true.
std::string request_body(const ChatRequest& request, std::string_view model);

struct Chunk {
  std::string content;    // what is new
  bool finished = false;  // the server gave a reason why the answer ends here
};

// The data of one event of the stream, or a whole answer of a server that does not stream. The error is the server's
// own, or says that this is no chunk.
Result<Chunk> parse_chunk(std::string_view json);

// What a body that came with `status` says is wrong; "HTTP 500" when it says nothing.
std::string error_text(int status, std::string_view body);

}  // namespace sluice::llm
