// Packets -> radio frames: each packet gets a head, a check and a code, is cut into `depth` pieces, and goes out in as
// many frames (convolutional interleaving: a frame lost to a fade costs every packet only its depth-th part).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nodes/sdr/fec.h"
#include "nodes/sdr/kernels/frame_order.h"
#include "nodes/sdr/kernels/radio_header.h"

namespace sluice::sdr {

// What goes with a packet's bytes, under the packet's own code and CRC-32.
struct PacketHead {
  std::uint8_t flags = 0;     // PacketFlag
  std::uint16_t frames = 0;   // sample frames that the packet stands for
  std::int64_t position = 0;  // sample time: frames since the sender's stream began

  bool operator==(const PacketHead&) const = default;
};
enum PacketFlag : std::uint8_t { kPacketIndependent = 1, kPacketAfterGap = 2 };

// On the air: flags (1), frames (2), position (8), length (2), all big endian; the bytes; zeros; CRC-32 (4).
inline constexpr std::size_t kPacketHeadBytes = 13, kPacketCheckBytes = 4;
inline constexpr std::size_t kMaxCodedPacket = kMaxPacketUnits * kLengthUnit;
inline constexpr std::size_t kMaxPayload = kMaxCodedPacket - kPacketHeadBytes - kPacketCheckBytes;

// Bits of one frame, whatever the code: a whole packet of the largest size, spread or not.
inline constexpr std::size_t kMaxFrameBits = 40'000;
inline constexpr std::size_t kMaxFrameAir = kMaxFrameBits / 8;  // bytes

// Pieces of a packet of `coded` bits: piece j has every depth-th bit from j on, so that a lost piece punctures the
// code.
constexpr std::size_t piece_bits(std::size_t coded, std::size_t depth, std::size_t j) {
  return (coded + depth - 1 - j) / depth;
}

// One thread at a time; realtime-safe but for the constructor.
class RadioFramer {
 public:
  // depth: 1..kMaxDepth; stream: 0..255.
  RadioFramer(FecScheme scheme, std::size_t depth, std::uint8_t stream);

  // The next frame; `payload` has at most kMaxPayload bytes. Valid until the next call.
  std::span<const std::uint8_t> frame(const PacketHead& head, std::span<const std::uint8_t> payload) noexcept;
  // A frame without a packet of its own: depth - 1 of them bring the last packets home.
  std::span<const std::uint8_t> tail() noexcept;

 private:
  struct Coded {
    std::vector<std::uint8_t> bits;  // 0 or 1
    std::size_t size = 0;
    std::uint8_t units = 0;
  };

  Coded& coded(std::uint32_t sequence) noexcept { return packets_[sequence % packets_.size()]; }
  std::span<const std::uint8_t> assemble() noexcept;

  FecScheme scheme_;
  std::uint8_t stream_;
  std::uint32_t sequence_ = 0;
  std::unique_ptr<Fec> fec_;
  FrameOrder order_;
  std::vector<Coded> packets_;  // the last `depth`, by sequence
  std::vector<std::uint8_t> data_, bits_, air_;
};

}  // namespace sluice::sdr
