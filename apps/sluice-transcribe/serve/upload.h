// POST /v1/audio/transcriptions: a file comes in whole, its text goes out.
#pragma once

#include "apps/sluice-transcribe/serve/service.h"
#include "apps/sluice-transcribe/serve/web.h"

namespace sluice::transcribe {

// Answers `request` on `stream`; true when the connection may be used again. Server's thread.
asio::awaitable<bool> transcribe_upload(beast::tcp_stream& stream, const WebRequest& request, Service& service);

// An answer with a body; `content_type` outlives the call. (Arguments of co_await are variables throughout: g++ 12
// destroys some of their temporaries twice, GCC bug 104031.)
asio::awaitable<bool> send_answer(beast::tcp_stream& stream, const WebRequest& request, http::status status,
                                  const std::string& body, std::string_view content_type);

}  // namespace sluice::transcribe
