#include "apps/sluice-bench/nodes.h"

#include <algorithm>
#include <cstring>

namespace sluice::bench {
namespace {

constexpr double kRate = 48000;  // Hz; only latency bounds look at it

// Emits stamped blocks, as fast as it is let or one each period.
class BenchSource final : public Node {
 public:
  Out<float> out{*this, "out", "audio whose first 16 bytes are a stamp"};
  Param<int> block{*this, "block", {.default_value = 512, .min = 4, .max = 1 << 20, .doc = "samples in a block"}};
  Param<double> period{
      *this, "period", {.unit = "s", .default_value = 0, .min = 0, .max = 10, .doc = "of its blocks; 0: none"}};
  Param<bool> stamps{*this, "stamps", {.default_value = false, .doc = "writes the time into each block"}};

  Traits traits() const override { return {.clock = period > 0 ? ClockDomain::wall : ClockDomain::none}; }

  Status configure() override {
    out.set_spec({.media = "audio", .codec = "", .rate_hz = kRate, .channels = 1}, block);
    return {};
  }

  Pull pull() REALTIME override {
    if (period > 0) {
      const Time time = now();
      if (due_ == Time{}) due_ = time;
      if (time < due_) return Pull::at(due_);
      due_ += from_seconds(period);
    }
    emit_next();
    return period > 0 ? Pull::at(due_) : Pull::again();
  }

 private:
  void emit_next() noexcept {
    BlockRef next = out.take();
    write_stamp(next->channel(0).data(), {.sequence = sequence_++, .time_ns = stamps ? now_ns() : 0});
    next->header.position = position_;
    position_ += next->header.frames;
    out.emit(std::move(next));
  }

  Time due_{};
  std::uint64_t sequence_ = 0;
  std::int64_t position_ = 0;
};

// Copies its samples into a new block.
class BenchCopy final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "the same in another block"};

  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      BlockRef copy = out.take(block->frames());
      std::memcpy(copy->channel(0).data(), std::as_const(*block).channel(0).data(), block->frames() * sizeof(float));
      stamp_from(*copy, *block, in);
      out.emit(std::move(copy));
    }
  }
};

// Hands its blocks on.
class BenchPass final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "the same block"};

  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  void process() REALTIME override {
    while (BlockRef block = in.next()) out.emit(std::move(block));
  }
};

// White noise of -12 dBFS in place of its samples: something to encode.
class BenchNoise final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "noise, as long"};

  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      BlockRef noise = out.take(block->frames());
      for (float& sample : noise->channel(0)) sample = next();
      stamp_from(*noise, *block, in);
      out.emit(std::move(noise));
    }
  }

 private:
  // The linear congruential generator of Numerical Recipes, 7.1.
  float next() noexcept {
    state_ = 1664525u * state_ + 1013904223u;
    return 0.25f * (static_cast<float>(state_) * 0x1p-31f - 1.0f);
  }
  std::uint32_t state_ = 1;
};

}  // namespace

void BenchSink::process() REALTIME {
  while (const BlockRef block = in.next()) arrivals_->on_block(std::as_const(*block).channel(0).data());
}

Status BenchJoin::configure() {
  inputs_.resize(in.size());
  out.set_spec(in[0].spec());
  return {};
}

bool BenchJoin::ready() const noexcept {
  // From the last, whose block comes last.
  return std::all_of(ins().rbegin(), ins().rend(), [](const InPort* port) { return port->waiting() > 0; });
}

void BenchJoin::process() REALTIME {
  while (ready()) {
    std::ranges::transform(ins(), inputs_.begin(), [](const InPort* port) { return port->peek()->channel(0).data(); });
    const Block& first = *ins().front()->peek();
    BlockRef sum = out.take(first.frames());
    stamp_from(*sum, first);
    join_errors_ += join(inputs_.data(), inputs_.size(), sum->channel(0).data(), sum->frames());
    for (InPort* port : ins()) port->next();
    out.emit(std::move(sum));
  }
}

REGISTER_NODE(BenchSource, "bench.source", "emits stamped blocks")
REGISTER_NODE(BenchCopy, "bench.copy", "copies each block")
REGISTER_NODE(BenchPass, "bench.pass", "hands each block on")
REGISTER_NODE(BenchNoise, "bench.noise", "makes noise of what comes in")
REGISTER_NODE(BenchJoin, "bench.join", "sums blocks of the same number")
REGISTER_NODE(BenchSink, "bench.sink", "measures what arrives")

}  // namespace sluice::bench
