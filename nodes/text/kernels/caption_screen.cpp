#include "nodes/text/kernels/caption_screen.h"

#include <algorithm>
#include <vector>

#include "nodes/text/kernels/characters.h"
#include "nodes/text/kernels/line_wrap.h"

namespace sluice::text {
namespace {

constexpr std::string_view kGrey = "\033[90m", kFirm = "\033[0m";  // SGR: bright black, default
constexpr std::string_view kEraseBelow = "\033[J";                 // ED: from the cursor to the end of the screen

// A terminal that is full to its last column may or may not have wrapped: one is left free.
int usable(int columns) {
  return std::max(2, columns - 1);
}

// `line` in two shades: its first `firm` words, and the rest.
std::string shaded(const std::string& line, std::size_t firm) {
  const std::vector<std::string> words = split_words(line);
  std::string out, plain;
  bool grey = false;
  for (std::size_t n = 0; n < words.size(); ++n) {
    const bool space = !joins_without_space(plain, words[n]);
    append_word(plain, words[n]);
    if (space) out += ' ';
    if (n >= firm && !grey) {
      out += kGrey;
      grey = true;
    }
    out += words[n];
  }
  return grey ? out + std::string(kFirm) : out;
}

}  // namespace

std::string CaptionScreen::erase() {
  if (shown_ == 0) return "";
  std::string out = "\r";
  if (shown_ > 1) out += "\033[" + std::to_string(shown_ - 1) + 'A';  // CUU
  shown_ = 0;
  return out + std::string(kEraseBelow);
}

std::string CaptionScreen::partial(std::string_view text, std::size_t stable_words, int columns) {
  std::string out = erase();
  const std::vector<std::string> lines = wrap(printable(text), usable(columns));
  const std::size_t hidden = lines.size() > kPartialLines ? lines.size() - kPartialLines : 0;
  std::size_t words = 0;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const std::size_t firm = stable_words > words ? stable_words - words : 0;
    words += split_words(lines[n]).size();
    if (n < hidden) continue;
    if (n > hidden) out += "\r\n";
    out += shaded(lines[n], firm);
  }
  shown_ = static_cast<int>(lines.size() - hidden);
  return out;
}

std::string CaptionScreen::final(std::string_view text, int columns) {
  std::string out = erase();
  for (const std::string& line : wrap(printable(text), usable(columns))) out += line + "\r\n";
  return out;
}

std::string CaptionScreen::finish() {
  return erase();
}

}  // namespace sluice::text
