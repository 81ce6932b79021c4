// A speech server on one port: WebSockets of several protocols, and OpenAI's transcription requests.
#pragma once

#include <memory>
#include <string>

#include "apps/control/address.h"
#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "apps/sluice-transcribe/serve/limits.h"
#include "engine/core/result.h"
#include "engine/run/executor.h"

namespace sluice::transcribe {

struct ServeOptions {
  control::Address address{};
  Recogniser recogniser{};
  std::string token{};  // asked of every client when not empty: Authorization: Bearer TOKEN, or ?token=TOKEN
  std::string tls_certificate{}, tls_key{};  // PEM files; empty: in the clear
  ServeLimits limits{};
};

struct ServeReport {
  std::size_t connections = 0, streams = 0;  // now
};

class SpeechServer {
 public:
  // Binds and serves. `executor` outlives the server. Errors: an address that is not this machine's, a port in
  // use, a certificate that cannot be used.
  static Result<std::unique_ptr<SpeechServer>> open(const ServeOptions& options, Executor& executor);
  ~SpeechServer();  // tells every client, and waits until their streams have stopped

  const control::Address& address() const;  // with the port that was found for 0
  ServeReport report() const;               // any thread

 private:
  class Impl;
  explicit SpeechServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::transcribe
