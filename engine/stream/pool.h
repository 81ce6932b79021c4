// A pool of equal blocks, for the output ports of one island that emit blocks of one shape.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/stream/block.h"

namespace sluice {

// Shape of a pool's blocks. Sample blocks hold channels x frames samples; others hold `bytes`.
struct BlockShape {
  std::size_t channels = 0;
  std::size_t frames = 0;        // per channel
  std::size_t sample_bytes = 0;  // 4 for float, 8 for complex float; 0 for packets, text and structs
  std::size_t bytes = 0;         // payload of packets, text and structs

  bool operator==(const BlockShape&) const = default;
};

// take(): one thread at a time, the island's. Blocks come back from any thread; from a turn of that island they are the
// next to be taken, so that a chain of nodes works in a few blocks that stay in the first-level cache.
// Realtime-safe as long as the pool is not exhausted; then it grows by one block, and grown() counts it.
// The pool must outlive its blocks.
class BlockPool {
 public:
  // `taker`: the island that takes blocks (see Turn); null: no island, every block comes back by atomics.
  BlockPool(const BlockShape& shape, std::size_t blocks, const void* taker = nullptr);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A fresh block with one reference, a cleared header and, for samples, `header.frames` = shape.frames.
  BlockRef take() noexcept {
    if (!free_.local) [[unlikely]]
      refill();
    Block* block = free_.local;
    free_.local = block->next_free_;
    block->header = BlockHeader{.frames = static_cast<std::int64_t>(shape_.frames)};
    block->size_ = shape_.bytes;
    return BlockRef::adopt(block);
  }

  // Makes sure that `blocks` are free. Not realtime-safe; taker's thread.
  void reserve(std::size_t blocks);

  // The island that takes blocks, or null; and whether no block is under way, for a thread that has stopped that
  // island.
  const void* taker() const noexcept { return free_.taker; }
  bool all_home() const noexcept;

  const BlockShape& shape() const noexcept { return shape_; }
  std::size_t grown() const noexcept { return grown_.load(std::memory_order_relaxed); }

 private:
  struct Slab;

  void refill() noexcept;
  Block* allocate();
  void keep_free(Block* block) noexcept;

  FreeBlocks free_;
  const BlockShape shape_;
  std::size_t stride_ = 0;  // samples between channels
  std::size_t payload_bytes_ = 0;
  std::vector<std::unique_ptr<Slab>> slabs_;
  std::atomic<std::size_t> grown_{0};
};

}  // namespace sluice
