// The tokens of a recogniser: SentencePiece BPE with byte fallback (Kudo & Richardson, arXiv 1808.06226; Llama's form).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::speech {

// Immutable after parse(): any thread.
class Vocabulary {
 public:
  static constexpr int kBegin = 1, kEnd = 2;  // <s> and </s>

  // Lines "base64(bytes of the piece) id", ids counting up from 0. Empty where a line is not so.
  static std::optional<Vocabulary> parse(std::string_view lines);

  std::size_t size() const { return pieces_.size(); }
  // The bytes of a token, a space in place of U+2581; nothing of control tokens and of times.
  std::string_view piece(int token) const;
  // Text of tokens, without the space before the first word.
  std::string text(const std::vector<int>& tokens) const;
  bool begins_word(int token) const { return piece(token).starts_with(' '); }
  // Tokens of a text as BPE merges them: always the pair whose piece has the lowest id, which is that of the best score
  // in this vocabulary. A space is put before. Characters without a piece become bytes.
  std::vector<int> encode(std::string_view text) const;

 private:
  int find(std::string_view piece) const;

  std::vector<std::string> pieces_;  // by id, with spaces
  std::unordered_map<std::string, int> ids_;
};

}  // namespace sluice::speech
