#include "engine/node/port.h"

#include <algorithm>

#include "engine/node/node.h"

namespace sluice {
namespace {
constexpr std::uint32_t kInitialQueue = 8;  // blocks, a power of two; a node rarely emits more than a few per call
}

InPort::InPort(Node& owner, std::string_view name, std::string_view doc, std::string_view media, std::string_view codec,
               PortOptions options)
    : Port(owner, name, doc, media, codec, options),
      behind_(std::make_unique<Block*[]>(kInitialQueue)),
      mask_(kInitialQueue - 1) {
  owner.ins_.push_back(this);
}

void InPort::queue_up(Block* block) noexcept {
  if (behind_count_ > mask_) {
    auto larger = std::make_unique<Block*[]>(std::size_t{2} * behind_count_);
    for (std::uint32_t n = 0; n < behind_count_; ++n) larger[n] = behind_[(head_ + n) & mask_];
    behind_ = std::move(larger);
    mask_ = 2 * behind_count_ - 1;
    head_ = 0;
  }
  behind_[(head_ + behind_count_++) & mask_] = block;
}

void InPort::move_up() noexcept {
  front_ = behind_[head_];
  head_ = (head_ + 1) & mask_;
  --behind_count_;
}

const Block& PortWiring::waiting(const InPort& port, std::size_t n) noexcept {
  return n == 0 ? *port.front_ : *port.behind_[(port.head_ + n - 1) & port.mask_];
}

void PortWiring::clear(InPort& port) noexcept {
  while (port.next()) {
  }
}

OutPort::OutPort(Node& owner, std::string_view name, std::string_view doc, std::string_view media,
                 std::string_view codec, std::size_t sample_bytes, std::size_t struct_bytes, PortOptions options)
    : Port(owner, name, doc, media, codec, options), sample_bytes_(sample_bytes), struct_bytes_(struct_bytes) {
  owner.outs_.push_back(this);
}

void OutPort::set_spec(const Format& format, std::int64_t block_frames, std::size_t max_bytes) {
  spec_ = {format, block_frames};
  max_bytes_ = max_bytes;
}

BlockShape PortWiring::shape(const OutPort& port) {
  const bool samples = port.sample_bytes_ != 0;
  const auto channels = static_cast<std::size_t>(std::max(1, port.spec_.format.channels));
  return {.channels = samples ? channels : 0,
          .frames = samples ? static_cast<std::size_t>(port.spec_.block_frames) : 0,
          .sample_bytes = port.sample_bytes_,
          .bytes = std::max(port.struct_bytes_, port.max_bytes_)};
}

void PortWiring::make_pool(OutPort& port, std::size_t blocks) {
  port.pool_ = std::make_shared<BlockPool>(shape(port), blocks);
}

void PortWiring::add_input(OutPort& port, InPort& to) {
  port.inputs_.push_back(&to);
  port.only_ = port.inputs_.size() == 1 && port.deliveries_.empty() ? &to : nullptr;
}

void PortWiring::add_delivery(OutPort& port, Delivery& delivery) {
  port.deliveries_.push_back(&delivery);
  port.only_ = nullptr;
}

void PortWiring::disconnect(OutPort& port) {
  port.inputs_.clear();
  port.deliveries_.clear();
  port.only_ = nullptr;
}

void PortWiring::set_ready(InPort& port, std::uint64_t& word, std::uint64_t bit) {
  port.ready_ = &word;
  port.ready_bit_ = bit;
}

BlockRef OutPort::copy(const Block& in) noexcept {
  BlockRef copy = sample_bytes_ ? take(in.frames()) : take();
  if (sample_bytes_ == sizeof(float)) {
    for (std::size_t c = 0; c < in.channels(); ++c)
      std::ranges::copy(in.channel(c).first(copy->frames()), copy->channel(c).begin());
  } else if (sample_bytes_) {
    std::ranges::copy(in.iq().first(copy->frames()), copy->iq().begin());
  } else {
    copy->resize(in.bytes().size());
    std::ranges::copy(in.bytes().first(copy->bytes().size()), copy->bytes().begin());
  }
  stamp_from(*copy, in);
  return copy;
}

Time OutPort::present() const noexcept {
  return node_->stamp_time();
}

// Every receiver's reference is counted at once: the block may be gone on another thread before the last one has it.
void OutPort::distribute(BlockRef block) noexcept {
  const std::size_t receivers = inputs_.size() + deliveries_.size();
  if (receivers == 0) return;
  block.share(static_cast<std::uint32_t>(receivers - 1));
  Block* shared = block.release();
  for (InPort* input : inputs_) input->push(BlockRef::adopt(shared));
  for (Delivery* delivery : deliveries_) delivery->deliver(BlockRef::adopt(shared));
}

InFamily::InFamily(Node& owner, std::string_view name, std::string_view doc) : owner_(&owner), name_(name), doc_(doc) {
  owner.in_families_.push_back(this);
}

}  // namespace sluice
