#include "apps/sluice-transcribe/serve/upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <deque>

#include "apps/sluice-transcribe/protocol/openai.h"
#include "apps/sluice-transcribe/serve/recognition.h"
#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

constexpr const char* kJson = "application/json";
constexpr const char* kFull = "as many streams as are allowed are being recognised: try again later";
constexpr std::chrono::milliseconds kLook{250};  // between two looks at whether the client is still there

// A file that is only memory, and whose name other parts of the process may open.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_(::memfd_create("upload", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !content.empty()) {
      const ssize_t count = ::write(fd_, content.data(), content.size());
      if (count <= 0) return;
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  int fd_;
};

// What is wrong with the file, without the name that only this process knows, and what only its operator could do.
Error unreadable(const std::string& message, const std::string& path) {
  const std::size_t at = message.find(path + ": ");
  if (at == std::string::npos) return {"file", "cannot be recognised: " + message};
  const std::string what = message.substr(at + path.size() + 2);
  return {"file", what.substr(0, what.find(';')) + "; send WAV, FLAC, Ogg or MP3"};
}

Error longer_than(double most_s) {
  return {"file", fmt::format("holds more than {:g} s of audio: send it in parts", most_s)};
}

// What the recogniser says, for the coroutine that answers.
struct Heard {
  explicit Heard(const asio::any_io_executor& executor) : news(executor) {}

  asio::steady_timer news;  // cancelled when there are some
  std::vector<Transcript> finals;
  bool ended = false;

  void take(Transcript transcript) {
    if (transcript.kind == Transcript::Kind::final && !transcript.text.empty()) finals.push_back(std::move(transcript));
    if (transcript.kind == Transcript::Kind::corrected)
      for (Transcript& final : finals)
        if (final.segment == transcript.segment) final.text = transcript.text;
    news.cancel();
  }
};

Recognition::Events events_for(const std::shared_ptr<Heard>& heard) {
  const auto executor = heard->news.get_executor();
  return {.said =
              [=](Transcript transcript) {
                asio::post(executor,
                           [=, transcript = std::move(transcript)]() mutable { heard->take(std::move(transcript)); });
              },
          .taken = [](std::uint64_t) {},
          .ended =
              [=] {
                asio::post(executor, [=] {
                  heard->ended = true;
                  heard->news.cancel();
                });
              }};
}

asio::awaitable<Result<std::unique_ptr<Recognition>>> start(Service& service, std::string path,
                                                            std::vector<Hotword> hotwords, Recognition::Events events) {
  co_return Recognition::of_file(service.recogniser, path, hotwords, service.executor, std::move(events));
}

asio::awaitable<Status> finish(std::unique_ptr<Recognition> recognition) {
  co_return recognition->finish();
}

// False when the client has closed its connection, or the server has.
bool is_there(beast::tcp_stream& stream) {
  char next = 0;
  const ssize_t count = ::recv(stream.socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

// An upload while it is recognised.
struct Upload {
  beast::tcp_stream& stream;
  Heard& heard;
  const Recognition& recognition;
  const ServeLimits& limits;

  bool is_too_long() const { return recognition.read_s() > limits.stream_s; }
};

// Until there are some, or a moment has passed. True while the client is there.
asio::awaitable<bool> wait_for_news(const Upload& upload) {
  error_code woken;
  upload.heard.news.expires_after(kLook);
  co_await upload.heard.news.async_wait(redirect_error(use_awaitable, woken));
  co_return is_there(upload.stream);
}

asio::awaitable<bool> write_all(beast::tcp_stream& stream, const std::string& text, std::chrono::seconds limit) {
  error_code error;
  stream.expires_after(limit);
  co_await asio::async_write(stream, asio::buffer(text), redirect_error(use_awaitable, error));
  co_return !error;
}

// Server-sent events: each utterance when it is recognised. True when the client took them.
asio::awaitable<bool> send_events(const Upload& upload) {
  beast::tcp_stream& stream = upload.stream;
  const Heard& heard = upload.heard;
  const std::chrono::seconds limit = upload.limits.request_time;
  const std::string head =
      "HTTP/1.1 200 OK\r\nServer: Sluice\r\nContent-Type: text/event-stream\r\n"
      "Cache-Control: no-store\r\nConnection: close\r\n\r\n";
  bool taken = co_await write_all(stream, head, limit);
  std::string text;
  for (std::size_t sent = 0; taken && !upload.is_too_long() && (!heard.ended || sent < heard.finals.size());) {
    if (sent == heard.finals.size()) {
      taken = co_await wait_for_news(upload);
      continue;
    }
    const std::size_t before = text.size();
    for (const std::string& word : text::split_words(heard.finals[sent++].text)) text::append_word(text, word);
    const std::string event = delta_event(std::string_view(text).substr(before));
    taken = co_await write_all(stream, event, limit);
  }
  const std::string last =
      upload.is_too_long() ? "data: " + error_body(longer_than(upload.limits.stream_s)) + "\n\n" : done_event(text);
  if (taken) taken = co_await write_all(stream, last, limit);
  co_return taken;
}

asio::awaitable<bool> refuse(beast::tcp_stream& stream, const WebRequest& request, http::status status,
                             const Error& error) {
  const std::string body = error_body(error);
  co_return co_await send_answer(stream, request, status, body, kJson);
}

// Stopping a graph may wait for a step of the recogniser.
void give_up(std::unique_ptr<Recognition> recognition, std::shared_ptr<void> place, Service& service) {
  asio::post(service.slow, [recognition = std::shared_ptr<Recognition>(std::move(recognition)), place] {});
}

}  // namespace

asio::awaitable<bool> send_answer(beast::tcp_stream& stream, const WebRequest& request, http::status status,
                                  const std::string& body, std::string_view content_type) {
  http::response<http::string_body> response(status, request.version());
  response.set(http::field::server, "Sluice");
  response.set(http::field::content_type, beast::string_view(content_type.data(), content_type.size()));
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.keep_alive(request.keep_alive());
  response.body() = body;
  response.prepare_payload();
  error_code error;
  co_await http::async_write(stream, response, redirect_error(use_awaitable, error));
  co_return !error && request.keep_alive();
}

asio::awaitable<bool> transcribe_upload(beast::tcp_stream& stream, const WebRequest& request, Service& service) {
  const auto wanted = parse_transcription(text_of(request[http::field::content_type]), request.body());
  if (!wanted) co_return co_await refuse(stream, request, http::status::bad_request, wanted.error());
  const auto place = service.take_place();
  const Error full{"", kFull};
  if (!place) co_return co_await refuse(stream, request, http::status::too_many_requests, full);
  const MemoryFile file(wanted->file);
  const auto heard = std::make_shared<Heard>(stream.get_executor());
  auto starting = start(service, file.path(), wanted->hotwords, events_for(heard));
  auto recognition = co_await asio::co_spawn(service.slow, std::move(starting), use_awaitable);
  if (!recognition) {
    const Error error = unreadable(recognition.error().message, file.path());
    co_return co_await refuse(stream, request, http::status::bad_request, error);
  }
  stream.expires_never();
  const Upload upload{stream, *heard, **recognition, service.limits};
  bool there = true;
  if (wanted->stream) there = co_await send_events(upload);
  while (there && !heard->ended && !upload.is_too_long()) there = co_await wait_for_news(upload);
  const bool too_long = upload.is_too_long();
  const double duration_s = (*recognition)->read_s();
  if (!there || too_long) give_up(std::move(*recognition), place, service);
  if (too_long && !wanted->stream)
    co_return co_await refuse(stream, request, http::status::payload_too_large, longer_than(service.limits.stream_s));
  if (!there || too_long) co_return false;
  auto finishing = finish(std::move(*recognition));
  const Status status = co_await asio::co_spawn(service.slow, std::move(finishing), use_awaitable);
  if (wanted->stream) co_return false;
  stream.expires_after(service.limits.request_time);
  if (!status) {
    const Error error{"file", status.error().message};
    co_return co_await refuse(stream, request, http::status::bad_request, error);
  }
  const Answer answer = answer_of(*wanted, heard->finals, duration_s);
  co_return co_await send_answer(stream, request, http::status::ok, answer.body, answer.content_type);
}

}  // namespace sluice::transcribe
