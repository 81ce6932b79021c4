// The CPUs of the machine, and binding a thread to one.
#pragma once

#include <vector>

namespace sluice {

// The numbers of the CPUs that the calling thread may run on, ascending. Not realtime-safe.
std::vector<int> allowed_cpus();

// From now on the calling thread runs on `cpu` only; false where that is not allowed.
bool bind_to_cpu(int cpu) noexcept;

}  // namespace sluice
