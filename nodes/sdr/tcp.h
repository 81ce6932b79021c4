// A TCP connection that is never waited for long.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "engine/core/result.h"

namespace sluice::sdr {

// One thread at a time. Closes on destruction.
class TcpSocket {
 public:
  TcpSocket() = default;
  explicit TcpSocket(int fd) : fd_(fd) {}
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  ~TcpSocket();

  // Errors name the place and the reason. Waits for up to `patience_ms`.
  static Result<TcpSocket> connect(const std::string& host, int port, int patience_ms);
  static Result<TcpSocket> listen(const std::string& address, int port);

  bool open() const noexcept { return fd_ >= 0; }
  int port() const noexcept;          // of this end
  TcpSocket accept() const noexcept;  // not open: nobody is waiting
  void close() noexcept;

  // Bytes read, waiting for up to `patience_ms`; 0: none came; none: the other end is gone.
  std::optional<std::size_t> read(std::span<std::byte> bytes, int patience_ms) noexcept;
  // Bytes taken, none waited for; none: the other end is gone.
  std::optional<std::size_t> write(std::span<const std::byte> bytes) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace sluice::sdr
