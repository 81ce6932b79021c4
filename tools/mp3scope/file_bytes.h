// A whole file, in memory as far as it is looked at.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/mp3scope/walk/scanner.h"

namespace sluice::mp3scope {

class FileBytes {
 public:
  // "-" is standard input. Empty when it cannot be read; then errno says why.
  static std::optional<FileBytes> read(const std::string& path);
  FileBytes(FileBytes&& other) noexcept;
  FileBytes& operator=(FileBytes&&) = delete;
  ~FileBytes();

  Bytes bytes() const { return mapped_ != nullptr ? Bytes{mapped_, size_} : Bytes(read_); }

 private:
  FileBytes() = default;

  const std::uint8_t* mapped_ = nullptr;  // a regular file
  std::size_t size_ = 0;
  std::vector<std::uint8_t> read_;  // a pipe
};

}  // namespace sluice::mp3scope
