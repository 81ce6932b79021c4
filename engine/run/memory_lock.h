// Keeps the process in memory: a page fault on the audio path costs more than a block lasts.
#pragma once

namespace sluice {

// Locks what the process has touched, and what it will touch, into memory (mlockall with MCL_ONFAULT: pages that are
// never used stay out). True when it is locked, now or by an earlier call. It is not tried where a limit could make a
// later allocation fail: it takes CAP_IPC_LOCK, or an unlimited RLIMIT_MEMLOCK. Thread-safe; not realtime-safe.
bool lock_memory() noexcept;

}  // namespace sluice
