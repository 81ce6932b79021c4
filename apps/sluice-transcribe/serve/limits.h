// What one server takes on, and what one client may make grow.
#pragma once

#include <chrono>
#include <cstddef>

namespace sluice::transcribe {

struct ServeLimits {
  std::size_t connections = 256;                // more are refused with 503
  std::size_t streams = 64;                     // being recognised at a time: more are told to try again later
  std::size_t message_bytes = 1024 * 1024;      // of one WebSocket message; 1009 beyond
  std::size_t upload_bytes = 25 * 1024 * 1024;  // of one request, OpenAI's own limit; 413
  std::size_t header_bytes = 8 * 1024;          // 431
  std::size_t text_bytes = 4 * 1024 * 1024;     // waiting for one client; a slower reader is disconnected
  double waiting_s = 5;                   // of a stream's audio that is not taken yet: then its socket is not read
  double stream_s = 4 * 3600;             // of audio in one stream
  std::chrono::seconds request_time{30};  // to send a request's head, and to take an answer
  std::chrono::seconds idle_time{120};    // without a sign of life: a ping goes out after half of it
};

}  // namespace sluice::transcribe
