#include "engine/testing/realtime_trap.h"

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>

#ifdef SLUICE_SANITIZED  // it has a malloc of its own
#define SLUICE_TRAP_ACTIVE 0
#else
#define SLUICE_TRAP_ACTIVE 1
#endif

namespace {

thread_local constinit int armed = 0;
thread_local constinit int caught = 0;
thread_local constinit const char* first = "";

[[maybe_unused]] void note(const char* call) noexcept {
  if (!armed) return;
  if (caught++ == 0) first = call;
}

template <typename F>
[[maybe_unused]] F* next_symbol(const char* name) noexcept {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#if SLUICE_TRAP_ACTIVE
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t bytes) {
  note("malloc");
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  note("calloc");
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, std::size_t bytes) {
  note("realloc");
  return __libc_realloc(block, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  note("aligned_alloc");
  return __libc_memalign(alignment, bytes);
}
void free(void* block) {
  if (block) note("free");
  __libc_free(block);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static auto* const real = next_symbol<int(pthread_mutex_t*)>("pthread_mutex_lock");
  note("pthread_mutex_lock");
  return real(mutex);
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = next_symbol<int(pthread_cond_t*, pthread_mutex_t*)>("pthread_cond_wait");
  note("pthread_cond_wait");
  return real(condition, mutex);
}
int nanosleep(const timespec* time, timespec* left) {
  static auto* const real = next_symbol<int(const timespec*, timespec*)>("nanosleep");
  note("nanosleep");
  return real(time, left);
}
}
#endif

namespace sluice {

RealtimeTrap::RealtimeTrap() noexcept {
  ++armed;
  caught = 0;
  first = "";
}
RealtimeTrap::~RealtimeTrap() {
  --armed;
}
int RealtimeTrap::violations() const noexcept {
  return caught;
}
const char* RealtimeTrap::first_call() const noexcept {
  return first;
}
bool RealtimeTrap::active() noexcept {
  return SLUICE_TRAP_ACTIVE;
}

}  // namespace sluice
