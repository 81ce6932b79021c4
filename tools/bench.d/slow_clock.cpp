// For LD_PRELOAD: the monotonic clock goes SLOW_CLOCK times as slowly, and how often it was read is told at the end. So
// a program that valgrind slows down does what it does once in a millisecond for as many blocks as without valgrind.
#include <dlfcn.h>
#include <time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace {

using Read = int (*)(clockid_t, timespec*);
constexpr long kSecond = 1'000'000'000;  // ns

std::atomic<unsigned long> reads{0};

struct AtExit {
  ~AtExit() {
    if (reads > 0) std::fprintf(stderr, "clock reads: %lu\n", reads.load());
  }
} at_exit;

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  static const Read read = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "clock_gettime"));
  static const char* const slow = std::getenv("SLOW_CLOCK");
  static const double factor = slow ? std::atof(slow) : 1;
  if (clock != CLOCK_MONOTONIC) return read(clock, time);
  reads.fetch_add(1, std::memory_order_relaxed);
  if (const int status = read(CLOCK_PROCESS_CPUTIME_ID, time); status != 0) return status;
  const double spent = static_cast<double>(time->tv_sec) * kSecond + static_cast<double>(time->tv_nsec);
  const long now = static_cast<long>(spent / factor) + kSecond;  // never 0
  *time = {.tv_sec = now / kSecond, .tv_nsec = now % kSecond};
  return 0;
}

// Nanoseconds that a read of the system's clock takes here.
extern "C" double read_cost_ns() {
  constexpr int kReads = 2'000'000;
  timespec begin, end;
  const auto read = reinterpret_cast<Read>(dlsym(RTLD_NEXT, "clock_gettime"));
  read(CLOCK_MONOTONIC, &begin);
  for (int n = 0; n < kReads; ++n) read(CLOCK_MONOTONIC, &end);
  return (static_cast<double>(end.tv_sec - begin.tv_sec) * kSecond + static_cast<double>(end.tv_nsec - begin.tv_nsec)) /
         kReads;
}
