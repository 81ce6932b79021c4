// The Radio Data System (IEC 62106): groups of four blocks of 16 bits, each with a checkword of 10 bits; what they say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::sdr {

inline constexpr double kRdsBitRate = 1187.5;  // 57 kHz / 48
inline constexpr std::size_t kRdsBlocks = 4, kRdsBlockBits = 26;
inline constexpr std::size_t kPsLetters = 8, kRtLetters = 64;

using RdsGroup = std::array<std::uint16_t, kRdsBlocks>;

// What a station says of itself. Letters beyond ASCII are sent as they are given.
struct RdsStation {
  std::uint16_t pi = 0x1234;  // programme identification
  std::uint8_t pty = 10;      // programme type: pop music
  bool stereo = true, music = true, traffic = false;
  std::array<char, kPsLetters> ps{};  // programme service name
  std::array<char, kRtLetters> rt{};  // radiotext
  // RT+ (IEC 62106, annex P): where title and artist stand in the radiotext.
  struct Tag {
    std::uint8_t type = 0, start = 0, length = 0;  // length: letters less one; type 0: none
  };
  std::array<Tag, 2> tags{};

  void set_ps(std::string_view text) noexcept;
  // "Artist - Title": marked as RT+ where it has that form.
  void set_rt(std::string_view text) noexcept;
};
inline constexpr std::uint8_t kRtPlusTitle = 1, kRtPlusArtist = 4;

// The checkword of 16 bits of information, without the offset. Generator x^10+x^8+x^7+x^5+x^4+x^3+1.
std::uint16_t rds_checkword(std::uint16_t information) noexcept;

// Groups 0A (PS), 2A (RT), 3A and 11A (RT+) in turn, as a stream of bits. Realtime-safe.
class RdsEncoder {
 public:
  explicit RdsEncoder(const RdsStation& station) : station_(station) { next_group(); }
  void set(const RdsStation& station) noexcept;  // from the next group on; radiotext is announced as new
  bool next() noexcept;

 private:
  void next_group() noexcept;
  std::uint16_t block_b(unsigned type, unsigned low) const noexcept;

  RdsStation station_;
  RdsGroup group_{};
  std::size_t bit_ = 0, count_ = 0, ps_ = 0, rt_ = 0;
  bool text_flag_ = false;
};

struct RdsCounts {
  std::uint64_t blocks = 0, good = 0, corrected = 0, groups = 0, syncs = 0;
};

// Bits -> what the station says. In step after two blocks in their places, out of step after half of 48 blocks bad.
// Bursts of two bits are corrected. Realtime-safe.
class RdsDecoder {
 public:
  void push(bool bit) noexcept;

  const RdsStation& station() const noexcept { return station_; }
  bool synchronised() const noexcept { return synchronised_; }
  const RdsCounts& counts() const noexcept { return counts_; }
  // Counts up when something that station() says has changed.
  std::uint64_t changes() const noexcept { return changes_; }

 private:
  std::optional<std::size_t> place(std::uint32_t word) const noexcept;
  void look_for_step() noexcept;
  void take_block() noexcept;
  void take_group() noexcept;
  template <typename T>
  void update(T& value, T now) noexcept {
    if (value == now) return;
    value = now;
    ++changes_;
  }

  std::uint32_t register_ = 0;  // the last 26 bits
  bool synchronised_ = false;
  std::size_t bits_ = 0, expected_ = 0;    // since the last block; its place
  std::size_t candidate_ = 0, since_ = 0;  // a block seen while out of step, and bits since
  bool has_candidate_ = false;
  RdsGroup group_{};
  std::array<bool, kRdsBlocks> valid_{};
  unsigned recent_ = 0, recent_bad_ = 0;
  bool text_flag_ = false, text_seen_ = false;
  unsigned rt_plus_group_ = 0;  // of type code, times 2, plus version; 0: not announced
  RdsStation station_;
  RdsCounts counts_;
  std::uint64_t changes_ = 0;
};

}  // namespace sluice::sdr
