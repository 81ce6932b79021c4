#include "engine/testing/node_harness.h"

#include <algorithm>
#include <stdexcept>

#include "engine/core/denormals.h"
#include "engine/testing/realtime_trap.h"

namespace sluice {
namespace {
constexpr std::size_t kFreeBlocks = 64;  // kept free in every pool, so that recording outputs does not exhaust it
}

struct NodeHarness::Recorder final : Delivery {
  explicit Recorder(std::vector<BlockRef>& to) : blocks(&to) {}
  void deliver(BlockRef block) noexcept override {
    if (blocks->size() == blocks->capacity())
      overflow.push_back(std::move(block));
    else
      blocks->push_back(std::move(block));
  }
  std::vector<BlockRef>* blocks;
  std::vector<BlockRef> overflow;
};

struct NodeHarness::Feed {
  InPort* port = nullptr;
  std::unique_ptr<BlockPool> pool;
  std::int64_t position = 0;
  std::uint64_t sequence = 0;
};

StreamSpec audio_spec(double rate_hz, int channels, std::int64_t block_frames) {
  return {{.media = "audio", .codec = "", .rate_hz = rate_hz, .channels = channels}, block_frames};
}

NodeHarness::NodeHarness(std::string_view type) : NodeHarness(Registry::global().make(type)) {}

NodeHarness::NodeHarness(std::unique_ptr<Node> node) : node_(std::move(node)) {
  if (!node_) throw std::invalid_argument("no such node type");
  node_->attach(this);
}

NodeHarness::~NodeHarness() {
  node_->stop();
  for (InPort* in : node_->ins()) PortWiring::clear(*in);
  outputs_.clear();
}

Status NodeHarness::set(std::string_view name, std::string_view value) {
  for (ParamBase* param : node_->params())
    if (param->name() == name) return param->assign(value);
  return Error{std::string(name), "no such parameter"};
}

void NodeHarness::connect(std::string_view name, const StreamSpec& spec) {
  InPort* port = nullptr;
  for (InPort* in : node_->ins())
    if (in->name() == name) port = in;
  for (InFamily* family : node_->in_families())
    if (family->name() == name) port = &family->add();
  if (!port) throw std::invalid_argument("no input port '" + std::string(name) + "'");
  PortWiring::set_spec(*port, spec);
  PortWiring::mark_connected(*port);
  auto feed = std::make_unique<Feed>();
  feed->port = port;
  const bool audio = spec.format.media == "audio";
  if (audio)
    feed->pool = std::make_unique<BlockPool>(BlockShape{.channels = static_cast<std::size_t>(spec.format.channels),
                                                        .frames = static_cast<std::size_t>(spec.block_frames),
                                                        .sample_bytes = sizeof(float)},
                                             8);
  feeds_[port->name()] = std::move(feed);
}

Status NodeHarness::start() {
  for (OutPort* out : node_->outs()) {
    PortWiring::mark_connected(*out);
    auto& blocks = outputs_[out->name()];
    blocks.reserve(4096);
    recorders_.push_back(std::make_unique<Recorder>(blocks));
    PortWiring::add_delivery(*out, *recorders_.back());
  }
  if (Status status = node_->configure(); !status) return status;
  for (OutPort* out : node_->outs()) PortWiring::make_pool(*out, kFreeBlocks);
  return node_->prepare();
}

void NodeHarness::deliver(Feed& feed, BlockRef block, std::int64_t frames, std::uint32_t flags) {
  block->header.capture_time = clock_.now();
  block->header.position = feed.position;
  block->header.sequence = feed.sequence++;
  block->header.frames = frames;
  block->header.flags = flags;
  feed.position += frames;
  PortWiring::push(*feed.port, std::move(block));
  run();
}

void NodeHarness::feed_audio(std::string_view name, const std::vector<std::vector<float>>& channels,
                             std::uint32_t flags) {
  Feed& feed = *feeds_.at(std::string(name));
  const std::size_t total = channels.empty() ? 0 : channels[0].size();
  for (std::size_t done = 0; done < total;) {
    const std::size_t n = std::min(total - done, feed.pool->shape().frames);
    BlockRef block = feed.pool->take();
    for (std::size_t c = 0; c < channels.size(); ++c)
      std::copy_n(channels[c].begin() + static_cast<std::ptrdiff_t>(done), n, block->channel(c).begin());
    deliver(feed, std::move(block), static_cast<std::int64_t>(n), std::exchange(flags, 0u) | kIndependent);
    done += n;
  }
}

void NodeHarness::feed_payload(std::string_view name, std::span<const std::byte> bytes, std::int64_t frames,
                               std::uint32_t flags) {
  Feed& feed = *feeds_.at(std::string(name));
  if (!feed.pool || feed.pool->shape().bytes < bytes.size()) {
    PortWiring::clear(*feed.port);
    feed.pool = std::make_unique<BlockPool>(BlockShape{.bytes = std::max<std::size_t>(bytes.size(), 4096)}, 8);
  }
  BlockRef block = feed.pool->take();
  block->resize(bytes.size());
  std::ranges::copy(bytes, block->bytes().begin());
  deliver(feed, std::move(block), frames, flags);
}

void NodeHarness::feed_bytes(std::string_view name, std::span<const std::byte> bytes, std::int64_t frames,
                             std::uint32_t flags) {
  feed_payload(name, bytes, frames, flags);
}

void NodeHarness::feed(std::string_view name, BlockRef block) {
  PortWiring::push(*feeds_.at(std::string(name))->port, std::move(block));
  run();
}

template <typename Call>
void NodeHarness::guarded(Call call) {
  for (OutPort* out : node_->outs()) PortWiring::reserve(*out, kFreeBlocks);
  for (auto& recorder : recorders_) {
    recorder->blocks->insert(recorder->blocks->end(), recorder->overflow.begin(), recorder->overflow.end());
    recorder->overflow.clear();
    recorder->blocks->reserve(recorder->blocks->size() + kFreeBlocks);
  }
  const DenormalsOff denormals_off;  // as on a worker
  const bool watch = node_->traits().realtime && ++calls_ > kWarmUpCalls;
  if (!watch) return call();
  RealtimeTrap trap;
  call();
  if (trap.violations() && violation_.empty()) violation_ = trap.first_call();
}

void NodeHarness::run() {
  if (node_->self_driven()) return;
  while (node_->ready()) {
    std::size_t before = 0, after = 0;
    for (const InPort* in : node_->ins()) before += in->waiting();
    guarded([this] { node_->process(); });
    for (const InPort* in : node_->ins()) after += in->waiting();
    if (after == before) break;  // it waits for more
  }
}

Pull NodeHarness::pull() {
  Pull pull = Pull::ended();
  guarded([&] { pull = node_->pull(); });
  return pull;
}

void NodeHarness::end() {
  for (InPort* in : node_->ins()) PortWiring::end(*in);
  run();
  guarded([this] { node_->flush(); });
}

std::vector<std::vector<float>> NodeHarness::audio(std::string_view port) {
  std::vector<std::vector<float>> joined;
  for (const BlockRef& block : out(port)) {
    joined.resize(std::max(joined.size(), block->channels()));
    for (std::size_t c = 0; c < block->channels(); ++c) {
      const auto samples = std::as_const(*block).channel(c);
      joined[c].insert(joined[c].end(), samples.begin(), samples.end());
    }
  }
  return joined;
}

std::string NodeHarness::bytes(std::string_view port) {
  std::string joined;
  for (const BlockRef& block : out(port)) joined += block->text();
  return joined;
}

double NodeHarness::counter(std::string_view name) const {
  for (const Counter* counter : node_->counters())
    if (counter->name() == name) return counter->value();
  throw std::invalid_argument("no counter '" + std::string(name) + "'");
}

}  // namespace sluice
