// A pool of equal blocks, owned by one output port.
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
};

// take(): one thread at a time (the port's island). Blocks come back from any thread.
// Realtime-safe as long as the pool is not exhausted; then it grows by one block, and grown() counts it.
// The pool must outlive its blocks.
class BlockPool {
 public:
  BlockPool(const BlockShape& shape, std::size_t blocks);
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A fresh block with one reference, a cleared header and, for samples, `header.frames` = shape.frames.
  BlockRef take() noexcept;

  // Makes sure that `blocks` are free. Not realtime-safe; taker's thread.
  void reserve(std::size_t blocks);

  const BlockShape& shape() const noexcept { return shape_; }
  std::size_t grown() const noexcept { return grown_.load(std::memory_order_relaxed); }

 private:
  friend class BlockRef;
  struct Slab;

  void put_back(Block* block) noexcept;
  Block* allocate();
  void keep_free(Block* block) noexcept;

  BlockShape shape_;
  std::size_t stride_ = 0;
  std::size_t payload_bytes_ = 0;
  std::vector<std::unique_ptr<Slab>> slabs_;
  Block* local_ = nullptr;                 // free blocks, taker's side
  std::atomic<Block*> returned_{nullptr};  // free blocks pushed by any thread; the taker takes the whole list at once
  std::atomic<std::size_t> grown_{0};
};

}  // namespace sluice
