#include "engine/core/denormals.h"

namespace sluice {
namespace {

#if defined(__SSE2__)
constexpr std::uint64_t kOff = 0x8000 | 0x0040;  // flush to zero, denormals are zero
std::uint64_t mode() noexcept {
  return __builtin_ia32_stmxcsr();
}
void set_mode(std::uint64_t mode) noexcept {
  __builtin_ia32_ldmxcsr(static_cast<unsigned>(mode));
}
#elif defined(__aarch64__)
constexpr std::uint64_t kOff = std::uint64_t{1} << 24;  // FZ
std::uint64_t mode() noexcept {
  std::uint64_t fpcr = 0;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr;
}
void set_mode(std::uint64_t mode) noexcept {
  asm volatile("msr fpcr, %0" : : "r"(mode));
}
#else
constexpr std::uint64_t kOff = 0;
std::uint64_t mode() noexcept {
  return 0;
}
void set_mode(std::uint64_t) noexcept {}
#endif

}  // namespace

DenormalsOff::DenormalsOff() noexcept : before_(mode()) {
  set_mode(before_ | kOff);
}

DenormalsOff::~DenormalsOff() {
  set_mode(before_);
}

bool DenormalsOff::possible() noexcept {
  return kOff != 0;
}

}  // namespace sluice
