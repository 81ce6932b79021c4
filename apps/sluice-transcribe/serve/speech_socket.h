// One client's WebSocket: carries messages between it, its dialog and its recognition.
#pragma once

#include <memory>

#include "apps/sluice-transcribe/protocol/dialog.h"
#include "apps/sluice-transcribe/serve/service.h"
#include "apps/sluice-transcribe/serve/web.h"

namespace sluice::transcribe {

// Server's thread only.
class SpeechSocket {
 public:
  virtual ~SpeechSocket() = default;
  // Takes the upgrade and converses until either side ends. The socket lives until then.
  virtual asio::awaitable<void> run(WebRequest request) = 0;
  // Tells the client that the server stops, and closes.
  virtual void leave() = 0;
  // Closes without another word.
  virtual void drop() = 0;

  static std::shared_ptr<SpeechSocket> make(beast::tcp_stream stream, Service& service, std::unique_ptr<Dialog> dialog);
};

}  // namespace sluice::transcribe
