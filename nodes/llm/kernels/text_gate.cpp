#include "nodes/llm/kernels/text_gate.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace sluice::llm {
namespace {

// Length of the text up to a character that has begun but not ended (RFC 3629, clause 3).
std::size_t whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<std::uint8_t>(text[text.size() - back]);
    if (byte < 0x80) break;
    if (byte < 0xC0) continue;
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

std::string TextGate::pass(std::string_view bytes) {
  if (closed_) return {};
  held_ += bytes;
  std::size_t end = held_.npos;
  for (const std::string& word : stop_words_)
    if (!word.empty()) end = std::min(end, held_.find(word));
  closed_ = end != held_.npos;
  if (!closed_) end = std::min(whole_characters(held_), may_begin_stop_word());
  std::string passed = held_.substr(0, end);
  held_.erase(0, closed_ ? held_.npos : end);
  return passed;
}

std::string TextGate::flush() {
  const std::size_t whole = whole_characters(held_);
  std::string rest = std::exchange(held_, {});
  if (whole < rest.size()) rest.replace(whole, rest.npos, "\xEF\xBF\xBD");
  return rest;
}

// Where the longest end of the held text begins that a stop word begins with.
std::size_t TextGate::may_begin_stop_word() const {
  std::size_t longest = 0;
  for (const std::string& word : stop_words_)
    for (std::size_t length = std::min(held_.size(), word.empty() ? 0 : word.size() - 1); length > longest; --length)
      if (held_.ends_with(std::string_view(word).substr(0, length))) longest = length;
  return held_.size() - longest;
}

}  // namespace sluice::llm
