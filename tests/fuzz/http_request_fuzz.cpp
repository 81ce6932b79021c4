// What strangers send to the public server, from the first byte to the answer's text: must never crash, and never
// answer with anything that is not one well-formed response head.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "nodes/net/http_request.h"
#include "nodes/net/http_response.h"

namespace {

using namespace sluice::net;

void require(bool holds) {
  if (!holds) std::abort();
}

// One head, ended by the only empty line in it: nothing of the request can have added a line.
void require_one_head(std::string_view response) {
  require(response.starts_with("HTTP/1.1 "));
  require(response.find("\r\n\r\n") == response.size() - 4);
  require(response.find('\0') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span received{reinterpret_cast<const char*>(data), size};
  (void)head_too_large(received);
  const std::size_t length = request_head_length(received);
  const auto request = parse_request(length > 0 ? received.first(length) : received);
  if (!request) {
    require(request.error().status >= 400 && request.error().status < 600);
    require_one_head(refusal(request.error(), "", true));
    return 0;
  }
  require(request->path.starts_with('/') || request->path == "*");
  for (const bool published : {false, true}) {
    const AccessPolicy access{published};
    (void)access.serves_host(request->host);
    const auto origin = access.allowed_origin(request->origin);
    require_one_head(options_response(origin));
    require_one_head(stream_head(
        {.content_type = "audio/mpeg", .name = request->path, .genre = request->host, .description = request->origin},
        origin));
  }
  return 0;
}
