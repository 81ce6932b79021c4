#include "nodes/io/byte_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace sluice::io {
namespace {
constexpr int kPatienceMs = 20;  // between two looks at whether the reader is given up
}

Result<ByteSink> ByteSink::open(const std::string& path) {
  if (path == "-") {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), not the end of the process
    return ByteSink(STDOUT_FILENO, "standard output", false);
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return std::unexpected(Error{"path", fmt::format("{}: {}", path, std::strerror(errno))});
  ByteSink sink(fd, path, ::lseek(fd, 0, SEEK_CUR) == 0);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return std::unexpected(
        Error{"path", fmt::format("{}: is being read or written, and would be overwritten: name another file", path)});
  if (sink.seekable_ && ::ftruncate(fd, 0) != 0 && errno != EINVAL) return std::unexpected(sink.failure());
  return sink;
}

ByteSink::ByteSink(int fd, std::string name, bool seekable) : fd_(fd), name_(std::move(name)), seekable_(seekable) {}

ByteSink::ByteSink(ByteSink&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      seekable_(other.seekable_),
      given_up_(std::move(other.given_up_)),
      written_(other.written_) {}

ByteSink::~ByteSink() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

Error ByteSink::failure() const {
  if (errno == EPIPE) return {"path", fmt::format("{}: nobody reads it any more", name_)};
  if (errno == ENOSPC) return {"path", fmt::format("{}: the disk is full", name_)};
  return {"path", fmt::format("{}: {}", name_, std::strerror(errno))};
}

Status ByteSink::wait_for_room() const {
  pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
  while (::poll(&room, 1, kPatienceMs) <= 0)
    if (given_up_ && given_up_()) return Error{"path", fmt::format("{}: its reader takes nothing", name_)};
  return {};
}

// A pipe with room takes PIPE_BUF bytes at once (POSIX, write()); more could wait for its reader.
Status ByteSink::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (!seekable_)
      if (Status status = wait_for_room(); !status) return status;
    const ssize_t count =
        ::write(fd_, bytes.data(), seekable_ ? bytes.size() : std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return failure();
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    written_ += count;
  }
  return {};
}

Result<bool> ByteSink::rewrite(std::int64_t position, std::span<const std::byte> bytes) {
  if (!seekable_ || position < 0 || position + static_cast<std::int64_t>(bytes.size()) > written_) return false;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), position);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(failure());
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    position += count;
  }
  return true;
}

Status ByteSink::close() {
  const int fd = std::exchange(fd_, -1);
  if (fd > STDERR_FILENO && ::close(fd) != 0) return failure();
  return {};
}

}  // namespace sluice::io
