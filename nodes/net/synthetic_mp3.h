// For tests: frames that are right in all a streamer looks at, and a reader that judges a received stream by the rule
// a decoder goes by: main_data_begin never exceeds what the frames before have put into the reservoir.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "nodes/net/kernels/mp3_frame.h"

namespace sluice::net {

constexpr std::size_t kSyntheticFrameBytes = 417;     // 128 kbit/s, 44.1 kHz, stereo, no padding
constexpr std::size_t kSyntheticMainData = 417 - 36;  // header and side information apart
constexpr std::chrono::nanoseconds kSyntheticDuration{26'122'448};

/// Frame whose main data is all `mark` (not 0xFF), reaching back `main_data_begin` bytes.
inline std::vector<std::uint8_t> synthetic_frame(std::uint8_t mark, std::size_t main_data_begin) {
  std::vector<std::uint8_t> bytes(kSyntheticFrameBytes, mark);
  const std::uint8_t header[] = {0xFF, 0xFB, 0x90, 0x00};
  std::copy(std::begin(header), std::end(header), bytes.begin());
  std::fill(bytes.begin() + 4, bytes.begin() + 36, std::uint8_t{0x11});
  bytes[4] = static_cast<std::uint8_t>(main_data_begin >> 1);
  bytes[5] = static_cast<std::uint8_t>((main_data_begin & 1) << 7 | 0x11);
  return bytes;
}

struct ReceivedFrame {
  std::uint8_t mark;
  bool decodable, silent;
};

/// Takes `stream` apart; stops at the first byte that is not a synthetic frame (a truncated last frame included).
inline std::vector<ReceivedFrame> received_frames(std::string_view stream) {
  std::vector<ReceivedFrame> frames;
  std::size_t reservoir = 0;
  for (; stream.size() >= kSyntheticFrameBytes; stream.remove_prefix(kSyntheticFrameBytes)) {
    const std::span bytes{reinterpret_cast<const std::uint8_t*>(stream.data()), kSyntheticFrameBytes};
    const auto frame = parse_mp3_frame(bytes);
    if (!frame) break;
    frames.push_back({bytes.back(), frame->main_data_begin <= reservoir, bytes[20] == 0});
    reservoir += frame->main_data_bytes;
  }
  return frames;
}

}  // namespace sluice::net
