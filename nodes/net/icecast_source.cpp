#include "nodes/net/icecast_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "nodes/net/frame_history.h"
#include "nodes/net/frame_queue.h"
#include "nodes/net/icecast_protocol.h"
#include "nodes/net/timed_socket.h"
#include "nodes/net/waker.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

namespace sluice::net {
namespace {

constexpr std::size_t kQueueFrames = 128;  // between the graph and the network thread
constexpr std::chrono::milliseconds kFlush{500};
constexpr std::chrono::seconds kSettled{5};  // a connection that lasted this long was a good one: retry quickly
constexpr std::chrono::milliseconds kTitleRetry{1'000};
constexpr int kTitleAttempts = 3;  // the mount appears a moment after the server has accepted the stream

using Clock = std::chrono::steady_clock;

}  // namespace

class IcecastSource::Impl {
 public:
  explicit Impl(IcecastConfig config)
      : config_(std::move(config)),
        title_(config_.title),
        title_version_(config_.title.empty() ? 0 : 1),
        wake_(context_),
        news_(context_),
        retry_(context_),
        title_news_(context_),
        flush_(context_) {
    const int descriptor = waker_.fd() < 0 ? -1 : ::dup(waker_.fd());
    error_code error;
    if (descriptor >= 0) wake_.assign(descriptor, error);
    wait_for_wake();
    asio::co_spawn(context_, run(), asio::detached);
    asio::co_spawn(context_, keep_title(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  ~Impl() {
    asio::post(context_, [this] { begin_stop(); });
    thread_.join();
  }

  void publish(const FrameView& frame) REALTIME {
    if (queue_.push(frame)) {
      waker_.wake();
    } else {
      counters_.frames_lost.fetch_add(1, std::memory_order_relaxed);
    }
  }

  void set_title(std::string title) {
    asio::post(context_, [this, title = std::move(title)]() mutable {
      title_ = std::move(title);
      ++title_version_;
      title_news_.cancel();
    });
  }

  std::string state() const {
    const std::lock_guard lock(state_mutex_);
    return state_;
  }

  const IcecastCounters& counters() const { return counters_; }

 private:
  // What is left to send goes out first, if there is a connection to send it on.
  void begin_stop() {
    stopping_ = true;
    take_published();
    if (!counters_.connected) return context_.stop();
    flush_.expires_after(kFlush);
    flush_.async_wait([this](error_code) { context_.stop(); });
    news_.cancel();
  }

  void wait_for_wake() {
    wake_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
      if (error) return;
      waker_.reset();
      take_published();
      wait_for_wake();
    });
  }

  void take_published() {
    for (; !queue_.empty(); queue_.pop()) history_.push(queue_.front());
    news_.cancel();
  }

  void set_state(std::string state) {
    {
      const std::lock_guard lock(state_mutex_);
      state_ = state;
    }
    if (config_.on_state) config_.on_state(state);
  }

  // Suspends until `timer` is cancelled.
  static asio::awaitable<void> cancelled(asio::steady_timer& timer) {
    timer.expires_at(asio::steady_timer::time_point::max());
    error_code error;
    co_await timer.async_wait(redirect_error(use_awaitable, error));
  }

  asio::awaitable<void> run() {
    while (!history_.entry_point(Duration::zero())) co_await cancelled(news_);
    auto pause = config_.first_retry;
    std::minstd_rand random(std::random_device{}());
    while (!stopping_) {
      connected_since_ = {};
      const auto problem = co_await session();
      counters_.connected = false;
      if (stopping_) break;
      if (connected_since_ != Clock::time_point{} && Clock::now() - connected_since_ >= kSettled)
        pause = config_.first_retry;
      const auto jittered = pause * std::uniform_int_distribution(500, 1000)(random) / 1000;
      set_state(fmt::format("{}; trying again in {:.1f} s", problem, seconds(jittered)));
      retry_.expires_after(jittered);
      error_code error;
      co_await retry_.async_wait(redirect_error(use_awaitable, error));
      pause = std::min(2 * pause, config_.last_retry);
    }
    context_.stop();
  }

  // One connection, from its beginning to its end; returns why it ended.
  asio::awaitable<std::string> session() {
    const auto socket = std::make_shared<TimedSocket>(context_, config_.timeout);
    const auto failed = co_await socket->connect(config_.host, config_.port);
    if (socket->timed_out()) co_return fmt::format("{}:{} does not answer", config_.host, config_.port);
    if (failed) co_return fmt::format("cannot reach {}:{}: {}", config_.host, config_.port, failed.message());
    const auto request = put_request(config_, history_.mp3());
    co_await socket->write(asio::buffer(request));
    const auto answer = co_await socket->read_head();
    if (answer.empty())
      co_return socket->timed_out() ? "the server does not answer" : "the server closed the connection";
    const int status = response_status(answer);
    if (status != 100 && status != 200) co_return refusal_text(answer);
    connected();
    co_await stream(*socket);
    co_return socket->timed_out() ? "the server takes no data" : "the server closed the connection";
  }

  void connected() {
    connected_since_ = Clock::now();
    counters_.connected = true;
    counters_.connections.fetch_add(1, std::memory_order_relaxed);
    announced_version_ = 0;
    title_news_.cancel();
    set_state("connected");
  }

  asio::awaitable<void> stream(TimedSocket& socket) {
    socket.watch([this] { news_.cancel(); });
    place_.reset();
    while (!socket.closed()) {
      const auto outgoing = next_bytes();
      if (!outgoing.empty()) {
        const auto failed = co_await socket.write(asio::buffer(outgoing));
        if (!failed) note_sent(outgoing.size());
      } else if (stopping_) {
        socket.finish();
      } else {
        co_await cancelled(news_);
      }
    }
  }

  // The next frame; at the beginning and after a jump, the frames whose main data it needs before it.
  std::vector<std::uint8_t> next_bytes() {
    std::vector<std::uint8_t> outgoing;
    if (place_ && (*place_ < history_.tail() || history_.age(*place_) > config_.max_queue)) {
      counters_.skips.fetch_add(1, std::memory_order_relaxed);
      place_.reset();
    }
    if (!place_) {
      const auto entry = history_.entry_point(Duration::zero());
      if (!entry) return outgoing;
      history_.append_carriers(*entry, outgoing);
      place_ = entry->play;
    }
    if (*place_ == history_.head()) return outgoing;
    const StreamOffset end = history_.frame_end(*place_);
    for (const auto piece : history_.bytes(*place_, end)) outgoing.insert(outgoing.end(), piece.begin(), piece.end());
    in_flight_ = history_.capture_time(*place_);
    place_ = end;
    return outgoing;
  }

  void note_sent(std::size_t bytes) {
    counters_.frames.fetch_add(1, std::memory_order_relaxed);
    counters_.bytes_sent.fetch_add(bytes, std::memory_order_relaxed);
    if (config_.on_handed_over) config_.on_handed_over(in_flight_);
  }

  asio::awaitable<void> keep_title() {
    int attempts = 0;
    for (;;) {
      if (!counters_.connected || announced_version_ == title_version_) {
        co_await cancelled(title_news_);
        attempts = 0;
        continue;
      }
      const int version = title_version_;
      const auto connection = counters_.connections.load();
      const bool done = co_await announce_title();
      if (done || ++attempts == kTitleAttempts) {
        if (connection == counters_.connections) announced_version_ = version;
        attempts = 0;
      } else {
        title_news_.expires_after(kTitleRetry);
        error_code error;
        co_await title_news_.async_wait(redirect_error(use_awaitable, error));
      }
    }
  }

  asio::awaitable<bool> announce_title() {
    const auto socket = std::make_shared<TimedSocket>(context_, config_.timeout);
    const auto request = title_request(config_, title_);
    const auto failed = co_await socket->connect(config_.host, config_.port);
    if (failed) co_return false;
    co_await socket->write(asio::buffer(request));
    const auto answer = co_await socket->read_head();
    co_return response_status(answer) == 200;
  }

  const IcecastConfig config_;
  FrameQueue queue_{kQueueFrames};
  Waker waker_;
  IcecastCounters counters_;
  mutable std::mutex state_mutex_;
  std::string state_ = "waiting for the first frame";

  // The network thread's.
  FrameHistory history_;
  std::optional<StreamOffset> place_;  // next frame to send; nothing before the stream has been joined
  Time in_flight_{};                   // capture time of the frame being sent
  std::string title_;
  int title_version_, announced_version_ = 0;
  bool stopping_ = false;
  Clock::time_point connected_since_{};

  asio::io_context context_{1};  // its destructor drops the suspended coroutines, which hold nothing declared below
  asio::posix::stream_descriptor wake_;
  asio::steady_timer news_;  // cancelled when frames have arrived or the connection has ended
  asio::steady_timer retry_, title_news_, flush_;
  std::thread thread_;
};

IcecastSource::IcecastSource(IcecastConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
IcecastSource::~IcecastSource() = default;

void IcecastSource::publish(const FrameView& frame) REALTIME {
  impl_->publish(frame);
}
void IcecastSource::set_title(std::string title) {
  impl_->set_title(std::move(title));
}
std::string IcecastSource::state() const {
  return impl_->state();
}
const IcecastCounters& IcecastSource::counters() const {
  return impl_->counters();
}

}  // namespace sluice::net
