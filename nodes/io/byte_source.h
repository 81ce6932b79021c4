// Bytes from a file, a pipe or standard input, without ever waiting long: a graph that stops must not hang on a silent
// pipe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/result.h"

namespace sluice::io {

// One thread at a time; not real-time safe.
class ByteSource {
 public:
  // `path`, or "-" for standard input. Errors name the path and why it cannot be read.
  static Result<ByteSource> open(const std::string& path);
  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&&) = delete;
  ~ByteSource();

  struct Read {
    std::size_t bytes = 0;
    bool ended = false;  // nothing will follow; with 0 bytes and not ended: nothing has come yet
  };
  // Some bytes, at most bytes.size(); waits for 20 ms at the longest.
  Result<Read> read(std::span<std::byte> bytes);
  // All of `bytes`, or what there is before the end; waits for up to `patience_s` seconds for more.
  Result<std::size_t> read_fully(std::span<std::byte> bytes, double patience_s);
  // Puts bytes back: read() gives them again first.
  void unread(std::span<const std::byte> bytes);

  bool regular() const noexcept { return size_ != kNoSize; }  // a file on disk: seekable, of known length
  std::int64_t size() const noexcept { return size_; }        // bytes of a regular file when it was opened

 private:
  static constexpr std::int64_t kNoSize = -1;
  ByteSource(int fd, std::int64_t size) : fd_(fd), size_(size) {}

  int fd_ = -1;
  std::int64_t size_ = kNoSize;
  std::vector<std::byte> put_back_;
};

}  // namespace sluice::io
