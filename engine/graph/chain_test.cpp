#include "engine/graph/chain.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

const Element& element(const Chains& chains, std::size_t chain, std::size_t n) {
  return chains.chains.at(chain).elements.at(n);
}

TEST(Chain, ReadsWordsBetweenArrows) {
  const Chains chains = parse_chains("mic -> bank.in->mux");
  ASSERT_TRUE(chains.errors.empty());
  EXPECT_EQ(element(chains, 0, 0).word, "mic");
  EXPECT_EQ(element(chains, 0, 1).word, "bank.in");
  EXPECT_EQ(element(chains, 0, 2).word, "mux");
  EXPECT_EQ(element(chains, 0, 2).word_at, 16u);
}

TEST(Chain, ReadsNamesTypesAndArguments) {
  const Chains chains = parse_chains("mic: audio.capture(rate=48 kHz, device = \"a, b (c)\")");
  ASSERT_TRUE(chains.errors.empty());
  const Element& mic = element(chains, 0, 0);
  EXPECT_EQ(mic.name, "mic");
  EXPECT_EQ(mic.word, "audio.capture");
  ASSERT_EQ(mic.arguments.size(), 2u);
  EXPECT_EQ(mic.arguments[0].name, "rate");
  EXPECT_EQ(mic.arguments[0].value, "48 kHz");
  EXPECT_EQ(mic.arguments[0].value_at, 24u);
  EXPECT_EQ(mic.arguments[1].name, "device");
  EXPECT_EQ(mic.arguments[1].value, "a, b (c)");
}

TEST(Chain, TakesPositionalArgumentsWithEqualSignsBehindTheFirstWord) {
  const Chains chains = parse_chains("read(http://host/a?b=c)");
  ASSERT_TRUE(chains.errors.empty());
  EXPECT_EQ(element(chains, 0, 0).arguments[0].name, "");
  EXPECT_EQ(element(chains, 0, 0).arguments[0].value, "http://host/a?b=c");
}

TEST(Chain, UnescapesDoubleQuotesAndLeavesSingleQuotesAlone) {
  const Chains chains = parse_chains(R"(a("say \"hi\" \\ now", b='c:\d'))");
  ASSERT_TRUE(chains.errors.empty());
  EXPECT_EQ(element(chains, 0, 0).arguments[0].value, R"(say "hi" \ now)");
  EXPECT_EQ(element(chains, 0, 0).arguments[1].value, R"(c:\d)");
}

TEST(Chain, KeepsBalancedParenthesesInAnArgument) {
  EXPECT_EQ(element(parse_chains("a(f(x, y), 2)"), 0, 0).arguments[0].value, "f(x, y)");
}

TEST(Chain, SeparatesChainsBySemicolonsAndNewlines) {
  const Chains chains = parse_chains("a -> b; c -> d\n# a remark\ne ->\n  f\n  -> g");
  ASSERT_TRUE(chains.errors.empty());
  ASSERT_EQ(chains.chains.size(), 3u);
  EXPECT_EQ(chains.chains[2].elements.size(), 3u);
}

TEST(Chain, SaysWhereItCannotGoOn) {
  const auto first_error = [](std::string_view text) {
    const Chains chains = parse_chains(text);
    return chains.errors.empty() ? std::string("none")
                                 : std::to_string(chains.errors[0].at) + ": " + chains.errors[0].message;
  };
  EXPECT_EQ(first_error("a -> "), "5: a node is missing at the end");
  EXPECT_EQ(first_error("a -> -> b"), "5: expected a node before '-'");
  EXPECT_EQ(first_error("a b"), "2: expected '->' or ';' before 'b'");
  EXPECT_EQ(first_error("a(b=1"), "1: this '(' is not closed");
  EXPECT_EQ(first_error("a(\"b)"), "2: this quote is not closed");
  EXPECT_EQ(first_error("a(,)"), "2: an argument is missing before ','");
  EXPECT_EQ(first_error("a: -> b"), "3: a type is missing after 'a:'");
  EXPECT_EQ(first_error("a.b: tone"), "0: 'a.b' is not a name: a letter, then letters, digits, '_' or '-'");
  EXPECT_EQ(first_error("a | b"), "2: expected '->' or ';' before '|'");
}

TEST(Chain, ReportsOneErrorForEachBrokenChain) {
  EXPECT_EQ(parse_chains("a ->; b -> c; -> d").errors.size(), 2u);
}

}  // namespace
}  // namespace sluice
