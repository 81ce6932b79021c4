// A recording (.sluicerec): what the sources of a running graph emitted, and when. Everything is little-endian.
//
//   8 bytes  "SLUICREC"
//   u32      version, 1
//   chunks   u32 kind | u32 bytes of the body | body | u32 CRC-32 (ISO/IEC 13239) of kind, size and body
//
//   graph    once, first: i64 time when the recording began, the flat graph as YAML
//   source   one per output of a node without inputs, before the first block; numbered from 0
//   block    u32 source, BlockHeader's fields, i64 time when it was emitted, u64 blocks that the recorder lost before
//   it,
//            the payload: samples channel by channel, or bytes
//   change   the running graph was changed: i64 time, u32 length and text of what was changed
//   end      last: u64 blocks of all sources, u64 lost; a file without it was cut off
//
// Times are nanoseconds on the clock of the recorded run. Chunks of other kinds are left out by readers.
// Internal to the run room.
#pragma once

#include <bit>
#include <boost/crc.hpp>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/stream/block.h"
#include "engine/stream/format.h"

namespace sluice::recording {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

inline constexpr std::string_view kMagic = "SLUICREC";
inline constexpr std::uint32_t kVersion = 1;

enum class Kind : std::uint32_t { graph = 1, source = 2, block = 3, end = 4, change = 5 };

inline constexpr std::size_t kChunkHead = 8, kChunkTail = 4;        // bytes
inline constexpr std::size_t kLargestGraph = std::size_t{1} << 20;  // bytes; as of graph files
inline constexpr std::size_t kLargestSource = std::size_t{1} << 12;
inline constexpr std::size_t kLargestChange = std::size_t{1} << 12;
inline constexpr std::size_t kLargestPayload = std::size_t{1} << 28;
inline constexpr std::size_t kMostSources = 4096;

using Crc = boost::crc_32_type;

struct Source {
  std::string node, type, port;     // names in the graph, type of the node
  std::string media, codec;         // what the port declares; empty: any
  Format format;                    // what it carries
  std::int64_t block_frames = 0;    // largest block
  std::uint32_t sample_bytes = 0;   // 4 or 8 for samples, 0 for packets, text and structs
  std::uint64_t payload_bytes = 0;  // largest payload of the latter
};

struct BlockStamp {
  std::uint32_t source = 0;
  BlockHeader header;
  Time emitted{};          // when the source emitted it
  std::uint64_t lost = 0;  // blocks just before it that the recorder could not keep
};

// Appends numbers and texts to a body.
class Writer {
 public:
  explicit Writer(std::vector<std::byte>& to) : to_(to) {}
  template <typename T>
  requires std::is_arithmetic_v<T>
  void put(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    to_.insert(to_.end(), bytes.begin(), bytes.end());
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    raw(std::as_bytes(std::span(text)));
  }
  void raw(std::span<const std::byte> bytes) { to_.insert(to_.end(), bytes.begin(), bytes.end()); }

 private:
  std::vector<std::byte>& to_;
};

// Takes them out again. What is not there reads as 0 or empty, and ok() says so.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> from) : from_(from) {}
  template <typename T>
  requires std::is_arithmetic_v<T> T get() {
    T value{};
    if (ok_ = ok_ && from_.size() >= sizeof value; ok_) {
      std::memcpy(&value, from_.data(), sizeof value);
      from_ = from_.subspan(sizeof value);
    }
    return value;
  }
  std::string text() {
    const auto size = get<std::uint32_t>();
    if (ok_ = ok_ && from_.size() >= size; !ok_) return {};
    const auto bytes = from_.first(size);
    from_ = from_.subspan(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> rest() const { return from_; }
  bool ok() const { return ok_; }

 private:
  std::span<const std::byte> from_;
  bool ok_ = true;
};

inline constexpr std::size_t kStampBytes = 56;  // of a BlockStamp in the file

using StampBytes = std::array<std::byte, kStampBytes>;
StampBytes to_bytes(const BlockStamp& stamp) noexcept;  // realtime-safe
BlockStamp stamp_of(std::span<const std::byte, kStampBytes> bytes) noexcept;

std::vector<std::byte> to_bytes(const Source& source);
// None when the body is no source, or one whose blocks would not fit into kLargestPayload.
std::optional<Source> source_of(std::span<const std::byte> body);

// True when a block of `payload` bytes can be one of `source`'s.
bool fits(const BlockStamp& stamp, std::size_t payload, const Source& source);

}  // namespace sluice::recording
