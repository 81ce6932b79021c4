// Radio frames -> packets: puts the pieces back together, in order, whatever was lost, repeated, reordered or damaged.
// Memory is bounded: kWindow packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sdr/fec.h"
#include "nodes/sdr/kernels/frame_order.h"
#include "nodes/sdr/kernels/radio_header.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {

struct ReceivedPacket {
  PacketHead head;
  std::span<const std::uint8_t> payload;  // valid until the next call
  bool gap = false;                       // packets before it are lost
};

struct RadioCounts {
  std::uint64_t frames = 0;    // taken in
  std::uint64_t damaged = 0;   // frames whose head does not pass its check, or does not fit their length
  std::uint64_t foreign = 0;   // frames of another stream or version
  std::uint64_t replayed = 0;  // frames that came twice, or too late
  std::uint64_t restarts = 0;  // jumps of the sequence number that were followed
  std::uint64_t packets = 0;   // received whole
  std::uint64_t lost = 0;      // packets of which nothing, or not enough, came
};

// One thread at a time; realtime-safe but for the constructor.
class RadioAssembler {
 public:
  static constexpr std::size_t kWindow = 32;  // packets under way
  // A sender that starts again counts from 0: this many frames in sequence, all of them old, are believed.
  static constexpr std::uint32_t kRestartFrames = 4;

  // stream: the one to follow, none: the first that comes. reorder: frames that a late one may be overtaken by.
  explicit RadioAssembler(std::optional<std::uint8_t> stream = {}, std::size_t reorder = 0);

  // Soft bits of one frame, 8 for each of its bytes.
  void push(std::span<const SoftBit> air) noexcept;
  // The next packet that is decided; empty when more frames are needed. Lost ones are left out.
  std::optional<ReceivedPacket> next() noexcept;
  // No more frames: next() decides all that is left.
  void finish() noexcept { finished_ = true; }

  const RadioCounts& counts() const noexcept { return counts_; }

 private:
  struct Slot {
    std::uint32_t sequence = 0;
    bool used = false;
    std::uint8_t code = 0, depth = 1, units = 0;
    std::uint32_t pieces = 0;  // one bit for each that came
    std::vector<SoftBit> soft;
  };

  std::optional<RadioHeader> read_header(std::size_t bits) noexcept;
  bool accept(const RadioHeader& header) noexcept;
  bool is_restart(std::uint32_t sequence) noexcept;
  void begin_at(std::uint32_t sequence) noexcept;
  void take_pieces(const RadioHeader& header) noexcept;
  Slot* open_slot(const RadioHeader& header, std::size_t j) noexcept;
  bool decided() const noexcept;
  std::optional<ReceivedPacket> decode(Slot& slot) noexcept;
  std::size_t coded_bits(const RadioHeader& header, std::size_t j) const noexcept;
  Slot& slot(std::uint32_t sequence) noexcept { return slots_[sequence % kWindow]; }

  std::optional<std::uint8_t> stream_;
  std::size_t reorder_;
  std::array<std::unique_ptr<Fec>, kFecNames.size()> fecs_;
  FrameOrder order_;
  ViterbiDecoder header_decoder_;
  std::vector<SoftBit> bits_;       // of the frame at hand, in the order of the code
  std::vector<std::uint8_t> data_;  // of the packet at hand
  std::array<Slot, kWindow> slots_;
  bool started_ = false, finished_ = false, gap_ = false;
  std::uint32_t next_ = 0;                        // packet to be decided next
  std::uint32_t newest_ = 0;                      // newest frame
  std::uint64_t seen_ = 0;                        // bit k: frame newest_ - k came
  std::size_t depth_ = 1;                         // of the newest frame
  std::uint32_t old_expected_ = 0, old_run_ = 0;  // old frames that came in sequence
  RadioCounts counts_;
};

}  // namespace sluice::sdr
