#include "nodes/speech/kernels/words.h"

#include <algorithm>
#include <array>

namespace sluice::speech {
namespace {

struct Range {
  char32_t first, last;
};

// Scripts without spaces between words: CJK radicals and symbols, Kana, Han, full-width forms (Unicode 15, Blocks.txt).
constexpr std::array<Range, 6> kIdeographs{
    {{0x2E80, 0x2FDF}, {0x3001, 0x30FF}, {0x3400, 0x9FFF}, {0xF900, 0xFAFF}, {0xFF01, 0xFF60}, {0x20000, 0x3134F}}};
// Of those, what ends a word: 、。〉》」』】 and the full-width ！），．：；？
constexpr std::u32string_view kClosing =
    U"\u3001\u3002\u3009\u300B\u300D\u300F\u3011\uFF01\uFF09\uFF0C\uFF0E\uFF1A\uFF1B\uFF1F";

bool is_blank(char c) {
  return std::string_view(" \t\n\r\f\v").find(c) != std::string_view::npos;
}

bool is_ideograph(char32_t code) {
  return std::ranges::any_of(kIdeographs, [&](const Range& r) { return code >= r.first && code <= r.last; });
}

// The code point at the beginning of `text`, and its length; 0 and 1 for what is not UTF-8. RFC 3629, 3.
std::pair<char32_t, std::size_t> first_code(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 1};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t n = 1; n < length; ++n) {
    const auto byte = static_cast<unsigned char>(text[n]);
    if ((byte & 0xC0) != 0x80) return {0, 1};
    code = code << 6 | (byte & 0x3F);
  }
  return {code, length};
}

char32_t last_code(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return first_code(text.substr(begin)).first;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;  // the last word goes on
  char32_t before = 0;
  while (!text.empty()) {
    const auto [code, length] = first_code(text);
    const bool blank = is_blank(text[0]);
    const bool parts = is_ideograph(before) && is_ideograph(code) && kClosing.find(code) == std::u32string_view::npos;
    if (!blank && (!open || parts)) words.emplace_back();
    if (!blank) words.back() += text.substr(0, length);
    open = !blank;
    before = code;
    text.remove_prefix(length);
  }
  return words;
}

std::string join_words(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) {
    if (word.empty()) continue;
    const bool close = text.empty() || (is_ideograph(last_code(text)) && is_ideograph(first_code(word).first));
    text += (close ? "" : " ") + word;
  }
  return text;
}

}  // namespace sluice::speech
