// Denormal numbers off: a filter that decays towards zero must not become a hundred times slower, and what a graph
// computes must not depend on the thread that runs it.
#pragma once

#include <cstdint>

namespace sluice {

// While it lives, this thread takes denormal operands as zero and gives zero for denormal results; then the mode before
// is back. x86: MXCSR, FTZ and DAZ (Intel SDM vol. 1, 10.2.3); AArch64: FPCR.FZ (Arm ARM C5.2.7); elsewhere: nothing.
// Realtime-safe.
class DenormalsOff {
 public:
  DenormalsOff() noexcept;
  ~DenormalsOff();
  DenormalsOff(const DenormalsOff&) = delete;
  DenormalsOff& operator=(const DenormalsOff&) = delete;

  static bool possible() noexcept;  // on this kind of machine

 private:
  std::uint64_t before_;
};

}  // namespace sluice
