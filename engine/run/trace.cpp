#include "engine/run/trace.h"

#include <pthread.h>

#include <array>
#include <bit>

namespace sluice {
namespace {

std::atomic<std::uint64_t> g_tracers{0};

}  // namespace

// One producer, the thread that claimed it; one consumer, the reader. Indices only grow.
struct Tracer::Ring {
  explicit Ring(std::size_t events) : mask(std::bit_ceil(events) - 1), slots(mask + 1) {}

  bool push(const Event& event) noexcept {
    const std::uint64_t at = tail.load(std::memory_order_relaxed);
    if (at - head.load(std::memory_order_acquire) > mask) return false;
    slots[at & mask] = event;
    tail.store(at + 1, std::memory_order_release);
    return true;
  }

  const std::size_t mask;
  std::vector<Event> slots;
  std::array<char, 16> thread_name{};  // written before the first event
  alignas(64) std::atomic<std::uint64_t> head{0};
  alignas(64) std::atomic<std::uint64_t> tail{0};
};

Tracer::Tracer(std::size_t threads, std::size_t events) : id_(g_tracers.fetch_add(1) + 1) {
  for (std::size_t n = 0; n < threads; ++n) rings_.push_back(std::make_unique<Ring>(events));
}
Tracer::~Tracer() = default;

Tracer::Name Tracer::name(std::string text, std::string category) {
  const std::lock_guard lock(mutex_);
  names_.push_back({std::move(text), std::move(category)});
  return static_cast<Name>(names_.size() - 1);
}

Tracer::Ring* Tracer::claim() noexcept {
  const std::size_t n = claimed_.fetch_add(1, std::memory_order_acq_rel);
  if (n >= rings_.size()) return nullptr;
  ::pthread_getname_np(::pthread_self(), rings_[n]->thread_name.data(), rings_[n]->thread_name.size());
  return rings_[n].get();
}

void Tracer::record(const Event& event) noexcept {
  thread_local std::uint64_t of_tracer = 0;
  thread_local Ring* ring = nullptr;
  if (of_tracer != id_) {
    ring = claim();
    of_tracer = id_;
  }
  if (!ring || !ring->push(event)) lost_.fetch_add(1, std::memory_order_relaxed);
}

void Tracer::drain(std::vector<Recorded>& into) {
  for (std::size_t n = 0; n < rings_.size(); ++n) {
    Ring& ring = *rings_[n];
    const std::uint64_t tail = ring.tail.load(std::memory_order_acquire);
    std::uint64_t head = ring.head.load(std::memory_order_relaxed);
    for (; head != tail; ++head) into.push_back({n, ring.slots[head & ring.mask]});
    ring.head.store(head, std::memory_order_release);
  }
}

std::vector<Tracer::Named> Tracer::names() const {
  const std::lock_guard lock(mutex_);
  return names_;
}

std::vector<std::string> Tracer::threads() const {
  std::vector<std::string> threads;
  for (const auto& ring : rings_)
    threads.emplace_back(ring->tail.load(std::memory_order_acquire) > 0 ? ring->thread_name.data() : "");
  return threads;
}

}  // namespace sluice
