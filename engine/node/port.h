// Ports: where blocks enter and leave a node. Declared as members, in the order in which they are documented.
//   In<float> in{*this, "in", "audio"};            Out<Packet<"mp3">> out{*this, "out", "MP3 frames"};
#pragma once

#include <algorithm>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/result.h"
#include "engine/stream/format.h"
#include "engine/stream/pool.h"

namespace sluice {

class Node;

// A literal as a template argument: Packet<"mp3">.
template <std::size_t N>
struct Literal {
  char text[N]{};
  constexpr Literal(const char (&from)[N]) { std::copy_n(from, N, text); }  // NOLINT: implicit by design
};

// Payload tags. An empty codec accepts (in) or decides later (out) any codec.
template <Literal codec = "">
struct Packet {
  static constexpr std::string_view kMedia = "packet", kCodec = codec.text;
};
template <Literal codec = "">
struct Text {
  static constexpr std::string_view kMedia = "text", kCodec = codec.text;
};

// A family's own payload is a trivially copyable struct with `static constexpr std::string_view kMedia =
// "family.name"`.
template <typename T>
struct PayloadTraits {
  static constexpr std::string_view media() { return T::kMedia; }
  static constexpr std::string_view codec() {
    if constexpr (requires { T::kCodec; }) return T::kCodec;
    return "";
  }
  static constexpr std::size_t sample_bytes() { return 0; }
  static constexpr std::size_t bytes() { return std::is_empty_v<T> ? 0 : sizeof(T); }
};
template <>
struct PayloadTraits<float> {
  static constexpr std::string_view media() { return "audio"; }
  static constexpr std::string_view codec() { return ""; }
  static constexpr std::size_t sample_bytes() { return sizeof(float); }
  static constexpr std::size_t bytes() { return 0; }
};
template <>
struct PayloadTraits<std::complex<float>> {
  static constexpr std::string_view media() { return "iq"; }
  static constexpr std::string_view codec() { return ""; }
  static constexpr std::size_t sample_bytes() { return sizeof(std::complex<float>); }
  static constexpr std::size_t bytes() { return 0; }
};
// Accepts every stream (discard, taps).
struct Anything {
  static constexpr std::string_view kMedia = "";
};

struct PortOptions {
  bool optional = false;  // may stay unconnected
};

class Port {
 public:
  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  const std::string& media() const { return media_; }  // empty: any
  const std::string& codec() const { return codec_; }  // empty: any
  bool optional() const { return options_.optional; }
  bool connected() const { return connected_; }
  const StreamSpec& spec() const { return spec_; }
  const Format& format() const { return spec_.format; }
  Node& node() const { return *node_; }

 protected:
  Port(Node& owner, std::string_view name, std::string_view doc, std::string_view media, std::string_view codec,
       PortOptions options)
      : node_(&owner), name_(name), doc_(doc), media_(media), codec_(codec), options_(options) {}
  ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  friend class PortWiring;
  Node* node_;
  std::string name_, doc_, media_, codec_;
  PortOptions options_;
  StreamSpec spec_;
  bool connected_ = false;
};

// An input: a short queue that the island fills before process().
class InPort : public Port {
 public:
  InPort(Node& owner, std::string_view name, std::string_view doc, std::string_view media, std::string_view codec,
         PortOptions options);
  ~InPort() {
    while (next()) {
    }
  }

  // The next waiting block, or an empty reference. In process() only. Realtime-safe.
  BlockRef next() noexcept {
    Block* block = front_;
    if (!block) return {};
    gap_ = gap_before(*block);
    expected_ = block->header.sequence + 1;
    ++taken_;
    if (behind_count_ > 0) [[unlikely]]
      move_up();
    else
      front_ = nullptr;
    return BlockRef::adopt(block);
  }
  const Block* peek() const noexcept { return front_; }
  std::size_t waiting() const noexcept { return front_ ? 1 + std::size_t{behind_count_} : 0; }
  bool ended() const noexcept { return ended_ && !front_; }  // end of stream, and all blocks taken
  // True when the block that next() returned last does not continue the one before: blocks were shed on the way, or its
  // source flagged a discontinuity. Codecs reset their history and pass kDiscontinuity on.
  bool gap() const noexcept { return gap_; }
  // What gap() will say after next(); a block must be waiting.
  bool gap_ahead() const noexcept { return gap_before(*front_); }

 private:
  friend class PortWiring;
  friend class OutPort;
  void push(BlockRef block) noexcept {
    if (front_) [[unlikely]]
      queue_up(block.release());
    else
      front_ = block.release();
    *ready_ |= ready_bit_;
  }
  void queue_up(Block* block) noexcept;
  void move_up() noexcept;
  bool gap_before(const Block& block) const noexcept {
    return block.discontinuity() || block.header.sequence != expected_;
  }

  // What every block touches, in one cache line.
  alignas(64) Block* front_ = nullptr;  // the next block, an owned reference; null: none waits
  std::uint32_t behind_count_ = 0;      // blocks that wait behind it
  bool ended_ = false;
  bool gap_ = false;
  std::uint64_t expected_ = 0;        // sequence number that would continue the stream
  std::uint64_t* ready_ = &unheard_;  // where the island looks for nodes that have work, and this node's bit there
  std::uint64_t ready_bit_ = 1;
  std::uint64_t taken_ = 0;  // blocks
  // The blocks behind the first, also owned: a ring, a power of two; it grows when a node emits more than it has ever
  // done.
  std::unique_ptr<Block*[]> behind_;
  std::uint32_t mask_, head_ = 0;

  std::uint64_t unheard_ = 0;
};

// Where an output's blocks go when it is not just the next node's input: a border, or a gate before an input.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void deliver(BlockRef block) noexcept = 0;
};

class OutPort : public Port {
 public:
  OutPort(Node& owner, std::string_view name, std::string_view doc, std::string_view media, std::string_view codec,
          std::size_t sample_bytes, std::size_t struct_bytes, PortOptions options);

  // configure(): the format and largest block this port will carry.
  // For packets and text, `max_bytes` is the largest payload; structs with it may stand several in a block.
  void set_spec(const Format& format, std::int64_t block_frames, std::size_t max_bytes = 0);
  void set_spec(const StreamSpec& spec) { set_spec(spec.format, spec.block_frames); }

  // process(): a writable block from the port's pool, `frames` long (samples), or empty for filling (packets, structs).
  BlockRef take() noexcept { return pool_->take(); }
  BlockRef take(std::size_t frames) noexcept {
    BlockRef block = pool_->take();
    if (frames < block->frames()) block->header.frames = static_cast<std::int64_t>(frames);
    return block;
  }
  // A writable block with the content of `in`: `in` itself when the caller is its only holder, else a copy.
  // Only for ports that carry the same payload as the input.
  BlockRef writable(BlockRef in) noexcept { return !in || in->unique() ? std::move(in) : copy(*in); }

  // Stamps the block's sequence number and sends it on. The node sets capture_time, position and frames;
  // stamp_from() copies them from the input they derive from. The block is not the node's any more.
  void emit(BlockRef block) noexcept {
    BlockHeader& header = block->header;
    header.sequence = sequence_++;
    end_position_ = header.position + header.frames;
    if (header.capture_time == Time{}) [[unlikely]]
      header.capture_time = present();
    if (only_) [[likely]]
      only_->push(std::move(block));
    else
      distribute(std::move(block));
  }
  std::uint64_t emitted() const noexcept { return sequence_; }
  // Position after the last emitted block, in sample frames.
  std::int64_t end_position() const noexcept { return end_position_; }

 private:
  friend class PortWiring;
  BlockRef copy(const Block& in) noexcept;
  Time present() const noexcept;
  void distribute(BlockRef block) noexcept;

  std::size_t sample_bytes_, struct_bytes_, max_bytes_ = 0;
  std::vector<InPort*> inputs_;        // of nodes of the same island
  std::vector<Delivery*> deliveries_;  // everything else
  // What every block touches, in one cache line.
  alignas(64) InPort* only_ = nullptr;  // the one input, where that is all
  std::shared_ptr<BlockPool> pool_;     // shared by the ports of an island that emit blocks of one shape
  std::uint64_t sequence_ = 0;
  std::int64_t end_position_ = 0;
};

template <typename T>
class In final : public InPort {
 public:
  In(Node& owner, std::string_view name, std::string_view doc, PortOptions options = {})
      : InPort(owner, name, doc, PayloadTraits<T>::media(), PayloadTraits<T>::codec(), options) {}
};

template <typename T>
class Out final : public OutPort {
 public:
  Out(Node& owner, std::string_view name, std::string_view doc, PortOptions options = {})
      : OutPort(owner, name, doc, PayloadTraits<T>::media(), PayloadTraits<T>::codec(),
                PayloadTraits<T>::sample_bytes(), PayloadTraits<T>::bytes(), options) {}
};

// A family of equal inputs "in1", "in2", ...: each link to the family's name makes one.
template <typename T>
class Ins;

class InFamily {
 public:
  virtual ~InFamily() = default;
  virtual InPort& add() = 0;
  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }

 protected:
  InFamily(Node& owner, std::string_view name, std::string_view doc);
  Node* owner_;
  std::string name_, doc_;
};

template <typename T>
class Ins final : public InFamily {
 public:
  Ins(Node& owner, std::string_view name, std::string_view doc) : InFamily(owner, name, doc) {}

  InPort& add() override { return ports_.emplace_back(*owner_, name_ + std::to_string(ports_.size() + 1), doc_); }
  std::size_t size() const noexcept { return ports_.size(); }
  In<T>& operator[](std::size_t n) noexcept { return ports_[n]; }
  auto begin() noexcept { return ports_.begin(); }
  auto end() noexcept { return ports_.end(); }

 private:
  std::deque<In<T>> ports_;  // references stay valid
};

// The engine's own access to ports: connecting, queueing, pooling. Not for nodes.
class PortWiring {
 public:
  static void connect(OutPort& from, InPort& to) {
    mark_connected(from);
    mark_connected(to);
  }
  static void mark_connected(Port& port) { port.connected_ = true; }
  static void set_spec(InPort& port, const StreamSpec& spec) { port.spec_ = spec; }
  static void add_delivery(OutPort& port, Delivery& delivery);
  static void add_input(OutPort& port, InPort& to);  // a function call away: one island runs both nodes
  static void disconnect(OutPort& port);             // from all inputs and deliveries
  static BlockShape shape(const OutPort& port);      // after configure()
  static void set_pool(OutPort& port, std::shared_ptr<BlockPool> pool) { port.pool_ = std::move(pool); }
  static void make_pool(OutPort& port, std::size_t blocks);  // of its own
  static void reserve(OutPort& port, std::size_t free_blocks) { port.pool_->reserve(free_blocks); }
  static const BlockPool* pool(const OutPort& port) { return port.pool_.get(); }
  // Blocks that come in set `bit` of `word` from now on.
  static void set_ready(InPort& port, std::uint64_t& word, std::uint64_t bit);
  static void forget_ready(InPort& port) { set_ready(port, port.unheard_, 1); }
  static void push(InPort& port, BlockRef block) noexcept { port.push(std::move(block)); }
  static void end(InPort& port) noexcept { port.ended_ = true; }
  static bool ended(const InPort& port) noexcept { return port.ended_; }
  static std::uint64_t taken(const InPort& port) noexcept { return port.taken_; }
  // The number that continues the stream, of an input; an output's next one.
  static std::uint64_t expected(const InPort& port) noexcept { return port.expected_; }
  static void expect(InPort& port, std::uint64_t sequence) noexcept { port.expected_ = sequence; }
  static void number_from(OutPort& port, std::uint64_t sequence) noexcept { port.sequence_ = sequence; }
  static const Block& waiting(const InPort& port, std::size_t n) noexcept;
  static void clear(InPort& port) noexcept;
  // The cache line that every block touches.
  static const void* line(const InPort& port) noexcept { return &port.front_; }
  static const void* line(const OutPort& port) noexcept { return &port.only_; }
};

// Copies capture time, position, duration and flags of the input a block derives from.
inline void stamp_from(Block& block, const Block& source) noexcept {
  block.header.capture_time = source.header.capture_time;
  block.header.position = source.header.position;
  block.header.frames = source.header.frames;
  block.header.flags = source.header.flags;
}
// The same, of the block that `in` gave last: a gap before it is flagged, also when only its number showed it.
inline void stamp_from(Block& block, const Block& source, const InPort& in) noexcept {
  stamp_from(block, source);
  if (in.gap()) block.header.flags |= kDiscontinuity;
}

}  // namespace sluice
