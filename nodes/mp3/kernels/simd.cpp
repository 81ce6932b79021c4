#include "nodes/mp3/kernels/simd.h"

#include <array>
#include <atomic>
#include <cstdlib>

namespace sluice::mp3 {

// One per compilation of simd/.
namespace baseline {
extern const Simd kSimd;
}
#ifdef SLUICE_SIMD_X86
namespace avx2 {
extern const Simd kSimd;
}
namespace avx512 {
extern const Simd kSimd;
}
#endif

namespace {

struct Targets {
  std::array<const Simd*, 3> all{&baseline::kSimd};
  std::size_t count = 1;

  Targets() {
#ifdef SLUICE_SIMD_X86
    if (__builtin_cpu_supports("x86-64-v3")) all[count++] = &avx2::kSimd;
    if (__builtin_cpu_supports("x86-64-v4")) all[count++] = &avx512::kSimd;
#endif
  }
};

const Targets& targets() {
  static const Targets instance;
  return instance;
}

const Simd* initial_target() {
  const char* const wanted = std::getenv("SLUICE_SIMD");
  for (const Simd* target : simd_targets())
    if (wanted != nullptr && target->name == wanted) return target;
  return simd_targets().back();
}

std::atomic<const Simd*>& current() {
  static std::atomic<const Simd*> instance = initial_target();
  return instance;
}

}  // namespace

std::span<const Simd* const> simd_targets() {
  return std::span(targets().all).first(targets().count);
}

const Simd& simd() {
  return *current().load(std::memory_order_relaxed);
}

void use_simd(const Simd& target) {
  current().store(&target, std::memory_order_relaxed);
}

}  // namespace sluice::mp3
