#include "nodes/llm/kernels/alignment.h"

#include <algorithm>
#include <numeric>

namespace sluice::llm {
namespace {

// costs[i][j]: edits between the first i and the first j items (Wagner and Fischer, 1974).
template <typename Items>
std::vector<std::vector<std::size_t>> edit_costs(const Items& a, const Items& b) {
  std::vector costs(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  std::iota(costs[0].begin(), costs[0].end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    costs[i][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j)
      costs[i][j] = std::min({costs[i - 1][j - 1] + (a[i - 1] != b[j - 1]), costs[i - 1][j] + 1, costs[i][j - 1] + 1});
  }
  return costs;
}

}  // namespace

std::vector<Change> changes(std::span<const std::string> from, std::span<const std::string> to) {
  const auto costs = edit_costs(from, to);
  std::vector<Change> runs;
  std::size_t i = from.size(), j = to.size();
  const auto grow = [&](std::size_t before_i, std::size_t before_j) {
    if (runs.empty() || runs.back().from != i || runs.back().to != j) runs.push_back({i, i, j, j});
    runs.back().from = i = before_i;
    runs.back().to = j = before_j;
  };
  while (i > 0 || j > 0) {
    const bool both = i > 0 && j > 0;
    if (both && from[i - 1] == to[j - 1] && costs[i][j] == costs[i - 1][j - 1])
      --i, --j;
    else if (both && costs[i][j] == costs[i - 1][j - 1] + 1)
      grow(i - 1, j - 1);
    else if (i > 0 && costs[i][j] == costs[i - 1][j] + 1)
      grow(i - 1, j);
    else
      grow(i, j - 1);
  }
  std::ranges::reverse(runs);
  return runs;
}

double letter_distance(std::string_view a, std::string_view b) {
  const std::size_t longer = std::max(a.size(), b.size());
  return longer == 0 ? 0 : static_cast<double>(edit_costs(a, b).back().back()) / static_cast<double>(longer);
}

}  // namespace sluice::llm
