#include "nodes/sdr/tcp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace sluice::sdr {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

std::unexpected<Error> failure(const std::string& host, int port, const char* why) {
  return std::unexpected(Error{"port", fmt::format("{} port {}: {}", host, port, why)});
}

Addresses resolve(const std::string& host, int port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  return Addresses(found);
}

bool connected(int fd, int patience_ms) {
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  int error = 0;
  socklen_t size = sizeof error;
  if (::poll(&waiting, 1, patience_ms) <= 0) {
    errno = ETIMEDOUT;
    return false;
  }
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  errno = error;
  return error == 0;
}

}  // namespace

TcpSocket::TcpSocket(TcpSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
TcpSocket::~TcpSocket() {
  close();
}

void TcpSocket::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<TcpSocket> TcpSocket::connect(const std::string& host, int port, int patience_ms) {
  const Addresses addresses = resolve(host, port, 0);
  if (!addresses) return failure(host, port, "no such host");
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
    TcpSocket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket.open()) continue;
    const int status = ::connect(socket.fd_, address->ai_addr, address->ai_addrlen);
    if (status == 0 || (errno == EINPROGRESS && connected(socket.fd_, patience_ms))) return socket;
  }
  return failure(host, port, std::strerror(errno));
}

Result<TcpSocket> TcpSocket::listen(const std::string& address, int port) {
  const Addresses addresses = resolve(address, port, AI_PASSIVE);
  if (!addresses) return failure(address, port, "no such address");
  TcpSocket socket(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.fd_, addresses->ai_addr, addresses->ai_addrlen) != 0 || ::listen(socket.fd_, 16) != 0)
    return failure(address, port, std::strerror(errno));
  return socket;
}

int TcpSocket::port() const noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

TcpSocket TcpSocket::accept() const noexcept {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  const int on = 1;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return TcpSocket(fd);
}

std::optional<std::size_t> TcpSocket::read(std::span<std::byte> bytes, int patience_ms) noexcept {
  pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) return 0;
  const ssize_t count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
  return {};
}

std::optional<std::size_t> TcpSocket::write(std::span<const std::byte> bytes) noexcept {
  const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EINTR || errno == EAGAIN) return 0;
  return {};
}

}  // namespace sluice::sdr
