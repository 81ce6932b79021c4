#include "nodes/text/kernels/characters.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace sluice::text {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

// East_Asian_Width W or F (Unicode 15, EastAsianWidth.txt), neighbouring blocks drawn together.
constexpr std::array<Range, 17> kWide{{{0x1100, 0x115F},
                                       {0x231A, 0x231B},
                                       {0x23E9, 0x23EC},
                                       {0x25FD, 0x25FE},
                                       {0x2614, 0x2615},
                                       {0x2648, 0x2653},
                                       {0x26AA, 0x26AB},
                                       {0x2E80, 0x303E},
                                       {0x3041, 0x33FF},
                                       {0x3400, 0x4DBF},
                                       {0x4E00, 0x9FFF},
                                       {0xA000, 0xA4CF},
                                       {0xAC00, 0xD7A3},
                                       {0xF900, 0xFAFF},
                                       {0xFE30, 0xFE6F},
                                       {0xFF00, 0xFF60},
                                       {0x1F300, 0x1FAFF}}};
// General category Mn or Cf (UnicodeData.txt) in the scripts that captions are likely to hold.
constexpr std::array<Range, 14> kZero{{{0x0300, 0x036F},
                                       {0x0483, 0x0489},
                                       {0x0591, 0x05BD},
                                       {0x064B, 0x065F},
                                       {0x0900, 0x0902},
                                       {0x0941, 0x0948},
                                       {0x0E34, 0x0E3A},
                                       {0x0E47, 0x0E4E},
                                       {0x1AB0, 0x1AFF},
                                       {0x1DC0, 0x1DFF},
                                       {0x200B, 0x200F},
                                       {0x20D0, 0x20FF},
                                       {0xFE00, 0xFE0F},
                                       {0xFE20, 0xFE2F}}};
// Scripts without spaces between words: CJK symbols, Kana, Han, full-width forms.
constexpr std::array<Range, 6> kIdeographic{
    {{0x2E80, 0x2FDF}, {0x3001, 0x30FF}, {0x3400, 0x9FFF}, {0xF900, 0xFAFF}, {0xFF01, 0xFF60}, {0x20000, 0x3134F}}};

template <std::size_t n>
bool among(const std::array<Range, n>& ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](const Range& r) { return code >= r.first && code <= r.last; });
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

// Punctuation that belongs to the ideograph before it: 、。〉》」』】 and the full-width ！），．：；？
bool is_closing(char32_t code) {
  constexpr std::u32string_view kClosing =
      U"\u3001\u3002\u3009\u300B\u300D\u300F\u3011\uFF01\uFF09\uFF0C\uFF0E\uFF1A\uFF1B\uFF1F";
  return kClosing.find(code) != std::u32string_view::npos;
}

Character last_character(std::string_view text) {
  std::size_t begin = text.size() - 1;
  while (begin > 0 && text.size() - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return first_character(text.substr(begin));
}

}  // namespace

Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
  const unsigned lead = byte(0);
  const Character wrong{kReplacement, 1};
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return wrong;
  char32_t code = lead & (0x7Fu >> bytes);
  for (std::size_t n = 1; n < bytes; ++n) {
    if ((byte(n) & 0xC0) != 0x80) return wrong;
    code = code << 6 | (byte(n) & 0x3F);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return wrong;
  return {code, bytes};
}

int columns_of(char32_t code) {
  if (is_control(code) || among(kZero, code)) return 0;
  if (code < kWide.front().first) return 1;
  return among(kWide, code) || (code >= 0x20000 && code <= 0x3FFFD) ? 2 : 1;
}

int columns_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Character character = first_character(text);
    columns += columns_of(character.code);
    text.remove_prefix(character.bytes);
  }
  return columns;
}

bool is_ideographic(char32_t code) {
  return among(kIdeographic, code);
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (is_control(character.code))
      shown += ' ';
    else if (character.code == kReplacement)
      shown += "\xEF\xBF\xBD";
    else
      shown += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return shown;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;  // the last word goes on
  while (!text.empty()) {
    const Character character = first_character(text);
    const bool blank = is_blank(text.front());
    const bool parts = open && is_ideographic(character.code) && !is_closing(character.code) &&
                       is_ideographic(last_character(words.back()).code);
    if (!blank && (!open || parts)) words.emplace_back();
    if (!blank) words.back() += text.substr(0, character.bytes);
    open = !blank;
    text.remove_prefix(character.bytes);
  }
  return words;
}

bool joins_without_space(std::string_view text, std::string_view next) {
  if (text.empty() || next.empty()) return true;
  return is_ideographic(last_character(text).code) && is_ideographic(first_character(next).code);
}

void append_word(std::string& text, std::string_view word) {
  if (!joins_without_space(text, word)) text += ' ';
  text += word;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) append_word(text, word);
  return text;
}

}  // namespace sluice::text
