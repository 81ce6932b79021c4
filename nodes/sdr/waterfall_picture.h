// The colours of a waterfall, and its rows as a PNG file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sluice::sdr {

// Black, blue, red, yellow, white, for levels from 0 (the floor) to 255 (the top).
std::array<std::uint8_t, 3> heat(std::uint8_t level);

// Keeps the newest rows; all memory is taken when it is made. Realtime-safe but for write().
class WaterfallPicture {
 public:
  static constexpr std::size_t kMostRows = 2048;

  explicit WaterfallPicture(std::size_t bins) : bins_(bins), levels_(bins * kMostRows) {}

  void add(std::span<const std::uint8_t> row) noexcept;
  std::size_t rows() const noexcept { return rows_ < kMostRows ? rows_ : kMostRows; }
  // A pixel for each bin and row, the oldest row at the top. False when the file cannot be written.
  bool write(const std::string& path) const;

 private:
  std::size_t bins_;
  std::size_t rows_ = 0;  // ever added
  std::vector<std::uint8_t> levels_;
};

}  // namespace sluice::sdr
