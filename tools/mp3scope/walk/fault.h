// What is wrong with a stream, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::mp3scope {

enum class Severity {
  kNote,   // legal, but worth knowing: a tag, the beginning of another stream
  kFault,  // against the standard, or against what the file says of itself
};

struct Fault {
  Severity severity = Severity::kFault;
  std::size_t offset = 0;   // bytes into the file
  std::int64_t frame = -1;  // counts from 0; -1: between frames
  std::string text;
};

}  // namespace sluice::mp3scope
