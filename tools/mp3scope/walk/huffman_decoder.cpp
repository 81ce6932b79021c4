#include "tools/mp3scope/walk/huffman_decoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "nodes/mp3/kernels/tables.h"

namespace sluice::mp3scope {
namespace {

using mp3::BitReader;

// A code tree: the first bits by a table, the rest bit by bit.
class CodeTree {
 public:
  explicit CodeTree(const mp3::HuffmanTable& table) : nodes_(1) {
    for (std::size_t i = 0; i < table.code.size(); ++i) insert(table.code[i], table.length[i], static_cast<int>(i));
    for (unsigned bits = 0; bits < first_.size(); ++bits) first_[bits] = descend(bits);
  }

  // The index of the next code in its table; -1 where the bits are none.
  int read(BitReader& in) const {
    const Step& step = first_[in.peek(kFirstBits)];
    in.skip(static_cast<std::size_t>(step.bits));
    int node = step.node;
    while (node > 0 && nodes_[static_cast<std::size_t>(node)].leaf < 0)
      node = nodes_[static_cast<std::size_t>(node)].next[in.get(1)];
    return node > 0 ? nodes_[static_cast<std::size_t>(node)].leaf : -1;
  }

 private:
  static constexpr int kFirstBits = 8;
  struct TreeNode {
    std::array<int, 2> next{};  // 0: no such code
    int leaf = -1;
  };
  struct Step {
    int node, bits;
  };

  void insert(unsigned code, int length, int leaf) {
    std::size_t node = 0;
    for (int bit = length - 1; bit >= 0; --bit) {
      const unsigned side = code >> bit & 1u;
      if (nodes_[node].next[side] == 0) {
        nodes_[node].next[side] = static_cast<int>(nodes_.size());
        nodes_.emplace_back();
      }
      node = static_cast<std::size_t>(nodes_[node].next[side]);
    }
    nodes_[node].leaf = leaf;
  }

  Step descend(unsigned bits) const {
    int node = 0;
    for (int taken = 0; taken < kFirstBits; ++taken) {
      node = nodes_[static_cast<std::size_t>(node)].next[bits >> (kFirstBits - 1 - taken) & 1u];
      if (node == 0 || nodes_[static_cast<std::size_t>(node)].leaf >= 0) return {node, taken + 1};
    }
    return {node, kFirstBits};
  }

  std::vector<TreeNode> nodes_;
  std::array<Step, 1 << kFirstBits> first_{};
};

const CodeTree& tree(int table) {
  static const std::vector<CodeTree> trees(mp3::kHuffman.begin(), mp3::kHuffman.end());
  return trees[static_cast<std::size_t>(table)];
}

int signed_value(int magnitude, int linbits, BitReader& in) {
  if (magnitude == 15 && linbits > 0) magnitude += static_cast<int>(in.get(linbits));
  return magnitude != 0 && in.get(1) == 1 ? -magnitude : magnitude;
}

}  // namespace

bool table_exists(int table) {
  return table >= 0 && table < 32 && table != 4 && table != 14;
}

Pair read_pair(int table, BitReader& in) {
  const mp3::HuffmanTable& codes = mp3::kHuffman[static_cast<std::size_t>(table)];
  if (codes.xlen == 0) return {0, 0};
  const int index = std::max(0, tree(table).read(in));
  const int x = signed_value(index / codes.xlen, codes.linbits, in);
  const int y = signed_value(index % codes.xlen, codes.linbits, in);
  return {x, y};
}

int read_quadruple(int table, BitReader& in) {
  const int index = std::max(0, tree(32 + table).read(in));
  const int ones = std::popcount(static_cast<unsigned>(index));
  in.skip(static_cast<std::size_t>(ones));  // signs
  return ones;
}

}  // namespace sluice::mp3scope
