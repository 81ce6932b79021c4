#include "engine/stream/pool.h"

#include <algorithm>
#include <new>

namespace sluice {
namespace {

constexpr std::size_t round_up(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

bool Block::drop_shared(std::uint32_t references) noexcept {
  Turn& turn = running_turn;
  if (!turn.island) {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
    references_.store(kFreeReferences, std::memory_order_relaxed);
    return true;
  }
  if (turn.dropped != this) {
    turn.subtract();
    turn.dropped = this;
  }
  if (references > ++turn.drops) return false;
  turn.dropped = nullptr;  // no other reference is left than those this turn has dropped
  turn.drops = 0;
  references_.store(kFreeReferences, std::memory_order_relaxed);
  return true;
}

void Turn::subtract() noexcept {
  Block* block = std::exchange(dropped, nullptr);
  const std::uint32_t count = std::exchange(drops, 0);
  if (!block || block->references_.fetch_sub(count, std::memory_order_acq_rel) != count) return;
  block->references_.store(Block::kFreeReferences, std::memory_order_relaxed);
  block->go_home();
}

void Turn::end() noexcept {
  subtract();
  island = nullptr;
}

void Block::go_home() noexcept {
  Block* head = home_->returned.load(std::memory_order_relaxed);
  do {
    next_free_ = head;
  } while (!home_->returned.compare_exchange_weak(head, this, std::memory_order_release, std::memory_order_relaxed));
}

// A block with its payload right behind it.
struct BlockPool::Slab {
  explicit Slab(std::size_t payload_bytes)
      : memory(static_cast<std::byte*>(
            ::operator new (sizeof(Block) + payload_bytes, std::align_val_t{Block::kAlignment}))),
        block(new (memory) Block) {
    std::memset(payload(), 0, payload_bytes);  // touches the pages before real time begins
  }
  ~Slab() {
    block->~Block();
    ::operator delete (memory, std::align_val_t{Block::kAlignment});
  }
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  std::byte* payload() const { return memory + sizeof(Block); }

  std::byte* memory;
  Block* block;
};

BlockPool::BlockPool(const BlockShape& shape, std::size_t blocks, const void* taker) : shape_(shape) {
  if (taker) free_.taker = taker;
  const std::size_t line = shape.sample_bytes ? Block::kAlignment / shape.sample_bytes : 1;
  stride_ = round_up(shape.frames, line);
  const std::size_t bytes = shape.sample_bytes ? shape.channels * stride_ * shape.sample_bytes : shape.bytes;
  payload_bytes_ = round_up(std::max<std::size_t>(bytes, 1), Block::kAlignment);
  slabs_.reserve(blocks * 2);
  for (std::size_t n = 0; n < blocks; ++n) keep_free(allocate());
}

BlockPool::~BlockPool() = default;

void BlockPool::keep_free(Block* block) noexcept {
  block->next_free_ = free_.local;
  free_.local = block;
}

// Requires that no block is in `local`.
void BlockPool::refill() noexcept {
  free_.local = free_.returned.exchange(nullptr, std::memory_order_acquire);
  if (free_.local) return;
  keep_free(allocate());
  grown_.fetch_add(1, std::memory_order_relaxed);
}

void BlockPool::reserve(std::size_t blocks) {
  Block* returned = free_.returned.exchange(nullptr, std::memory_order_acquire);
  while (returned) keep_free(std::exchange(returned, returned->next_free_));
  std::size_t free = 0;
  for (const Block* block = free_.local; block; block = block->next_free_) ++free;
  for (; free < blocks; ++free) keep_free(allocate());
}

bool BlockPool::all_home() const noexcept {
  std::size_t free = 0;
  for (const Block* list : {free_.local, free_.returned.load(std::memory_order_acquire)})
    for (const Block* block = list; block; block = block->next_free_) ++free;
  return free == slabs_.size();
}

Block* BlockPool::allocate() {
  slabs_.push_back(std::make_unique<Slab>(payload_bytes_));
  Block* block = slabs_.back()->block;
  block->payload_ = slabs_.back()->payload();
  block->home_ = &free_;
  block->stride_ = stride_;
  block->channels_ = static_cast<std::uint32_t>(shape_.channels);
  block->capacity_ = shape_.sample_bytes ? payload_bytes_ : shape_.bytes;
  return block;
}

}  // namespace sluice
