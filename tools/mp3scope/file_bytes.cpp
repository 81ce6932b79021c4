#include "tools/mp3scope/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sluice::mp3scope {

std::optional<FileBytes> FileBytes::read(const std::string& path) {
  const int file = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  FileBytes out;
  struct stat status {};
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    void* const mapped = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped != MAP_FAILED) {
      out.mapped_ = static_cast<const std::uint8_t*>(mapped);
      out.size_ = static_cast<std::size_t>(status.st_size);
    }
  }
  std::array<std::uint8_t, 65536> part;
  ssize_t got = out.mapped_ != nullptr ? 0 : 1;
  while (got > 0 && (got = ::read(file, part.data(), part.size())) > 0)
    out.read_.insert(out.read_.end(), part.begin(), part.begin() + got);
  const int why = errno;
  ::close(file);
  errno = why;
  if (got < 0) return std::nullopt;
  return out;
}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)), size_(other.size_), read_(std::move(other.read_)) {}

FileBytes::~FileBytes() {
  if (mapped_ != nullptr) ::munmap(const_cast<std::uint8_t*>(mapped_), size_);
}

}  // namespace sluice::mp3scope
