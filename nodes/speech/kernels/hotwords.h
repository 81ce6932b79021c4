// Contextual biasing: phrases that the speaker is expected to say, as a tree of tokens that adds to the scores of those
// which continue one. Shallow fusion by trie; Zhao et al., "Shallow-Fusion End-to-End Contextual Biasing", Interspeech
// 2019.
#pragma once

#include <cstddef>
#include <map>
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
  // In logits, at weight 1. Measured: 2 and 4 cut the word error rate alike, at 6 phrases replace what was said.
  static constexpr float kBonus = 4;
  static constexpr double kMaxWeight = 1.5;

  HotwordTree() = default;
  // Each phrase as it is written, in lower case, and with capitals at the beginnings of its words.
  HotwordTree(std::span<const Hotword> hotwords, const Vocabulary& vocabulary);

  bool empty() const { return nodes_.size() < 2; }
  // Where phrases stand after some tokens: the nodes that their ends have reached.
  using State = std::vector<std::size_t>;
  State start() const { return {}; }
  State after(const State& state, int token) const;

  // The token with the highest sum of score and bonus. scores: [vocabulary], logits, one at least.
  int best(std::span<const float> scores, const State& state) const;

 private:
  struct Node {
    std::map<int, std::size_t> next;  // by token
    float bonus = 0;                  // of the token that leads here
  };
  void add(const std::vector<int>& tokens, float bonus);

  std::vector<Node> nodes_ = std::vector<Node>(1);  // the root
};

}  // namespace sluice::speech
