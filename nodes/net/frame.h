// One encoded frame on its way from the graph to the network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/clock.h"

namespace sluice::net {

/// Largest frame carried. An MP3 frame has at most 1441 bytes (320 kbit/s, 32 kHz, padded); other packets may be
/// larger.
constexpr std::size_t kMaxFrameBytes = 4096;

/// A frame by reference.
struct FrameView {
  std::span<const std::uint8_t> bytes;
  Time capture_time{};         // of the frame's first sample
  bool independent = false;    // decodes without its predecessors; for MP3 the frame's own header decides
  bool discontinuity = false;  // frames are missing before this one
};

}  // namespace sluice::net
