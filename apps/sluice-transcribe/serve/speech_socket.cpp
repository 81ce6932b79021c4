#include "apps/sluice-transcribe/serve/speech_socket.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>

#include "apps/sluice-transcribe/serve/recognition.h"

namespace sluice::transcribe {
namespace {

namespace websocket = beast::websocket;

constexpr std::size_t kMaxReason = 123;  // bytes of a close frame's reason, RFC 6455 5.5
constexpr const char* kBinaryProtocol = "binary";

class Socket final : public SpeechSocket, public std::enable_shared_from_this<Socket> {
 public:
  Socket(beast::tcp_stream stream, Service& service, std::unique_ptr<Dialog> dialog)
      : socket_(std::move(stream)),
        to_write_(socket_.get_executor()),
        to_hear_(socket_.get_executor()),
        service_(service),
        dialog_(std::move(dialog)) {}

  asio::awaitable<void> run(WebRequest request) override {
    const auto self = shared_from_this();
    error_code error;
    co_await accept(std::move(request), error);
    if (error) co_return;
    asio::co_spawn(socket_.get_executor(), write(self), asio::detached);
    co_await hear();
    abandon();
  }

  void leave() override {
    Actions actions;
    dialog_->on_refusal(kGoingAway, "the server stops", actions);
    react(actions.take());
  }

  void drop() override { close_now(); }

 private:
  // FunASR's Python client offers "binary", and would not take another protocol; most clients offer none.
  asio::awaitable<void> accept(WebRequest request, error_code& error) {
    const bool offers_binary =
        text_of(request[http::field::sec_websocket_protocol]).find(kBinaryProtocol) != std::string::npos;
    beast::get_lowest_layer(socket_).expires_never();
    socket_.set_option(websocket::stream_base::timeout{.handshake_timeout = service_.limits.request_time,
                                                       .idle_timeout = service_.limits.idle_time,
                                                       .keep_alive_pings = true});
    socket_.set_option(websocket::stream_base::decorator([offers_binary](websocket::response_type& response) {
      response.set(http::field::server, "Sluice");
      if (offers_binary) response.set(http::field::sec_websocket_protocol, kBinaryProtocol);
    }));
    socket_.read_message_max(service_.limits.message_bytes);
    co_await socket_.async_accept(request, redirect_error(use_awaitable, error));
  }

  asio::awaitable<void> hear() {
    beast::flat_buffer buffer;
    error_code error;
    while (!closing_) {
      if (finishing_ || holds_enough()) {
        co_await wait(to_hear_);
        continue;
      }
      co_await socket_.async_read(buffer, redirect_error(use_awaitable, error));
      if (error) break;
      Actions actions;
      const auto bytes = buffer.cdata();
      if (socket_.got_text())
        dialog_->on_text({static_cast<const char*>(bytes.data()), bytes.size()}, actions);
      else
        dialog_->on_binary({static_cast<const std::byte*>(bytes.data()), bytes.size()}, actions);
      buffer.clear();
      co_await perform(actions.take());
    }
    // What the writer still has goes out before the connection is given up; a client that has gone ends it by itself.
    while (!error && !written_) co_await wait(to_hear_);
    close_now();
  }

  bool holds_enough() const {
    return recognition_ && static_cast<double>(recognition_->waiting()) > service_.limits.waiting_s * rate_hz_;
  }

  asio::awaitable<void> perform(std::vector<Action> actions) {
    for (Action& action : actions) {
      if (closing_) co_return;
      switch (action.kind) {
        case Action::Kind::begin:
          co_await begin(std::move(action.request));
          break;
        case Action::Kind::audio:
          push(std::move(action.samples));
          break;
        case Action::Kind::finish:
          finishing_ = true;
          if (recognition_) recognition_->end();
          break;
        default:
          react_to(std::move(action));
      }
    }
  }

  // Sends and closes: all that may come of what the recogniser says.
  void react(std::vector<Action> actions) {
    for (Action& action : actions) react_to(std::move(action));
  }
  void react_to(Action action) {
    if (closing_) return;
    if (action.kind == Action::Kind::send) send(std::move(action.text));
    if (action.kind != Action::Kind::close) return;
    reason_ =
        websocket::close_reason(static_cast<websocket::close_code>(action.code), action.text.substr(0, kMaxReason));
    closing_ = true;
    to_write_.cancel();
    to_hear_.cancel();
  }

  asio::awaitable<void> begin(StreamRequest request) {
    place_ = service_.take_place();
    if (!place_)
      co_return refuse(kTryAgainLater, "as many streams as are allowed are being recognised: try again later");
    rate_hz_ = request.rate_hz;
    samples_ = 0;
    auto started = co_await asio::co_spawn(service_.slow, start(std::move(request)), use_awaitable);
    if (!started) co_return refuse(kTryAgainLater, started.error().text());
    recognition_ = std::move(*started);
  }

  // On a thread that may wait.
  asio::awaitable<Result<std::unique_ptr<Recognition>>> start(StreamRequest request) {
    co_return Recognition::of_stream(service_.recogniser, request.rate_hz, request.hotwords, service_.executor,
                                     events());
  }

  Recognition::Events events() {
    const auto on_our_thread = [weak = weak_from_this(), executor = socket_.get_executor()](auto call) {
      asio::post(executor, [weak, call = std::move(call)]() mutable {
        if (const auto self = weak.lock()) call(*self);
      });
    };
    return {.said =
                [=](Transcript transcript) {
                  on_our_thread([transcript = std::move(transcript)](Socket& self) { self.on_said(transcript); });
                },
            .taken = [=](std::uint64_t samples) { on_our_thread([samples](Socket& self) { self.on_taken(samples); }); },
            .ended = [=] { on_our_thread([](Socket& self) { self.on_ended(); }); }};
  }

  void push(std::vector<float> samples) {
    if (!recognition_) return;
    samples_ += samples.size();
    if (static_cast<double>(samples_) > service_.limits.stream_s * rate_hz_)
      return refuse(kPolicyViolation, "the stream is longer than is allowed");
    recognition_->push(std::move(samples));
  }

  void on_said(const Transcript& transcript) {
    Actions actions;
    dialog_->on_transcript(transcript, actions);
    react(actions.take());
  }

  void on_taken(std::uint64_t samples) {
    Actions actions;
    dialog_->on_taken(samples, actions);
    react(actions.take());
    if (!holds_enough()) to_hear_.cancel();
  }

  void on_ended() {
    if (recognition_) asio::co_spawn(socket_.get_executor(), conclude(shared_from_this()), asio::detached);
  }

  asio::awaitable<void> conclude(std::shared_ptr<Socket> self) {
    const Status status = co_await asio::co_spawn(service_.slow, finish(std::move(recognition_)), use_awaitable);
    self->place_.reset();
    const bool asked_for = std::exchange(finishing_, false);
    if (status && asked_for) {
      Actions actions;
      dialog_->on_end(static_cast<double>(samples_) / rate_hz_, actions);
      react(actions.take());
    } else {
      refuse(kTryAgainLater, status ? "the recogniser has ended" : status.error().text());
    }
    to_hear_.cancel();
  }

  static asio::awaitable<Status> finish(std::unique_ptr<Recognition> recognition) { co_return recognition->finish(); }

  void refuse(CloseCode code, const std::string& message) {
    Actions actions;
    dialog_->on_refusal(code, message, actions);
    react(actions.take());
  }

  void send(std::string text) {
    waiting_bytes_ += text.size();
    waiting_.push_back(std::move(text));
    if (waiting_bytes_ > service_.limits.text_bytes) return close_now();
    to_write_.cancel();
  }

  asio::awaitable<void> write(std::shared_ptr<Socket> self) {
    error_code error;
    while (!error) {
      if (waiting_.empty() && closing_) {
        co_await socket_.async_close(reason_, redirect_error(use_awaitable, error));
        break;
      }
      if (waiting_.empty()) {
        co_await wait(to_write_);
        continue;
      }
      const std::string text = std::move(waiting_.front());
      waiting_.pop_front();
      socket_.text(true);
      co_await socket_.async_write(asio::buffer(text), redirect_error(use_awaitable, error));
      waiting_bytes_ -= text.size();
    }
    self->written_ = true;
    close_now();
  }

  // Until somebody cancels the timer.
  asio::awaitable<void> wait(asio::steady_timer& timer) {
    error_code woken;
    timer.expires_at(asio::steady_timer::time_point::max());
    co_await timer.async_wait(redirect_error(use_awaitable, woken));
  }

  void close_now() {
    closing_ = written_ = true;
    beast::get_lowest_layer(socket_).close();
    to_write_.cancel();
    to_hear_.cancel();
  }

  // Stopping a graph may wait for a step of the recogniser.
  void abandon() {
    if (!recognition_) return;
    asio::post(service_.slow, [recognition = std::shared_ptr<Recognition>(std::move(recognition_)), place = place_] {});
  }

  websocket::stream<beast::tcp_stream> socket_;
  asio::steady_timer to_write_, to_hear_;  // cancelled when there is something to do
  Service& service_;
  std::unique_ptr<Dialog> dialog_;

  std::shared_ptr<void> place_;
  std::unique_ptr<Recognition> recognition_;
  double rate_hz_ = 0;
  std::uint64_t samples_ = 0;  // of the stream
  bool finishing_ = false;     // its audio has ended, its text has not

  std::deque<std::string> waiting_;  // to be sent
  std::size_t waiting_bytes_ = 0;
  websocket::close_reason reason_;
  bool closing_ = false;  // once all is sent; nothing is heard any more
  bool written_ = false;  // and it is
};

}  // namespace

std::shared_ptr<SpeechSocket> SpeechSocket::make(beast::tcp_stream stream, Service& service,
                                                 std::unique_ptr<Dialog> dialog) {
  return std::make_shared<Socket>(std::move(stream), service, std::move(dialog));
}

}  // namespace sluice::transcribe
