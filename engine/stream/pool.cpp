#include "engine/stream/pool.h"

#include <algorithm>
#include <new>

namespace sluice {

struct BlockPool::Slab {
  explicit Slab(std::size_t bytes)
      : memory(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{Block::kAlignment}))) {}
  ~Slab() { ::operator delete (memory, std::align_val_t{Block::kAlignment}); }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  Block block;
  std::byte* memory;
};

BlockPool::BlockPool(const BlockShape& shape, std::size_t blocks) : shape_(shape) {
  const std::size_t line = shape.sample_bytes ? Block::kAlignment / shape.sample_bytes : 1;
  stride_ = (shape.frames + line - 1) / line * line;
  payload_bytes_ =
      shape.sample_bytes ? std::max<std::size_t>(1, shape.channels * stride_) * shape.sample_bytes : shape.bytes;
  payload_bytes_ =
      (std::max<std::size_t>(payload_bytes_, 1) + Block::kAlignment - 1) / Block::kAlignment * Block::kAlignment;
  slabs_.reserve(blocks * 2);
  for (std::size_t n = 0; n < blocks; ++n) keep_free(allocate());
}

void BlockPool::keep_free(Block* block) noexcept {
  block->next_free_ = local_;
  local_ = block;
}

void BlockPool::reserve(std::size_t blocks) {
  Block* returned = returned_.exchange(nullptr, std::memory_order_acquire);
  while (returned) keep_free(std::exchange(returned, returned->next_free_));
  std::size_t free = 0;
  for (const Block* block = local_; block; block = block->next_free_) ++free;
  for (; free < blocks; ++free) keep_free(allocate());
}

BlockPool::~BlockPool() = default;

Block* BlockPool::allocate() {
  slabs_.push_back(std::make_unique<Slab>(payload_bytes_));
  Slab& slab = *slabs_.back();
  std::memset(slab.memory, 0, payload_bytes_);  // touches the pages before real time begins
  slab.block.payload_ = slab.memory;
  slab.block.pool_ = this;
  slab.block.stride_ = stride_;
  slab.block.channels_ = static_cast<std::uint32_t>(shape_.channels);
  slab.block.capacity_ = shape_.sample_bytes ? payload_bytes_ : shape_.bytes;
  return &slab.block;
}

BlockRef BlockPool::take() noexcept {
  if (!local_) local_ = returned_.exchange(nullptr, std::memory_order_acquire);
  Block* block = local_;
  if (block) {
    local_ = block->next_free_;
  } else {
    block = allocate();
    grown_.fetch_add(1, std::memory_order_relaxed);
  }
  block->header = BlockHeader{};
  block->header.frames = static_cast<std::int64_t>(shape_.frames);
  block->size_ = shape_.sample_bytes ? 0 : shape_.bytes;
  block->references_.store(1, std::memory_order_relaxed);
  return BlockRef::adopt(block);
}

void BlockPool::put_back(Block* block) noexcept {
  Block* head = returned_.load(std::memory_order_relaxed);
  do {
    block->next_free_ = head;
  } while (!returned_.compare_exchange_weak(head, block, std::memory_order_release, std::memory_order_relaxed));
}

void BlockRef::reset() noexcept {
  Block* block = std::exchange(block_, nullptr);
  if (!block) return;
  if (block->references_.load(std::memory_order_acquire) == 1 ||
      block->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    block->pool_->put_back(block);
}

}  // namespace sluice
