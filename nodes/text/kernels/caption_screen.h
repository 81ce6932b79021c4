// Live captions on a terminal: finals scroll up as ordinary lines, the partial below them is rewritten in place, its
// agreed words firm and the rest grey. ECMA-48 control sequences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::text {

// Turns events into the bytes that a terminal is to be sent. Never more than kPartialLines are rewritten, so that a
// long partial cannot scroll away from under its own erasing.
class CaptionScreen {
 public:
  static constexpr int kPartialLines = 4;

  // columns: width of the terminal, at least 2; it may change between events.
  // The utterance so far: its first `stable_words` words are firm.
  std::string partial(std::string_view text, std::size_t stable_words, int columns);
  std::string final(std::string_view text, int columns);
  std::string finish();  // takes what is not final off the screen

 private:
  std::string erase();

  int shown_ = 0;  // lines of the partial
};

}  // namespace sluice::text
