#include "engine/run/recording_format.h"

#include <cmath>

namespace sluice::recording {
namespace {

constexpr double kHighestRate = 1e12;  // Hz; beyond, times in nanoseconds say nothing
constexpr double kLowestRate = 1e-3;
constexpr double kLongestBlock = 1e6;  // s
constexpr int kMostChannels = 1 << 16;

std::int64_t ns(Time time) {
  return time.time_since_epoch().count();
}

Time time_of(std::int64_t ns) {
  return Time(Duration(ns));
}

// A stream without a rate, or one whose times are told by nanoseconds.
bool has_sound_times(const Source& source) {
  const double rate_hz = source.format.rate_hz;
  return rate_hz == 0 || (rate_hz >= kLowestRate && rate_hz <= kHighestRate &&
                          static_cast<double>(source.block_frames) <= kLongestBlock * rate_hz);
}

}  // namespace

StampBytes to_bytes(const BlockStamp& stamp) noexcept {
  const std::uint32_t head[] = {stamp.source, stamp.header.flags};
  const std::int64_t numbers[] = {static_cast<std::int64_t>(stamp.header.sequence),
                                  ns(stamp.header.capture_time),
                                  ns(stamp.emitted),
                                  stamp.header.position,
                                  stamp.header.frames,
                                  static_cast<std::int64_t>(stamp.lost)};
  static_assert(sizeof head + sizeof numbers == kStampBytes);
  StampBytes bytes;
  std::memcpy(bytes.data(), head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, numbers, sizeof numbers);
  return bytes;
}

BlockStamp stamp_of(std::span<const std::byte, kStampBytes> bytes) noexcept {
  Reader from(bytes);
  BlockStamp stamp;
  stamp.source = from.get<std::uint32_t>();
  stamp.header.flags = from.get<std::uint32_t>();
  stamp.header.sequence = from.get<std::uint64_t>();
  stamp.header.capture_time = time_of(from.get<std::int64_t>());
  stamp.emitted = time_of(from.get<std::int64_t>());
  stamp.header.position = from.get<std::int64_t>();
  stamp.header.frames = from.get<std::int64_t>();
  stamp.lost = from.get<std::uint64_t>();
  return stamp;
}

std::vector<std::byte> to_bytes(const Source& source) {
  std::vector<std::byte> body;
  Writer to(body);
  for (const std::string& text :
       {source.node, source.type, source.port, source.media, source.codec, source.format.media, source.format.codec})
    to.put(text);
  to.put(source.format.rate_hz);
  to.put(static_cast<std::int32_t>(source.format.channels));
  to.put(source.block_frames);
  to.put(source.sample_bytes);
  to.put(source.payload_bytes);
  return body;
}

std::optional<Source> source_of(std::span<const std::byte> body) {
  Reader from(body);
  Source source;
  for (std::string* text : {&source.node, &source.type, &source.port, &source.media, &source.codec,
                            &source.format.media, &source.format.codec})
    *text = from.text();
  source.format.rate_hz = from.get<double>();
  source.format.channels = from.get<std::int32_t>();
  source.block_frames = from.get<std::int64_t>();
  source.sample_bytes = from.get<std::uint32_t>();
  source.payload_bytes = from.get<std::uint64_t>();
  const bool sound = from.ok() && !source.node.empty() && !source.port.empty() && has_sound_times(source) &&
                     source.format.channels >= 0 && source.format.channels <= kMostChannels &&
                     source.block_frames >= 0 && source.payload_bytes <= kLargestPayload;
  if (!sound) return {};
  if (source.sample_bytes == 0) return source;
  const bool samples = source.sample_bytes == 4 || source.sample_bytes == 8;
  const auto channels = static_cast<std::size_t>(std::max(1, source.format.channels));
  const bool small = source.block_frames > 0 &&
                     static_cast<std::size_t>(source.block_frames) <= kLargestPayload / channels / source.sample_bytes;
  return samples && small ? std::optional(source) : std::nullopt;
}

bool fits(const BlockStamp& stamp, std::size_t payload, const Source& source) {
  if (stamp.header.frames < 0) return false;
  if (source.sample_bytes == 0) return payload <= source.payload_bytes;
  const auto channels = static_cast<std::size_t>(std::max(1, source.format.channels));
  return stamp.header.frames <= source.block_frames &&
         payload == static_cast<std::size_t>(stamp.header.frames) * channels * source.sample_bytes;
}

}  // namespace sluice::recording
