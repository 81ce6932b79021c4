#include "nodes/speech/kernels/hotwords.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "nodes/speech/kernels/vocabulary.h"

namespace sluice::speech {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

Hotword parse_one(std::string_view text) {
  double weight = 1;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text), weight};
  const std::string_view number = trimmed(text.substr(colon + 1));
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), weight);
  if (parsed.ec != std::errc{} || parsed.ptr != number.data() + number.size() || !(weight == weight))
    return {std::string(text), 1};
  return {std::string(trimmed(text.substr(0, colon))), std::clamp(weight, 0.0, HotwordTree::kMaxWeight)};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), lower);
  return text;
}

std::string with_capitals(std::string text) {
  for (std::size_t n = 0; n < text.size(); ++n)
    if ((n == 0 || text[n - 1] == ' ') && text[n] >= 'a' && text[n] <= 'z') text[n] = static_cast<char>(text[n] - 32);
  return text;
}

}  // namespace

std::vector<Hotword> parse_hotwords(std::string_view text) {
  std::vector<Hotword> hotwords;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find_first_of(",\n"));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (Hotword hotword = parse_one(trimmed(item)); !hotword.phrase.empty()) hotwords.push_back(std::move(hotword));
  }
  return hotwords;
}

HotwordTree::HotwordTree(std::span<const Hotword> hotwords, const Vocabulary& vocabulary) {
  for (const Hotword& hotword : hotwords) {
    const float bonus = kBonus * static_cast<float>(std::clamp(hotword.weight, 0.0, kMaxWeight));
    const std::string small = in_lower_case(hotword.phrase);
    for (const std::string& form : std::set<std::string>{hotword.phrase, small, with_capitals(small)})
      add(vocabulary.encode(form), bonus);
  }
}

void HotwordTree::add(const std::vector<int>& tokens, float bonus) {
  std::size_t at = 0;
  for (const int token : tokens) {
    const auto [edge, fresh] = nodes_[at].next.try_emplace(token, nodes_.size());
    at = edge->second;
    if (fresh) nodes_.emplace_back();
    nodes_[at].bonus = std::max(nodes_[at].bonus, bonus);
  }
}

HotwordTree::State HotwordTree::after(const State& state, int token) const {
  State next;
  const auto follow = [&](std::size_t node) {
    const auto edge = nodes_[node].next.find(token);
    if (edge != nodes_[node].next.end()) next.push_back(edge->second);
  };
  follow(0);
  for (const std::size_t node : state) follow(node);
  return next;
}

int HotwordTree::best(std::span<const float> scores, const State& state) const {
  auto token = static_cast<int>(std::ranges::max_element(scores) - scores.begin());
  float highest = scores[static_cast<std::size_t>(token)];
  const auto raise = [&](std::size_t node) {
    for (const auto& [candidate, child] : nodes_[node].next) {
      const auto at = static_cast<std::size_t>(candidate);
      if (at >= scores.size() || scores[at] + nodes_[child].bonus <= highest) continue;
      highest = scores[at] + nodes_[child].bonus;
      token = candidate;
    }
  };
  raise(0);
  for (const std::size_t node : state) raise(node);
  return token;
}

}  // namespace sluice::speech
