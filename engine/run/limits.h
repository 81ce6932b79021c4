// What one process takes on: sessions in all, and the size of each.
#pragma once

#include <cstddef>

#include "engine/core/result.h"
#include "engine/graph/plan.h"

namespace sluice {

struct Limits {
  std::size_t sessions = 1024;                    // that run at a time, of one executor
  std::size_t nodes = 4096;                       // of one session
  std::size_t pool_bytes = std::size_t{2} << 30;  // of blocks of one session
};

// Bytes of the blocks that a session of this plan allocates before it starts.
std::size_t pool_bytes(const Plan& plan);
// The error says by how much, and what to change. Not real-time safe.
Status check_limits(const Plan& plan, const Limits& limits);

}  // namespace sluice
