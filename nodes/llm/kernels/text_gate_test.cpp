#include "nodes/llm/kernels/text_gate.h"

#include <gtest/gtest.h>

namespace sluice::llm {
namespace {

std::string through(std::string_view text, std::size_t piece, std::vector<std::string> stop_words) {
  TextGate gate(std::move(stop_words));
  std::string passed;
  for (std::size_t at = 0; at < text.size(); at += piece) passed += gate.pass(text.substr(at, piece));
  return passed + gate.flush();
}

TEST(TextGate, PassesWholeCharacters) {
  TextGate gate({});
  EXPECT_EQ(gate.pass("caf\xC3"), "caf");
  EXPECT_EQ(gate.pass("\xA9 \xE4\xBD"), "\xC3\xA9 ");
  EXPECT_EQ(gate.pass("\xA0"), "\xE4\xBD\xA0");
}

TEST(TextGate, StopsAtAStopWordHoweverItIsCut) {
  for (std::size_t piece = 1; piece < 12; ++piece) {
    EXPECT_EQ(through("one\nUser: two", piece, {"\nUser:", "###"}), "one") << piece;
    EXPECT_EQ(through("one\nUse two", piece, {"\nUser:", "###"}), "one\nUse two") << piece;
  }
}

TEST(TextGate, ClosesForGood) {
  TextGate gate({"."});
  EXPECT_EQ(gate.pass("a.b"), "a");
  EXPECT_TRUE(gate.closed());
  EXPECT_EQ(gate.pass("c"), "");
  EXPECT_EQ(gate.flush(), "");
}

TEST(TextGate, EndsACharacterThatNeverDid) {
  EXPECT_EQ(through("x\xE4\xBD", 1, {}), "x\xEF\xBF\xBD");
}

}  // namespace
}  // namespace sluice::llm
