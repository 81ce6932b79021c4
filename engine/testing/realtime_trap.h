// Catches what a real-time function must not do: allocate, free, lock a mutex, sleep.
// While a RealtimeTrap lives, such calls on its thread are counted and the first is remembered.
// Works by interposing the C library's functions in test programs; under a sanitizer, which owns them, it sees nothing.
#pragma once

#include <string>

namespace sluice {

class RealtimeTrap {
 public:
  RealtimeTrap() noexcept;
  ~RealtimeTrap();
  RealtimeTrap(const RealtimeTrap&) = delete;
  RealtimeTrap& operator=(const RealtimeTrap&) = delete;

  int violations() const noexcept;          // calls caught so far on this thread
  const char* first_call() const noexcept;  // "malloc", "pthread_mutex_lock", ...; empty if none

  static bool active() noexcept;  // false under a sanitizer
};

}  // namespace sluice
