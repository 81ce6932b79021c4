#include "engine/run/recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "engine/graph/print.h"
#include "engine/run/byte_ring.h"
#include "engine/run/recording_format.h"

namespace sluice {
namespace {

using recording::Kind;

constexpr std::size_t kSmallestRing = std::size_t{4} << 20;  // bytes; 10 s of stereo at 44.1 kHz
constexpr double kRingSeconds = 2;                           // at least; a disk that is busy for longer loses blocks

// As to_yaml() writes it.
std::string flat_name(std::string name) {
  std::ranges::replace(name, '/', '_');
  return name;
}

// Where the types of a graph come from that are not built in: a replay needs them too.
std::vector<std::string> plugins_of(const BuiltGraph& graph) {
  std::set<std::string> files;
  for (const BuiltNode& built : graph.nodes) files.insert(graph.registry->describe(built.spec.type).plugin);
  files.erase("");
  return {files.begin(), files.end()};
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// The file: chunks, one after another. The first failure stays.
class ChunkFile {
 public:
  explicit ChunkFile(std::FILE* file) : file_(file) {}

  void write(std::span<const std::byte> bytes) {
    if (failure_ == 0 && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      failure_ = errno ? errno : EIO;
    bytes_ += bytes.size();
  }
  void chunk(Kind kind, std::span<const std::byte> body) {
    const std::array<std::uint32_t, 2> head{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(body.size())};
    recording::Crc crc;
    crc.process_bytes(head.data(), sizeof head);
    crc.process_bytes(body.data(), body.size());
    const std::uint32_t sum = crc.checksum();
    write(std::as_bytes(std::span(head)));
    write(body);
    write(std::as_bytes(std::span(&sum, 1)));
  }
  // 0, or the errno of what failed.
  int close() {
    if (std::FILE* file = file_.release(); std::fclose(file) != 0 && failure_ == 0) failure_ = errno;
    return failure_;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<std::FILE, CloseFile> file_;
  int failure_ = 0;
  std::uint64_t bytes_ = 0;
};

// What a source emits goes into its ring.
class Tap final : public Delivery {
 public:
  Tap(std::uint32_t number, const recording::Source& source, bool live, const Clock& clock, std::atomic<int>& bell)
      : number_(number), source_(source), may_wait_(!live), clock_(clock), bell_(bell), ring_(ring_bytes(source)) {}

  void deliver(BlockRef block) noexcept override {
    const std::size_t payload = payload_bytes(*block), size = recording::kStampBytes + payload;
    if (may_wait_ && size + sizeof size <= ring_.capacity()) ring_.wait_for_room(size);
    if (!ring_.has_room(size)) {
      ++lost_here_;
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const recording::StampBytes stamp =
        recording::to_bytes({.source = number_, .header = block->header, .emitted = clock_.now(), .lost = lost_here_});
    lost_here_ = 0;
    ring_.begin(size);
    ring_.append(stamp);
    append_payload(*block, payload);
    ring_.end();
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_one();  // a system call only while the writer sleeps
  }

  ByteRing& ring() { return ring_; }
  std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  static std::size_t ring_bytes(const recording::Source& source) {
    const double per_second = source.format.rate_hz * std::max(1, source.format.channels) * source.sample_bytes;
    return std::max(kSmallestRing, static_cast<std::size_t>(kRingSeconds * std::min(per_second, 1e9)));
  }
  std::size_t payload_bytes(const Block& block) const noexcept {
    if (source_.sample_bytes == 0) return block.bytes().size();
    return block.frames() * std::max<std::size_t>(1, block.channels()) * source_.sample_bytes;
  }
  void append_payload(const Block& block, std::size_t payload) noexcept {
    if (source_.sample_bytes == sizeof(float))
      for (std::size_t c = 0; c < block.channels(); ++c) ring_.append(std::as_bytes(block.channel(c)));
    else if (source_.sample_bytes != 0)
      ring_.append(std::as_bytes(block.iq()));
    else
      ring_.append(block.bytes().first(payload));
  }

  const std::uint32_t number_;
  const recording::Source source_;
  const bool may_wait_;
  const Clock& clock_;
  std::atomic<int>& bell_;
  ByteRing ring_;
  std::uint64_t lost_here_ = 0;  // of the source's island
  std::atomic<std::uint64_t> lost_{0};
};

class FileRecorder final : public Recorder {
 public:
  FileRecorder(std::FILE* file, std::string path, Plan& plan, const Clock& clock)
      : path_(std::move(path)), file_(file), clock_(clock) {
    begin(plan, clock.now());
    for (BuiltNode& built : plan.graph.nodes) {
      if (!built.node->ins().empty() || !built.node->in_families().empty()) continue;
      for (OutPort* out : built.node->outs()) tap(built, *out, plan.live, clock);
    }
    writer_ = std::thread([this] { write_blocks(); });
  }
  ~FileRecorder() override { stop_writer(); }

  void note_change(std::string_view what) override {
    std::vector<std::byte> body;
    recording::Writer to(body);
    to.put(static_cast<std::int64_t>(clock_.now().time_since_epoch().count()));
    to.put(what.substr(0, recording::kLargestChange / 2));
    {
      const std::lock_guard lock(changes_mutex_);
      changes_.push_back(std::move(body));
    }
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_one();
  }

  Status finish() override {
    stop_writer();
    std::vector<std::byte> body;
    recording::Writer to(body);
    to.put(totals_.blocks);
    for (const auto& tap : taps_) totals_.lost += tap->lost();
    to.put(totals_.lost);
    file_.chunk(Kind::end, body);
    totals_.bytes = file_.bytes();
    totals_.sources = taps_.size();
    const int failure = file_.close();
    return failure ? Error{path_, std::generic_category().message(failure)} : Status{};
  }
  Totals totals() const override { return totals_; }

 private:
  void begin(const Plan& plan, Time start) {
    file_.write(std::as_bytes(std::span(recording::kMagic)));
    file_.write(std::as_bytes(std::span(&recording::kVersion, 1)));
    std::vector<std::byte> body;
    recording::Writer to(body);
    to.put(static_cast<std::int64_t>(start.time_since_epoch().count()));
    to.raw(std::as_bytes(std::span(std::string_view(to_yaml(settled_spec(plan), plugins_of(plan.graph))))));
    file_.chunk(Kind::graph, body);
  }

  void tap(const BuiltNode& built, OutPort& out, bool live, const Clock& clock) {
    const BlockShape shape = PortWiring::shape(out);
    const recording::Source source{.node = flat_name(built.spec.name),
                                   .type = built.spec.type,
                                   .port = out.name(),
                                   .media = out.media(),
                                   .codec = out.codec(),
                                   .format = out.format(),
                                   .block_frames = out.spec().block_frames,
                                   .sample_bytes = static_cast<std::uint32_t>(shape.sample_bytes),
                                   .payload_bytes = shape.bytes};
    file_.chunk(Kind::source, to_bytes(source));
    taps_.push_back(std::make_unique<Tap>(static_cast<std::uint32_t>(taps_.size()), source, live, clock, bell_));
    PortWiring::add_delivery(out, *taps_.back());
  }

  void write_blocks() {
    std::vector<std::byte> message;
    for (bool last = false; !last;) {
      const int rung = bell_.load(std::memory_order_acquire);
      last = stopping_.load(std::memory_order_acquire);
      for (auto& tap : taps_)
        while (tap->ring().take(message)) {
          file_.chunk(Kind::block, message);
          ++totals_.blocks;
        }
      write_changes();
      if (!last) bell_.wait(rung, std::memory_order_acquire);
    }
  }

  void write_changes() {
    const std::lock_guard lock(changes_mutex_);
    for (const std::vector<std::byte>& change : std::exchange(changes_, {})) file_.chunk(Kind::change, change);
  }

  void stop_writer() {
    if (!writer_.joinable()) return;
    stopping_.store(true, std::memory_order_release);
    bell_.fetch_add(1, std::memory_order_release);
    bell_.notify_all();
    writer_.join();
  }

  std::string path_;
  ChunkFile file_;
  std::vector<std::unique_ptr<Tap>> taps_;
  std::atomic<int> bell_{0};
  std::atomic<bool> stopping_{false};
  Totals totals_;
  const Clock& clock_;
  std::mutex changes_mutex_;
  std::vector<std::vector<std::byte>> changes_;  // bodies of chunks to be written
  std::thread writer_;
};

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::create(const std::string& path, Plan& plan, const Clock& clock) {
  std::FILE* const file = std::fopen(path.c_str(), "wbe");
  if (!file) return std::unexpected(Error{path, std::generic_category().message(errno)});
  return std::make_unique<FileRecorder>(file, path, plan, clock);
}

}  // namespace sluice
