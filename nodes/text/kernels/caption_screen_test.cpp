#include "nodes/text/kernels/caption_screen.h"

#include <gtest/gtest.h>

#include <vector>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

// A terminal, as far as captions need one: text, CR, LF, CUU, ED, and SGR as nothing. It wraps nothing: a line that is
// too long fails the test.
class Terminal {
 public:
  explicit Terminal(int columns) : columns_(columns) {}

  void write(std::string_view bytes) {
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      if (bytes[n] == '\r') {
        column_ = 0;
      } else if (bytes[n] == '\n') {
        if (++row_ == lines_.size()) lines_.emplace_back();
      } else if (bytes[n] == '\033') {
        std::size_t end = n + 2;
        while (!std::isalpha(static_cast<unsigned char>(bytes[end]))) ++end;
        obey(bytes[end], bytes.substr(n + 2, end - n - 2));
        n = end;
      } else {
        lines_[row_].resize(column_++, ' ');
        lines_[row_] += bytes[n];
        EXPECT_LE(columns_of(lines_[row_]), columns_);
      }
    }
  }
  std::string screen() const {
    std::string text;
    for (const std::string& line : lines_) text += line + '|';
    return text;
  }

 private:
  void obey(char command, std::string_view argument) {
    if (command == 'A') row_ -= static_cast<std::size_t>(std::stoi(std::string(argument)));
    if (command == 'J') {
      lines_.resize(row_ + 1);
      lines_[row_].resize(column_);
    }
  }
  int columns_;
  std::vector<std::string> lines_{""};
  std::size_t row_ = 0, column_ = 0;
};

TEST(CaptionScreen, RewritesThePartialInPlaceAndKeepsTheFinal) {
  Terminal terminal(20);
  CaptionScreen captions;
  terminal.write(captions.partial("ask knot", 0, 20));
  EXPECT_EQ(terminal.screen(), "ask knot|");
  terminal.write(captions.partial("ask not what your country", 2, 20));
  EXPECT_EQ(terminal.screen(), "ask not what your|country|");
  terminal.write(captions.final("Ask not what your country can do.", 20));
  EXPECT_EQ(terminal.screen(), "Ask not what your|country can do.||");
  terminal.write(captions.partial("for", 0, 20));
  EXPECT_EQ(terminal.screen(), "Ask not what your|country can do.|for|");
  terminal.write(captions.finish());
  EXPECT_EQ(terminal.screen(), "Ask not what your|country can do.||");
}

TEST(CaptionScreen, ShowsTheEndOfALongPartial) {
  Terminal terminal(6);
  CaptionScreen captions;
  terminal.write(captions.partial("a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3", 0, 6));
  EXPECT_EQ(terminal.screen(), "a5 a6|a7 a8|a9 b1|b2 b3|");
}

TEST(CaptionScreen, ShowsAgreedWordsFirmAndTheRestGrey) {
  EXPECT_EQ(CaptionScreen().partial("ask not what", 2, 40), "ask not \033[90mwhat\033[0m");
  EXPECT_EQ(CaptionScreen().partial("ask not", 2, 40), "ask not");
  EXPECT_EQ(CaptionScreen().partial("ask not what your", 3, 9), "ask not\r\nwhat\r\n\033[90myour\033[0m");
}

TEST(CaptionScreen, DoesNotLetSpeechSteerTheTerminal) {
  EXPECT_EQ(CaptionScreen().final("a\033[2Jb", 40), "a [2Jb\r\n");
}

}  // namespace
}  // namespace sluice::text
