#include "nodes/speech/kernels/hotwords.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "nodes/speech/kernels/log_sum_exp.h"
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
    const auto words = static_cast<float>(1 + std::ranges::count(hotword.phrase, ' '));
    const float budget = kBudget * words * static_cast<float>(std::clamp(hotword.weight, 0.0, kMaxWeight));
    const std::string small = in_lower_case(hotword.phrase);
    if (budget == 0) continue;
    for (const std::string& form : std::set<std::string>{hotword.phrase, small, with_capitals(small)})
      add(vocabulary.encode(form), budget, vocabulary);
  }
}

void HotwordTree::add(const std::vector<int>& tokens, float budget, const Vocabulary& vocabulary) {
  std::size_t at = kRoot;
  for (const int token : tokens) {
    const auto [edge, fresh] = nodes_[at].next.try_emplace(token, nodes_.size());
    at = edge->second;
    if (fresh) nodes_.emplace_back().within = !vocabulary.begins_word(token);
    nodes_[at].through = std::max(nodes_[at].through, budget);
  }
  nodes_[at].own = std::max(nodes_[at].own, budget);
}

std::vector<HotwordTree::Step> HotwordTree::beginnings(std::span<const float> scores, std::size_t most) const {
  std::vector<Step> steps;
  const float highest = std::ranges::max(scores);
  for (const auto& [token, node] : nodes_[kRoot].next) {
    const auto at = static_cast<std::size_t>(token);
    if (at < scores.size() && highest - scores[at] <= nodes_[node].through)
      steps.push_back({token, node, highest - scores[at]});
  }
  std::ranges::sort(steps, {}, &Step::cost);
  steps.resize(std::min(steps.size(), most));
  return steps;
}

std::optional<HotwordTree::Step> HotwordTree::continuation(std::size_t node, std::span<const float> scores) const {
  std::optional<Step> cheapest;
  for (const auto& [token, child] : nodes_[node].next)
    if (const auto one = step(node, token, scores); one && (!cheapest || one->cost < cheapest->cost)) cheapest = one;
  return cheapest;
}

std::optional<HotwordTree::Step> HotwordTree::step(std::size_t node, int token, std::span<const float> scores) const {
  const auto edge = nodes_[node].next.find(token);
  if (edge == nodes_[node].next.end() || static_cast<std::size_t>(token) >= scores.size()) return {};
  const float best = nodes_[edge->second].within ? log_sum_exp(scores) : std::ranges::max(scores);
  return Step{token, edge->second, best - scores[static_cast<std::size_t>(token)]};
}

}  // namespace sluice::speech
