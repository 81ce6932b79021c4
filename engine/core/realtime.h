// REALTIME marks functions that run on the audio path: they never allocate, lock, log, wait or throw.
// The allocation-and-lock trap in engine/testing enforces it for every registered real-time node.
#pragma once

#if defined(__clang__) && __has_cpp_attribute(clang::nonblocking)
#define REALTIME noexcept [[clang::nonblocking]]
#else
#define REALTIME noexcept
#endif
