// Bytes to a file or standard output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "engine/core/result.h"

namespace sluice::io {

// One thread at a time; not real-time safe: it waits for slow readers.
class ByteSink {
 public:
  // Creates or empties `path`; "-" is standard output.
  static Result<ByteSink> open(const std::string& path);
  ByteSink(ByteSink&& other) noexcept;
  ByteSink& operator=(ByteSink&&) = delete;
  ~ByteSink();

  Status append(std::span<const std::byte> bytes);
  // Overwrites bytes written before, from byte `position` on. False, and no error, where there is no seeking.
  Result<bool> rewrite(std::int64_t position, std::span<const std::byte> bytes);
  // Closes; errors that the system held back come now.
  Status close();

 private:
  ByteSink(int fd, std::string name, bool seekable);
  Error failure() const;

  int fd_ = -1;
  std::string name_;
  bool seekable_ = false;
  std::int64_t written_ = 0;
};

}  // namespace sluice::io
