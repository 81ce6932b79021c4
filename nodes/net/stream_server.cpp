#include "nodes/net/stream_server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "nodes/net/http_connection.h"
#include "nodes/net/site.h"

namespace sluice::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kBacklog = 4096;  // a reconnect storm must not be answered by SYN retries of 1, 3, 7 s
constexpr int kAcceptsAtOnce = 64;
constexpr int kSendBuffer = 64 * 1024;  // per listener; bounds memory and how stale a slow listener's audio gets
constexpr std::chrono::milliseconds kSweepPeriod{100};
constexpr rlim_t kOtherDescriptors = 64;  // files, devices and pipes of the rest of the program

// Each connection is a descriptor; the usual soft limit of 1024 is raised as far as the hard one allows.
void allow_descriptors(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, connections + kOtherDescriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Error explain(const error_code& error, const ServerConfig& config) {
  if (error == asio::error::address_in_use) {
    return {"port", fmt::format("port {} on {} is in use by another program: choose another with port=...", config.port,
                                config.bind)};
  }
  if (error == asio::error::access_denied) {
    return {"port",
            fmt::format("port {} needs privileges this program does not have: choose one from 1024 up", config.port)};
  }
  if (error == boost::system::errc::address_not_available) {
    return {"bind", fmt::format("{} is not an address of this machine", config.bind)};
  }
  return {"port", fmt::format("cannot listen on {} port {}: {}", config.bind, config.port, error.message())};
}

Result<tcp::endpoint> endpoint_of(const ServerConfig& config) {
  error_code error;
  const auto address = asio::ip::make_address(config.bind == "localhost" ? "127.0.0.1" : config.bind, error);
  if (!error) return tcp::endpoint{address, config.port};
  return std::unexpected(Error{
      "bind", fmt::format("'{}' is not an address; 127.0.0.1 serves this machine, 0.0.0.0 everyone", config.bind)});
}

Status check_path(const std::string& path, const std::string& example) {
  const bool reserved = path == "/" || path == "/status.json";
  if (path.starts_with('/') && !reserved) return {};
  return Error{"mount", fmt::format("'{}' cannot be a mount: it is a path such as {}", path, example)};
}

}  // namespace

class StreamServer::Impl {
 public:
  Impl(const ServerConfig& config, const tcp::endpoint& endpoint)
      : config_(config),
        site_(config.published || !endpoint.address().is_loopback()),
        waker_(std::make_shared<Waker>()),
        wake_(context_),
        acceptor_(context_),
        pause_(context_),
        sweep_timer_(context_) {}

  ~Impl() {
    if (!thread_.joinable()) return;
    on_network_thread([this] {
      error_code ignored;
      acceptor_.close(ignored);
    });
    while (!site_.broadcasts().empty()) remove(site_.broadcasts().front()->mount());
    while (!site_.feeds().empty()) remove_feed(std::string(site_.feeds().front()->config().path));
    context_.stop();
    thread_.join();
  }

  Status open(const tcp::endpoint& endpoint) {
    if (waker_->fd() < 0) return Error{"", "the system has no file descriptor left"};
    const int wake_descriptor = ::dup(waker_->fd());
    if (wake_descriptor < 0) return Error{"", "the system has no file descriptor left"};
    wake_.assign(wake_descriptor);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (!error) local_ = acceptor_.local_endpoint(error);
    if (error) return explain(error, config_);
    return {};
  }

  void run() {
    allow_descriptors(config_.max_connections);
    wait_for_wake();
    wait_for_connections();
    sweep();
    thread_ = std::thread([this] { context_.run(); });
  }

  Result<std::shared_ptr<Mount>> add(MountConfig config) {
    auto mount = std::make_shared<Mount>(std::move(config), waker_);
    if (on_network_thread([&] { return site_.add(mount); })) return mount;
    return std::unexpected(taken(mount->config().path));
  }

  void remove(const Mount& mount) {
    const auto until = std::chrono::steady_clock::now() + config_.flush_timeout;
    while (!on_network_thread([&] { return flushed(mount); }) && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    on_network_thread([&] { site_.remove(mount); });
  }

  Status add_feed(const FeedConfig& config) {
    return on_network_thread([&] { return site_.add_feed(config); }) ? Status{} : taken(config.path);
  }

  void remove_feed(const std::string& path) {
    on_network_thread([&] { site_.remove_feed(path); });
  }

  void release_feed(const std::string& path, bool to_another) {
    on_network_thread([&] {
      if (auto* const feed = site_.find_feed(path)) feed->release(to_another);
    });
  }

  void publish(const std::string& path, std::string data, bool final) {
    asio::post(context_, [this, path, data = std::move(data), final] {
      if (auto* const feed = site_.find_feed(path)) feed->publish(data, final);
    });
  }

  const tcp::endpoint& local() const { return local_; }

 private:
  Error taken(const std::string& path) const {
    return {"mount", fmt::format("{} on port {} is taken: choose another with mount=...", path, local_.port())};
  }

  template <typename F>
  std::invoke_result_t<F> on_network_thread(F work) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(work));
    auto result = task.get_future();
    asio::post(context_, [&task] { task(); });
    return result.get();
  }

  bool flushed(const Mount& mount) {
    auto* const broadcast = site_.find(mount.config().path);
    if (!broadcast || broadcast->succeeded()) return true;
    broadcast->pump();
    return broadcast->flushed();
  }

  void wait_for_wake() {
    wake_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      if (error) return;
      waker_->reset();
      for (const auto& broadcast : site_.broadcasts()) broadcast->pump();
      wait_for_wake();
    });
  }

  void wait_for_connections() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code error) {
      if (error) return;
      accept_waiting();
    });
  }

  // Takes all who wait, in portions, so that a storm of connections does not delay the audio of those already here.
  void accept_waiting() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      tcp::socket socket(context_);
      error_code error;
      acceptor_.accept(socket, error);
      if (error == asio::error::would_block) break;
      if (error && error != asio::error::connection_aborted) return pause_accepting();
      if (!error) admit(std::move(socket));
    }
    wait_for_connections();
  }

  // Out of descriptors: those who wait stay in the backlog until someone leaves.
  void pause_accepting() {
    pause_.expires_after(kSweepPeriod);
    pause_.async_wait([this](error_code error) {
      if (!error) wait_for_connections();
    });
  }

  void admit(tcp::socket socket) {
    error_code error;
    socket.non_blocking(true, error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) return;
    if (connections_.size() + site_.listeners() >= config_.max_connections) {
      const auto refused = site_.refuse({503, "The server has as many connections as it allows."});
      socket.write_some(asio::buffer(refused.text), error);
      return;
    }
    const auto deadline = HttpConnection::Clock::now() + config_.header_timeout;
    connections_.push_back(std::make_shared<HttpConnection>(std::move(socket), site_, deadline));
    connections_.back()->start();
  }

  void sweep() {
    const auto now = std::chrono::steady_clock::now();
    for (const auto& connection : connections_) connection->close_if_late(now);
    std::erase_if(connections_, [](const auto& connection) { return connection->closed(); });
    for (const auto& broadcast : site_.broadcasts()) broadcast->sweep(now, config_.stalled_timeout);
    sweep_timer_.expires_after(kSweepPeriod);
    sweep_timer_.async_wait([this](error_code error) {
      if (!error) sweep();
    });
  }

  const ServerConfig config_;
  Site site_;  // outlives the context, whose destructor drops the last operations that refer to it
  asio::io_context context_{1};
  std::shared_ptr<Waker> waker_;
  asio::posix::stream_descriptor wake_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_, sweep_timer_;
  std::vector<std::shared_ptr<HttpConnection>> connections_;  // shared with their pending operations
  tcp::endpoint local_;
  std::thread thread_;
};

StreamServer::StreamServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamServer::~StreamServer() = default;

Result<std::unique_ptr<StreamServer>> StreamServer::start(const ServerConfig& config) {
  const auto endpoint = endpoint_of(config);
  if (!endpoint) return std::unexpected(endpoint.error());
  auto impl = std::make_unique<Impl>(config, *endpoint);
  if (const auto opened = impl->open(*endpoint); !opened) return std::unexpected(opened.error());
  impl->run();
  return std::unique_ptr<StreamServer>(new StreamServer(std::move(impl)));
}

Result<std::shared_ptr<Mount>> StreamServer::add_mount(MountConfig config) {
  if (Status status = check_path(config.path, "/live.mp3"); !status) return std::unexpected(status.error());
  return impl_->add(std::move(config));
}

Status StreamServer::add_feed(const FeedConfig& config) {
  if (Status status = check_path(config.path, "/" + config.kind); !status) return status;
  return impl_->add_feed(config);
}

void StreamServer::release_feed(const std::string& path, bool to_another) {
  impl_->release_feed(path, to_another);
}

void StreamServer::remove_feed(const std::string& path) {
  impl_->remove_feed(path);
}

void StreamServer::publish(const std::string& path, std::string data, bool final) {
  impl_->publish(path, std::move(data), final);
}

void StreamServer::remove_mount(const Mount& mount) {
  impl_->remove(mount);
}

std::uint16_t StreamServer::port() const {
  return impl_->local().port();
}

std::string StreamServer::address() const {
  const auto address = impl_->local().address();
  const auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return fmt::format("http://{}:{}", host, port());
}

Result<std::shared_ptr<StreamServer>> shared_server(const ServerConfig& config) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::uint16_t>, std::weak_ptr<StreamServer>> servers;
  const std::lock_guard lock(mutex);
  const auto key = std::pair{config.bind, config.port};
  if (config.port != 0) {
    if (auto running = servers[key].lock()) return running;
  }
  auto started = StreamServer::start(config);
  if (!started) return std::unexpected(started.error());
  std::shared_ptr<StreamServer> server = std::move(*started);
  if (config.port != 0) servers[key] = server;
  return server;
}

}  // namespace sluice::net
