#include "nodes/io/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace sluice::io {
namespace {

constexpr int kPatienceMs = 20;  // how long a stop may have to wait for a silent pipe

std::unexpected<Error> failure(const std::string& path, const char* why) {
  return std::unexpected(Error{"path", fmt::format("{}: {}", path, why)});
}

}  // namespace

Result<ByteSource> ByteSource::open(const std::string& path) {
  if (path == "-") {
    struct stat status {};
    const bool regular = ::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
    return ByteSource(STDIN_FILENO, regular ? status.st_size : kNoSize);
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failure(path, errno == ENOENT ? "no such file" : std::strerror(errno));
  struct stat status {};
  ::fstat(fd, &status);
  ByteSource source(fd, S_ISREG(status.st_mode) ? status.st_size : kNoSize);
  if (S_ISDIR(status.st_mode)) return failure(path, "is a folder, not a file");
  if (status.st_size == 0 && source.regular()) return failure(path, "is empty (0 bytes)");
  ::flock(fd, LOCK_SH | LOCK_NB);  // a ByteSink does not overwrite what is read; without locks it has to do
  return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), put_back_(std::move(other.put_back_)) {}

ByteSource::~ByteSource() {
  if (fd_ > STDIN_FILENO) ::close(fd_);
}

Result<ByteSource::Read> ByteSource::read(std::span<std::byte> bytes) {
  if (!put_back_.empty()) {
    const std::size_t count = std::min(bytes.size(), put_back_.size());
    std::copy_n(put_back_.begin(), count, bytes.begin());
    put_back_.erase(put_back_.begin(), put_back_.begin() + static_cast<std::ptrdiff_t>(count));
    return Read{count, false};
  }
  if (!regular()) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kPatienceMs) <= 0) return Read{0, false};
  }
  const ssize_t count = ::read(fd_, bytes.data(), bytes.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Read{0, false};
  if (count < 0) return std::unexpected(Error{"path", std::strerror(errno)});
  return Read{static_cast<std::size_t>(count), count == 0};
}

Result<std::size_t> ByteSource::read_fully(std::span<std::byte> bytes, double patience_s) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::duration<double>(patience_s);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto part = read(bytes.subspan(done));
    if (!part) return std::unexpected(part.error());
    done += part->bytes;
    if (part->ended) break;
    if (part->bytes == 0 && std::chrono::steady_clock::now() > give_up)
      return std::unexpected(Error{"path", fmt::format("nothing came within {:g} s", patience_s)});
  }
  return done;
}

void ByteSource::unread(std::span<const std::byte> bytes) {
  put_back_.insert(put_back_.begin(), bytes.begin(), bytes.end());
}

}  // namespace sluice::io
