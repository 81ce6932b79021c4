#include "engine/run/recording.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace sluice {

using recording::Kind;

struct Recording::Chunk {
  std::uint64_t begin = 0;  // byte of the file
  Kind kind{};
  std::uint32_t size = 0;  // of the body
  std::uint64_t body() const { return begin + recording::kChunkHead; }
  std::uint64_t end() const { return body() + size + recording::kChunkTail; }
};

Recording::~Recording() {
  ::close(file_);
}

bool Recording::read(std::uint64_t at, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t got = ::pread(file_, to.data(), to.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += static_cast<std::uint64_t>(got);
    to = to.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

// The chunk at chunk.begin; false when there is no whole one, or its sum is wrong.
bool Recording::next(Chunk& chunk) const {
  std::array<std::uint32_t, 2> head{};
  if (size_ - chunk.begin < recording::kChunkHead + recording::kChunkTail) return false;
  if (!read(chunk.begin, std::as_writable_bytes(std::span(head)))) return false;
  chunk.kind = static_cast<Kind>(head[0]);
  chunk.size = head[1];
  if (chunk.end() > size_) return false;
  recording::Crc crc;
  crc.process_bytes(head.data(), sizeof head);
  std::array<std::byte, 16384> part;
  for (std::uint64_t at = chunk.body(), left = chunk.size; left > 0;) {
    const auto bytes = std::span(part).first(std::min<std::uint64_t>(left, part.size()));
    if (!read(at, bytes)) return false;
    crc.process_bytes(bytes.data(), bytes.size());
    at += bytes.size();
    left -= bytes.size();
  }
  std::uint32_t sum = 0;
  return read(chunk.body() + chunk.size, std::as_writable_bytes(std::span(&sum, 1))) && sum == crc.checksum();
}

std::vector<std::byte> Recording::body(const Chunk& chunk) const {
  std::vector<std::byte> bytes(chunk.size);
  if (!read(chunk.body(), bytes)) bytes.clear();
  return bytes;
}

// The graph and the sources: without them nothing can be replayed.
Status Recording::read_head() {
  std::array<char, 8> magic{};
  std::uint32_t version = 0;
  if (!read(0, std::as_writable_bytes(std::span(magic))) || std::string_view(magic.data(), 8) != recording::kMagic)
    return Error{path_, "is not a recording: 'sluice record GRAPH -o FILE' makes one"};
  if (!read(8, std::as_writable_bytes(std::span(&version, 1))) || version != recording::kVersion)
    return Error{path_, fmt::format("is a recording of version {}, and this sluice reads version {}", version,
                                    recording::kVersion)};
  const Error damaged{path_, "is damaged before its first block: nothing of it can be replayed"};
  Chunk chunk{.begin = 12};
  if (!next(chunk) || chunk.kind != Kind::graph || chunk.size > recording::kLargestGraph + 8) return damaged;
  const std::vector<std::byte> head = body(chunk);
  recording::Reader from(head);
  start_ = Time(Duration(from.get<std::int64_t>()));
  if (!from.ok()) return damaged;
  graph_.assign(reinterpret_cast<const char*>(from.rest().data()), from.rest().size());
  for (chunk.begin = chunk.end(); next(chunk) && chunk.kind == Kind::source; chunk.begin = chunk.end()) {
    const auto source = chunk.size <= recording::kLargestSource ? recording::source_of(body(chunk)) : std::nullopt;
    if (!source || sources_.size() == recording::kMostSources) return damaged;
    sources_.push_back(*source);
  }
  if (sources_.empty()) return damaged;
  blocks_.resize(sources_.size());
  first_block_ = chunk.begin;
  return {};
}

void Recording::read_blocks() {
  Chunk chunk{.begin = first_block_};
  while (damage_.empty() && !ended_ && chunk.begin < size_) {
    if (!next(chunk)) {
      damage_ = fmt::format("it is damaged or cut off at byte {}", chunk.begin);
      return;
    }
    if (const std::string wrong = add(chunk); !wrong.empty())
      damage_ = fmt::format("it is damaged at byte {} ({})", chunk.begin, wrong);
    chunk.begin = chunk.end();
  }
  if (damage_.empty() && !ended_) damage_ = "it ends without its last chunk: the recorder was interrupted";
}

// Why not, or nothing.
std::string Recording::add(const Chunk& chunk) {
  if (chunk.kind == Kind::block) return add_block(chunk);
  if (chunk.kind == Kind::change) return add_change(chunk);
  if (chunk.kind != Kind::end) return {};
  const std::vector<std::byte> totals = body(chunk);
  recording::Reader from(totals);
  const auto blocks = from.get<std::uint64_t>();
  lost_ = from.get<std::uint64_t>();
  ended_ = true;
  return from.ok() && blocks == all_blocks() ? "" : fmt::format("{} blocks of {}", all_blocks(), blocks);
}

std::string Recording::add_block(const Chunk& chunk) {
  if (chunk.size < recording::kStampBytes) return "a block without a header";
  recording::StampBytes bytes;
  if (!read(chunk.body(), bytes)) return "it cannot be read";
  const recording::BlockStamp stamp = recording::stamp_of(bytes);
  const auto payload = static_cast<std::uint32_t>(chunk.size - recording::kStampBytes);
  if (stamp.source >= sources_.size()) return "a block of an unknown source";
  if (!recording::fits(stamp, payload, sources_[stamp.source])) return "a block that is not of its source's shape";
  blocks_[stamp.source].push_back({chunk.body(), payload});
  return {};
}

std::string Recording::add_change(const Chunk& chunk) {
  if (chunk.size > recording::kLargestChange) return "a change that is too long";
  const std::vector<std::byte> said = body(chunk);
  recording::Reader from(said);
  const Time at{Duration(from.get<std::int64_t>())};
  changes_.push_back({at - start_, from.text()});
  return from.ok() ? "" : "a change that cannot be read";
}

std::size_t Recording::all_blocks() const {
  std::size_t all = 0;
  for (const auto& of_source : blocks_) all += of_source.size();
  return all;
}

bool Recording::stamp(std::size_t source, std::size_t n, recording::BlockStamp& stamp) const {
  recording::StampBytes bytes;
  if (!read(blocks_[source][n].stamp, bytes)) return false;
  stamp = recording::stamp_of(bytes);
  return stamp.source == source && recording::fits(stamp, blocks_[source][n].payload, sources_[source]);
}

bool Recording::payload(std::size_t source, std::size_t n, std::span<std::byte> to) const {
  return read(blocks_[source][n].stamp + recording::kStampBytes, to);
}

Result<std::shared_ptr<const Recording>> Recording::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO has no writer to wait for
  struct stat status {};
  if (file < 0 || ::fstat(file, &status) != 0) {
    const std::string reason = std::generic_category().message(errno);
    if (file >= 0) ::close(file);
    return std::unexpected(Error{path, reason});
  }
  const auto size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  std::shared_ptr<Recording> recording(new Recording(path, file, size));
  if (Status head = recording->read_head(); !head) return std::unexpected(head.error());
  recording->read_blocks();
  return recording;
}

}  // namespace sluice
