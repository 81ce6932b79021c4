// A Block is an immutable, reference-counted, pooled piece of a stream. Fan-out shares it; the only holder may write.
#pragma once

#include <atomic>
#include <cassert>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/core/clock.h"
#include "engine/core/realtime.h"

namespace sluice {

enum BlockFlag : std::uint32_t {
  kDiscontinuity = 1u << 0,  // blocks are missing before this one: codecs resynchronise
  kIndependent = 1u << 1,    // may be dropped, or joined at, without harm to its neighbours
  kRewrite =
      1u << 2,  // packet whose bytes replace those at byte `position` of the stream written so far (file headers)
};

struct BlockHeader {
  Time capture_time{};         // of the first sample, on the engine's clock; zero: emit() puts the present time
  std::uint64_t sequence = 0;  // counts up by one per block of a port; a gap means loss
  std::int64_t position = 0;   // sample frames since the start of the stream, at the format's rate
  std::int64_t frames = 0;     // duration in sample frames
  std::uint32_t flags = 0;     // BlockFlag
};

class Block;

// An island's turn on this thread: what it gives back costs no atomics. Without an island: any other thread.
struct Turn {
  const void* island = nullptr;
  // References to one shared block that this turn has dropped, but not subtracted yet: the branches of a fan-out drop
  // the same block one after another.
  Block* dropped = nullptr;
  std::uint32_t drops = 0;

  void begin(const void* of) noexcept { island = of; }
  void end() noexcept;
  void subtract() noexcept;
};
inline constinit thread_local Turn running_turn;

// Where the free blocks of a pool wait.
struct FreeBlocks {
  Block* local = nullptr;                 // for `taker` only, last in first out: the next block is warm in the cache
  const void* taker = this;               // the island whose nodes take blocks; itself: nobody's turn counts
  std::atomic<Block*> returned{nullptr};  // pushed by any thread; the taker takes the whole list at once
};

// Payload views: audio and iq are planar, one run of `frames` samples per channel; packets and text are bytes;
// a family's own payload is one trivially copyable struct.
class alignas(64) Block {
 public:
  static constexpr std::size_t kAlignment = 64;  // cache line, and the widest vector

  BlockHeader header;

  bool has(BlockFlag flag) const noexcept { return (header.flags & flag) != 0; }
  bool discontinuity() const noexcept { return has(kDiscontinuity); }

  std::size_t frames() const noexcept { return static_cast<std::size_t>(header.frames); }
  std::size_t channels() const noexcept { return channels_; }
  std::span<const float> channel(std::size_t c) const noexcept { return {samples<float>(c), frames()}; }
  std::span<float> channel(std::size_t c) noexcept { return {samples<float>(c), frames()}; }
  std::span<const std::complex<float>> iq() const noexcept { return {samples<std::complex<float>>(0), frames()}; }
  std::span<std::complex<float>> iq() noexcept { return {samples<std::complex<float>>(0), frames()}; }

  std::span<const std::byte> bytes() const noexcept { return {payload_, size_}; }
  std::span<std::byte> bytes() noexcept { return {payload_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(payload_), size_}; }
  std::size_t capacity() const noexcept { return capacity_; }
  // Sets the length of a packet or text; at most capacity().
  void resize(std::size_t bytes) noexcept { size_ = bytes <= capacity_ ? bytes : capacity_; }

  template <typename T>
  const T& as() const noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    return *reinterpret_cast<const T*>(payload_);
  }
  template <typename T>
  T& as() noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    return *reinterpret_cast<T*>(payload_);
  }

  // True when the caller's reference is the only one: it may write in place.
  bool unique() const noexcept {
    const std::uint32_t dropped = running_turn.dropped == this ? running_turn.drops : 0;
    return references_.load(std::memory_order_acquire) - dropped == 1;
  }

 private:
  friend class BlockPool;
  friend class BlockRef;
  friend struct Turn;

  template <typename T>
  T* samples(std::size_t c) const noexcept {
    return reinterpret_cast<T*>(payload_) + c * stride_;
  }

  void drop() noexcept {
    const std::uint32_t references = references_.load(std::memory_order_acquire);
    if (references != 1 && !drop_shared(references)) return;
    if (home_->taker != running_turn.island) return go_home();
    next_free_ = home_->local;
    home_->local = this;
  }
  bool drop_shared(std::uint32_t references) noexcept;  // true when it was the last one
  void go_home() noexcept;                              // from another thread than the taker's

  static constexpr std::uint32_t kFreeReferences = 1;  // of a free block: its next holder's
  std::atomic<std::uint32_t> references_{kFreeReferences};
  std::uint32_t channels_ = 0;
  std::byte* payload_ = nullptr;
  FreeBlocks* home_ = nullptr;
  Block* next_free_ = nullptr;
  std::size_t stride_ = 0;    // samples between channels
  std::size_t size_ = 0;      // bytes in use (packets, text)
  std::size_t capacity_ = 0;  // bytes
};

// Owning reference to a Block; the last one returns the block to its pool.
// Thread-safe: distinct BlockRefs to one block may live on distinct threads. Realtime-safe: yes.
class BlockRef {
 public:
  BlockRef() = default;
  BlockRef(const BlockRef& other) noexcept : block_(other.block_) {
    if (block_) block_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockRef() { reset(); }

  void reset() noexcept {
    if (Block* block = std::exchange(block_, nullptr)) block->drop();
  }
  // One more reference for each of `others` owners, who adopt() the block. A reference must be held.
  void share(std::uint32_t others) const noexcept {
    if (others > 0) block_->references_.fetch_add(others, std::memory_order_relaxed);
  }
  Block* get() const noexcept { return block_; }
  Block* operator->() const noexcept { return block_; }
  Block& operator*() const noexcept { return *block_; }
  explicit operator bool() const noexcept { return block_ != nullptr; }

  // For rings that store plain pointers: gives up ownership, and takes it back.
  Block* release() noexcept { return std::exchange(block_, nullptr); }
  static BlockRef adopt(Block* block) noexcept {
    BlockRef ref;
    ref.block_ = block;
    return ref;
  }

 private:
  Block* block_ = nullptr;
};

}  // namespace sluice
