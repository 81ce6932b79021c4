#include "engine/run/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/core/quantity.h"
#include "engine/run/wiring.h"

namespace sluice {
namespace {

struct Share {
  BlockShape shape;
  std::size_t ports = 0;
};

double bytes_of(const BlockShape& shape) {
  const auto samples = static_cast<double>(shape.channels) * static_cast<double>(shape.frames);
  return static_cast<double>(sizeof(Block)) +
         (shape.sample_bytes ? samples * static_cast<double>(shape.sample_bytes) : static_cast<double>(shape.bytes));
}

}  // namespace

std::size_t pool_bytes(const Plan& plan) {
  double total = 0;
  for (const Island& island : plan.islands) {
    std::vector<Share> shares;
    for (const std::size_t n : island.nodes)
      for (const OutPort* out : plan.graph.nodes[n].node->outs()) {
        const BlockShape shape = PortWiring::shape(*out);
        auto share = std::ranges::find(shares, shape, &Share::shape);
        if (share == shares.end()) share = shares.insert(shares.end(), {shape, 0});
        ++share->ports;
      }
    for (const Share& share : shares)
      total += bytes_of(share.shape) * static_cast<double>(blocks_in_pool(share.ports, plan));
  }
  return static_cast<std::size_t>(std::min(total, 1e18));
}

Status check_limits(const Plan& plan, const Limits& limits) {
  const std::size_t nodes = plan.graph.nodes.size();
  if (nodes > limits.nodes)
    return Error{"session", fmt::format("the graph has {} nodes, allowed: {}", nodes, limits.nodes)};
  const std::size_t bytes = pool_bytes(plan);
  if (bytes > limits.pool_bytes)
    return Error{
        "session",
        fmt::format("its blocks would take {:.0f} MiB, allowed: {:.0f} MiB; shorten the blocks of its sources, or "
                    "cut it less often",
                    static_cast<double>(bytes) / 1048576, static_cast<double>(limits.pool_bytes) / 1048576)};
  return {};
}

}  // namespace sluice
