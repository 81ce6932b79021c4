// Between a model's tokens and those who read: lets whole characters through, and stops at stop words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

// Tokens are pieces of bytes: a character may be cut by them, and a stop word may begin in one and end in another.
class TextGate {
 public:
  explicit TextGate(std::vector<std::string> stop_words) : stop_words_(std::move(stop_words)) {}

  // What can be passed on once `bytes` have come; what may yet become a character or a stop word is kept back.
  std::string pass(std::string_view bytes);
  // The rest, at the end of the answer. Bytes that never became a character are U+FFFD.
  std::string flush();
  // A stop word has come: nothing more passes.
  bool closed() const { return closed_; }

 private:
  std::size_t may_begin_stop_word() const;

  std::vector<std::string> stop_words_;
  std::string held_;
  bool closed_ = false;
};

}  // namespace sluice::llm
