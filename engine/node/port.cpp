#include "engine/node/port.h"

#include <algorithm>
#include <bit>

#include "engine/node/node.h"

namespace sluice {
namespace {
constexpr std::size_t kInitialQueue = 8;  // blocks; a node rarely emits more than a few per call
}

InPort::InPort(Node& owner, std::string_view name, std::string_view doc, std::string_view media, std::string_view codec,
               PortOptions options)
    : Port(owner, name, doc, media, codec, options), ring_(kInitialQueue) {
  owner.ins_.push_back(this);
}

BlockRef InPort::next() noexcept {
  if (count_ == 0) return {};
  BlockRef block = std::move(ring_[head_]);
  head_ = (head_ + 1) & (ring_.size() - 1);
  --count_;
  gap_ = gap_before(*block);
  expected_ = block->header.sequence + 1;
  ++taken_;
  return block;
}

void InPort::push(BlockRef block) noexcept {
  if (count_ == ring_.size()) PortWiring::set_capacity(*this, count_ * 2);
  ring_[(head_ + count_++) & (ring_.size() - 1)] = std::move(block);
}

void PortWiring::set_capacity(InPort& port, std::size_t blocks) {
  std::vector<BlockRef> larger(std::bit_ceil(std::max(blocks, port.count_)));
  for (std::size_t n = 0; n < port.count_; ++n)
    larger[n] = std::move(port.ring_[(port.head_ + n) & (port.ring_.size() - 1)]);
  port.ring_ = std::move(larger);
  port.head_ = 0;
}

const Block& PortWiring::waiting(const InPort& port, std::size_t n) noexcept {
  return *port.ring_[(port.head_ + n) & (port.ring_.size() - 1)];
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

void PortWiring::make_pool(OutPort& port, std::size_t blocks) {
  const bool samples = port.sample_bytes_ != 0;
  const auto channels = static_cast<std::size_t>(std::max(1, port.spec_.format.channels));
  port.pool_ =
      std::make_unique<BlockPool>(BlockShape{.channels = samples ? channels : 0,
                                             .frames = samples ? static_cast<std::size_t>(port.spec_.block_frames) : 0,
                                             .sample_bytes = port.sample_bytes_,
                                             .bytes = port.struct_bytes_ ? port.struct_bytes_ : port.max_bytes_},
                                  blocks);
}

BlockRef OutPort::take(std::size_t frames) noexcept {
  BlockRef block = take();
  block->header.frames = static_cast<std::int64_t>(std::min(frames, pool_->shape().frames));
  return block;
}

BlockRef OutPort::writable(BlockRef in) noexcept {
  if (in->unique()) return in;
  BlockRef copy = sample_bytes_ ? take(in->frames()) : take();
  if (sample_bytes_ == sizeof(float)) {
    for (std::size_t c = 0; c < in->channels(); ++c)
      std::ranges::copy(std::as_const(*in).channel(c).first(copy->frames()), copy->channel(c).begin());
  } else if (sample_bytes_) {
    std::ranges::copy(std::as_const(*in).iq().first(copy->frames()), copy->iq().begin());
  } else {
    copy->resize(in->bytes().size());
    std::ranges::copy(in->bytes().first(copy->bytes().size()), copy->bytes().begin());
  }
  stamp_from(*copy, *in);
  return copy;
}

void OutPort::emit(BlockRef block) noexcept {
  block->header.sequence = sequence_++;
  end_position_ = block->header.position + block->header.frames;
  if (block->header.capture_time == Time{}) block->header.capture_time = node_->now();
  const std::size_t last = deliveries_.size();
  for (std::size_t n = 0; n + 1 < last; ++n) deliveries_[n]->deliver(block);
  if (last) deliveries_[last - 1]->deliver(std::move(block));
}

InFamily::InFamily(Node& owner, std::string_view name, std::string_view doc) : owner_(&owner), name_(name), doc_(doc) {
  owner.in_families_.push_back(this);
}

}  // namespace sluice
