// Contextual biasing: phrases that the speaker is expected to say, as a tree of tokens. Where a recogniser finds one
// nearly as likely as what it would say itself, it tries it to its end and keeps it whole, or goes back. Shallow fusion
// by trie (Zhao et al., "Shallow-Fusion End-to-End Contextual Biasing", Interspeech 2019), with a budget for the phrase
// in place of a bonus for each token: a bonus alone lets a hundred phrases bend whatever begins as one of them does.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::speech {

class Vocabulary;

struct Hotword {
  std::string phrase;
  double weight = 1;  // 1: as strong as is good in general

  bool operator==(const Hotword&) const = default;
};

// "Sense and Sensibility, Kubernetes:1.2\nFanny": phrases with commas or line ends between, each with ":weight" if it
// is not 1. Weights outside of 0..kMaxWeight are brought inside.
std::vector<Hotword> parse_hotwords(std::string_view text);

// Immutable after its making: any thread.
class HotwordTree {
 public:
  // What a phrase may cost in all, for each of its words and at weight 1: natural logarithms of probabilities, of
  // tokens that begin a word against the recogniser's own choice, of those within one against certainty (there a wrong
  // beginning has no rivals left). Measured (tools/bench speech --runs hotwords): "clubs" for "gloves" costs 1.8,
  // "quinoa" for "queen" 2.3.
  static constexpr float kBudget = 2;
  static constexpr double kMaxWeight = 1.5;

  HotwordTree() = default;
  // Each phrase as it is written, in lower case, and with capitals at the beginnings of its words.
  HotwordTree(std::span<const Hotword> hotwords, const Vocabulary& vocabulary);

  bool empty() const { return nodes_.size() < 2; }

  struct Step {
    int token;
    std::size_t node;
    float cost;
  };
  static constexpr std::size_t kRoot = 0;
  // First tokens of phrases that do not cost more than those may: the cheapest, at most `most` of them.
  // scores: [vocabulary], logits, one at least.
  std::vector<Step> beginnings(std::span<const float> scores, std::size_t most) const;
  // The cheapest token that goes on from a node.
  std::optional<Step> continuation(std::size_t node, std::span<const float> scores) const;
  // The same for one token; nothing where no phrase goes on so.
  std::optional<Step> step(std::size_t node, int token, std::span<const float> scores) const;

  // What the phrase that ends here may cost; 0 where none does.
  float own_budget(std::size_t node) const { return nodes_[node].own; }
  // The most that a phrase through here may cost.
  float budget(std::size_t node) const { return nodes_[node].through; }

 private:
  struct Node {
    std::map<int, std::size_t> next;  // by token
    float own = 0, through = 0;       // budgets
    bool within = false;              // the token that leads here goes on with a word
  };
  void add(const std::vector<int>& tokens, float budget, const Vocabulary& vocabulary);

  std::vector<Node> nodes_ = std::vector<Node>(1);  // the root
};

}  // namespace sluice::speech
