// Bytes to a file or standard output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "engine/core/result.h"

namespace sluice::io {

// One thread at a time; not real-time safe: it waits for slow readers, until they are given up.
class ByteSink {
 public:
  // Creates or empties `path`; "-" is standard output. Refuses a file that a ByteSource reads or a ByteSink writes.
  static Result<ByteSink> open(const std::string& path);
  ByteSink(ByteSink&& other) noexcept;
  ByteSink& operator=(ByteSink&&) = delete;
  ~ByteSink();

  // Asked every few milliseconds while nobody takes what is written; true ends append() with an error.
  void give_up_when(std::function<bool()> given_up) { given_up_ = std::move(given_up); }

  Status append(std::span<const std::byte> bytes);
  // Overwrites bytes written before, from byte `position` on. False, and no error, where there is no seeking.
  Result<bool> rewrite(std::int64_t position, std::span<const std::byte> bytes);
  // Closes; errors that the system held back come now.
  Status close();

 private:
  ByteSink(int fd, std::string name, bool seekable);
  Error failure() const;
  Status wait_for_room() const;

  int fd_ = -1;
  std::string name_;
  bool seekable_ = false;
  std::function<bool()> given_up_;
  std::int64_t written_ = 0;
};

}  // namespace sluice::io
