// Lines of text as they come: from a file, or from a terminal or pipe. A thread of its own waits for them, so that no
// worker of the engine does.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/node/node.h"
#include "engine/stream/transcript.h"

namespace sluice::text {
namespace {

constexpr std::size_t kMostOfALine = kMaxTranscriptBytes / 2;  // bytes; the rest of a longer one is dropped
constexpr std::size_t kMostWaiting = 64;                       // lines

class Read final : public Node {
 public:
  Out<Text<>> out{*this, "out", "a line a block, without its end"};
  Param<std::string> path{*this, "path", {.default_value = "-", .doc = "the file; - is standard input"}};
  Param<std::string> as{*this,
                        "as",
                        {.default_value = "lines",
                         .choices = {"lines", "transcript"},
                         .doc = "transcript: every line is a final, or an event of text.jsonl"}};
  Counter truncated{*this, "truncated", "lines that were cut: longer than 32 KiB", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    const bool events = as.is("transcript");
    out.set_spec({.media = "text", .codec = events ? "transcript" : "line", .rate_hz = kRate}, 1, kMaxTranscriptBytes);
    return {};
  }

  Status prepare() override {
    file_ = path.is("-") ? ::dup(STDIN_FILENO) : ::open(path.value().c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) return Error{"path", fmt::format("{}: {}", path.value(), std::strerror(errno))};
    stopped_ = ::eventfd(0, EFD_CLOEXEC);
    thread_ = std::jthread([this](const std::stop_token& stop) { read_lines(stop); });
    return {};
  }

  Pull pull() REALTIME override {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (lines_.empty()) return ended_ ? Pull::ended() : Pull::woken();
      const std::string line = std::move(lines_.front());
      lines_.pop_front();
      lock.unlock();
      room_.notify_one();
      if (!line.empty()) {
        emit(line);
        return Pull::again();
      }
    }
  }

  void stop() override {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    ::eventfd_write(stopped_, 1);
    thread_.join();
    ::close(file_);
    ::close(stopped_);
  }

 private:
  static constexpr double kRate = 1000;  // Hz: positions count lines, as if one a millisecond

  void emit(const std::string& line) {
    std::string text = line;
    if (as.is("transcript") && !line.starts_with('{')) {
      const double at_s = static_cast<double>(count_) / kRate;
      text = encode({.kind = Transcript::Kind::final,
                     .segment = static_cast<std::uint64_t>(count_),
                     .start_s = at_s,
                     .end_s = at_s + 1 / kRate,
                     .text = line});
    }
    BlockRef block = out.take();
    block->resize(text.size());
    std::memcpy(block->bytes().data(), text.data(), block->bytes().size());
    block->header.position = count_++;
    block->header.frames = 1;
    block->header.flags = kIndependent;
    out.emit(std::move(block));
  }

  void read_lines(const std::stop_token& stop) {
    std::string line;
    std::array<char, 4096> piece;
    while (wait_for_input()) {
      const ssize_t got = ::read(file_, piece.data(), piece.size());
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got <= 0) break;
      for (const char c : std::string_view(piece.data(), static_cast<std::size_t>(got))) {
        if (c == '\n') {
          if (!push(std::move(line), stop)) return;
          line.clear();
        } else if (line.size() < kMostOfALine) {
          line += c;
        } else if (line.size() == kMostOfALine) {
          truncated.add();
          line += ' ';  // once
        }
      }
    }
    if (!line.empty()) push(std::move(line), stop);
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    host().wake();
  }

  // False: stopped meanwhile.
  bool push(std::string line, const std::stop_token& stop) {
    if (line.ends_with('\r')) line.pop_back();
    {
      std::unique_lock lock(mutex_);
      if (!room_.wait(lock, stop, [&] { return lines_.size() < kMostWaiting; })) return false;
      lines_.push_back(std::move(line));
    }
    host().wake();
    return true;
  }

  // Until there is something to read. False: the node stops.
  bool wait_for_input() const {
    pollfd polled[2] = {{stopped_, POLLIN, 0}, {file_, POLLIN, 0}};
    while (::poll(polled, 2, -1) < 0 && errno == EINTR) {
    }
    return polled[0].revents == 0;
  }

  int file_ = -1;
  int stopped_ = -1;  // an eventfd, readable once the node stops
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any room_;
  std::deque<std::string> lines_;
  bool ended_ = false;

  std::int64_t count_ = 0;
  std::jthread thread_;
};

}  // namespace

REGISTER_NODE(Read, "text.read", "lines of text from a file, a pipe or the terminal")

}  // namespace sluice::text
