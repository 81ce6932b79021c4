#include "nodes/llm/kernels/words.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::llm {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t bytes;
};

// RFC 3629, clause 3; a byte that fits nowhere stands for itself, as a letter.
CodePoint code_point(std::string_view text) {
  const auto byte = [&](std::size_t n) { return static_cast<std::uint8_t>(text[n]); };
  const std::uint8_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || length > text.size()) return {lead < 0x80 ? lead : char32_t{0xFFFD}, 1};
  char32_t value = lead & (0xFFu >> (length + 1));
  for (std::size_t n = 1; n < length; ++n) {
    if ((byte(n) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = value << 6 | (byte(n) & 0x3Fu);
  }
  return {value, length};
}

// Scripts written without spaces (Unicode blocks: CJK unified ideographs and extension A, kana, Hangul syllables).
bool stands_alone(char32_t c) {
  return (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3040 && c <= 0x30FF) ||
         (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x20000 && c <= 0x2FA1F);
}

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x00A0 || c == 0x3000;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool punctuation = (c >= 0x00A0 && c <= 0x00BF) || (c >= 0x2000 && c <= 0x206F) ||
                           (c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20);
  return !punctuation;
}

bool ends_sentence(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == ':' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF1A;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Word> split() {
    for (std::size_t at = 0; at < text_.size();) {
      const CodePoint point = code_point(text_.substr(at));
      take(point.value, at, point.bytes);
      at += point.bytes;
    }
    return std::move(words_);
  }

 private:
  void take(char32_t c, std::size_t at, std::size_t bytes) {
    if (is_space(c)) {
      inside_ = false;
    } else if (is_letter(c)) {
      if (!inside_ || stands_alone(c) || alone_) begin(c, at);
      add(c, at, bytes);
      alone_ = stands_alone(c);
    } else if (!words_.empty()) {
      const bool inner = (c == '\'' || c == 0x2019 || c == '-' || c == '.') && inside_ && letter_follows(at + bytes);
      if (inner && c != '-' && c != '.') words_.back().bare += '\'';
      extend(at + bytes);
      if (!inner && ends_sentence(c)) opens_ = true;
    }
  }

  bool letter_follows(std::size_t at) const {
    return at < text_.size() && is_letter(code_point(text_.substr(at)).value);
  }

  void begin(char32_t c, std::size_t at) {
    words_.push_back({.written = text_.substr(at, 0), .bare = {}, .capital = c >= 'A' && c <= 'Z', .opens = opens_});
    inside_ = true;
    opens_ = false;
  }

  void add(char32_t c, std::size_t at, std::size_t bytes) {
    std::string& bare = words_.back().bare;
    if (c >= 'A' && c <= 'Z')
      bare += static_cast<char>(c - 'A' + 'a');
    else
      bare += text_.substr(at, bytes);
    extend(at + bytes);
  }

  void extend(std::size_t end) {
    std::string_view& written = words_.back().written;
    if (inside_) written = {written.data(), static_cast<std::size_t>(text_.data() + end - written.data())};
  }

  std::string_view text_;
  std::vector<Word> words_;
  bool inside_ = false;  // of a word: no space since
  bool alone_ = false;   // the last letter was a word of its own
  bool opens_ = true;
};

constexpr std::array<std::string_view, 47> kNumberWords = {
    "zero",    "one",     "two",      "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
    "ten",     "eleven",  "twelve",   "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty",  "thirty",  "forty",    "fifty",    "sixty",    "seventy", "eighty",  "ninety",    "hundred",  "thousand",
    "million", "billion", "trillion", "half",     "third",    "quarter", "first",   "second",    "fifth",    "eighth",
    "ninth",   "twelfth", "dozen",    "oh",       "double",   "triple",  "nil"};
constexpr std::array<std::string_view, 17> kChineseNumerals = {"零", "一", "二", "三", "四", "五", "六", "七", "八",
                                                               "九", "十", "百", "千", "万", "亿", "两", "半"};

}  // namespace

std::vector<Word> split_words(std::string_view text) {
  return Splitter(text).split();
}

bool is_number(std::string_view bare) {
  if (std::ranges::any_of(bare, [](char c) { return c >= '0' && c <= '9'; })) return true;
  if (std::ranges::find(kChineseNumerals, bare) != kChineseNumerals.end()) return true;
  for (const std::string_view ending : {"", "s", "th", "ths"})  // hundreds, sixth, tenths
    if (bare.ends_with(ending) &&
        std::ranges::find(kNumberWords, bare.substr(0, bare.size() - ending.size())) != kNumberWords.end())
      return true;
  return bare.ends_with("ieth") && is_number(std::string(bare.substr(0, bare.size() - 4)) + "y");  // twentieth
}

}  // namespace sluice::llm
