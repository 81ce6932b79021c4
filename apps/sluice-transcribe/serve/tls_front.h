// TLS in front of connections: what comes in encrypted goes on in the clear to the other end of a pair of sockets, so
// that the server itself knows one kind of connection.
#pragma once

#include <memory>
#include <string>

#include "apps/sluice-transcribe/serve/limits.h"
#include "apps/sluice-transcribe/serve/web.h"
#include "engine/core/result.h"

namespace sluice::transcribe {

class TlsFront {
 public:
  // PEM files: the certificate with its chain, and its key. TLS 1.2 and later. Errors name the file.
  static Result<std::unique_ptr<TlsFront>> open(const std::string& certificate, const std::string& key);
  ~TlsFront();

  // The clear side of a connection; a client that cannot shake hands within `limits.request_time` finds it closed. The
  // error is the system's, which gives no more sockets.
  Result<tcp::socket> decrypted(tcp::socket outside, const ServeLimits& limits);

 private:
  class Impl;
  explicit TlsFront(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::transcribe
