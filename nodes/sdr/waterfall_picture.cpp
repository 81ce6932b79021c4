#include "nodes/sdr/waterfall_picture.h"

#include <png.h>

#include <algorithm>

namespace sluice::sdr {

std::array<std::uint8_t, 3> heat(std::uint8_t level) {
  static constexpr std::array<std::array<int, 3>, 5> kStops = {
      {{0, 0, 0}, {20, 20, 140}, {200, 30, 80}, {250, 190, 40}, {255, 255, 255}}};
  constexpr int kSpan = 255 / (static_cast<int>(kStops.size()) - 1);  // 63; the last stop takes what is above
  const auto stop = std::min<std::size_t>(level / kSpan, kStops.size() - 2);
  const int part = std::min(level - static_cast<int>(stop) * kSpan, kSpan);
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i)
    rgb[i] = static_cast<std::uint8_t>(kStops[stop][i] + (kStops[stop + 1][i] - kStops[stop][i]) * part / kSpan);
  return rgb;
}

void WaterfallPicture::add(std::span<const std::uint8_t> row) noexcept {
  std::ranges::copy(row, levels_.begin() + static_cast<std::ptrdiff_t>(rows_ % kMostRows * bins_));
  ++rows_;
}

bool WaterfallPicture::write(const std::string& path) const {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(3 * bins_ * rows());
  for (std::size_t n = rows_ - rows(); n < rows_; ++n)
    for (const std::uint8_t level : std::span(levels_).subspan(n % kMostRows * bins_, bins_))
      for (const std::uint8_t part : heat(level)) rgb.push_back(part);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(bins_);
  image.height = static_cast<png_uint_32>(rows());
  image.format = PNG_FORMAT_RGB;
  return png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr) != 0;
}

}  // namespace sluice::sdr
