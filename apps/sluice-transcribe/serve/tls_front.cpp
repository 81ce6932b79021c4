#include "apps/sluice-transcribe/serve/tls_front.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

namespace sluice::transcribe {
namespace {

namespace ssl = asio::ssl;

constexpr std::chrono::seconds kFarewell{2};  // for the client to answer that it has heard of the end
constexpr std::size_t kPortion = 16 * 1024;   // bytes carried at a time: a TLS record, RFC 8446 5.1

// One encrypted connection and its clear side. Lives as long as either direction flows.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(tcp::socket outside, tcp::socket inside, ssl::context& context)
      : outside_(std::move(outside), context), inside_(std::move(inside)), limit_(inside_.get_executor()) {}

  asio::awaitable<void> run(std::chrono::seconds handshake_time) {
    const auto self = shared_from_this();
    close_after(handshake_time);
    error_code error;
    co_await outside_.async_handshake(ssl::stream_base::server, redirect_error(use_awaitable, error));
    limit_.cancel();
    if (error) co_return close();
    asio::co_spawn(inside_.get_executor(), carry_out(self), asio::detached);
    co_await carry(outside_, inside_);
    close();
  }

 private:
  template <typename From, typename To>
  asio::awaitable<void> carry(From& from, To& to) {
    std::array<char, kPortion> portion;
    error_code error;
    while (!error) {
      const std::size_t count =
          co_await from.async_read_some(asio::buffer(portion), redirect_error(use_awaitable, error));
      if (!error) co_await asio::async_write(to, asio::buffer(portion, count), redirect_error(use_awaitable, error));
    }
  }

  // The end is told (close_notify, RFC 8446 6.1): a client could take it for a cut.
  asio::awaitable<void> carry_out(std::shared_ptr<Relay> self) {
    co_await carry(inside_, outside_);
    close_after(kFarewell);
    error_code ignored;
    co_await outside_.async_shutdown(redirect_error(use_awaitable, ignored));
    self->close();
  }

  void close_after(std::chrono::seconds time) {
    limit_.expires_after(time);
    limit_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->close();
    });
  }

  void close() {
    error_code ignored;
    limit_.cancel();
    outside_.lowest_layer().close(ignored);
    inside_.close(ignored);
  }

  ssl::stream<tcp::socket> outside_;
  tcp::socket inside_;
  asio::steady_timer limit_;
};

// OpenSSL does not say why a file cannot be read.
Error unusable(const char* option, const std::string& file, const char* what, const error_code& error) {
  if (::access(file.c_str(), R_OK) != 0) return {option, fmt::format("{}: {}", file, std::strerror(errno))};
  return {option, fmt::format("{}: cannot be taken as {} in PEM form: {}", file, what, error.message())};
}

}  // namespace

class TlsFront::Impl {
 public:
  ssl::context context{ssl::context::tls_server};
};

TlsFront::TlsFront(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsFront::~TlsFront() = default;

Result<std::unique_ptr<TlsFront>> TlsFront::open(const std::string& certificate, const std::string& key) {
  auto impl = std::make_unique<Impl>();
  error_code error;
  impl->context.set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                            error);
  impl->context.use_certificate_chain_file(certificate, error);
  if (error) return std::unexpected(unusable("--tls-cert", certificate, "a certificate", error));
  impl->context.use_private_key_file(key, ssl::context::pem, error);
  if (error) return std::unexpected(unusable("--tls-key", key, "the certificate's key", error));
  return std::unique_ptr<TlsFront>(new TlsFront(std::move(impl)));
}

Result<tcp::socket> TlsFront::decrypted(tcp::socket outside, const ServeLimits& limits) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return std::unexpected(Error{"", std::strerror(errno)});
  // Asio asks nothing of a socket but that it carries a stream.
  tcp::socket near(outside.get_executor(), tcp::v4(), ends[0]), far(outside.get_executor(), tcp::v4(), ends[1]);
  const auto relay = std::make_shared<Relay>(std::move(outside), std::move(far), impl_->context);
  asio::co_spawn(
      near.get_executor(), [relay, time = limits.request_time] { return relay->run(time); }, asio::detached);
  return near;
}

}  // namespace sluice::transcribe
