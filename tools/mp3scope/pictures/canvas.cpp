#include "tools/mp3scope/pictures/canvas.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::mp3scope {
namespace {

constexpr int kScale = 2;         // of a dot of the font
constexpr int kGlyphAdvance = 4;  // dots
constexpr int kGlyphRows = 5;

// Three dots wide and five high: one octal digit a row.
constexpr std::array<std::pair<char, unsigned>, 43> kFont = {{
    {'0', 075557}, {'1', 026227}, {'2', 071747}, {'3', 071717}, {'4', 055711}, {'5', 074717}, {'6', 074757},
    {'7', 071244}, {'8', 075757}, {'9', 075717}, {'A', 025755}, {'B', 065656}, {'C', 034443}, {'D', 065556},
    {'E', 074647}, {'F', 074644}, {'G', 034553}, {'H', 055755}, {'I', 072227}, {'J', 011152}, {'K', 055655},
    {'L', 044447}, {'M', 057755}, {'N', 065555}, {'O', 025552}, {'P', 065644}, {'Q', 025563}, {'R', 065655},
    {'S', 034216}, {'T', 072222}, {'U', 055557}, {'V', 055552}, {'W', 055775}, {'X', 055255}, {'Y', 055222},
    {'Z', 071247}, {'.', 000002}, {':', 002020}, {'-', 000700}, {'+', 002720}, {'/', 011244}, {'%', 051245},
    {',', 000024},
}};

unsigned glyph(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  const auto found = std::ranges::find(kFont, c, [](const auto& entry) { return entry.first; });
  return found == kFont.end() ? 0u : found->second;
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), rgb_(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

Colour Canvas::at(int x, int y) const {
  const auto* p =
      rgb_.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x));
  return {p[0], p[1], p[2]};
}

void Canvas::set(int x, int y, Colour colour) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  auto* p =
      rgb_.data() + 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x));
  p[0] = colour.r;
  p[1] = colour.g;
  p[2] = colour.b;
}

void Canvas::fill(int x, int y, int width, int height, Colour colour) {
  for (int row = y; row < y + height; ++row)
    for (int column = x; column < x + width; ++column) set(column, row, colour);
}

void Canvas::text(int x, int y, std::string_view text, Colour colour) {
  for (const char c : text) {
    const unsigned dots = glyph(c);
    for (int row = 0; row < kGlyphRows; ++row)
      for (int column = 0; column < 3; ++column)
        if ((dots >> (3 * (kGlyphRows - 1 - row) + 2 - column) & 1) != 0)
          fill(x + kScale * column, y + kScale * row, kScale, kScale, colour);
    x += kScale * kGlyphAdvance;
  }
}

int Canvas::text_width(std::string_view text) {
  return kScale * kGlyphAdvance * static_cast<int>(text.size());
}

bool Canvas::write_png(const std::string& path) const {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = PNG_FORMAT_RGB;
  return png_image_write_to_file(&image, path.c_str(), 0, rgb_.data(), 0, nullptr) != 0;
}

Colour heat(double value) {
  static constexpr std::array<std::array<double, 3>, 5> kStops = {
      {{0, 0, 0}, {20, 20, 140}, {200, 30, 80}, {250, 190, 40}, {255, 255, 255}}};
  const double place = std::clamp(value, 0.0, 1.0) * (kStops.size() - 1);
  const auto stop = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double part = place - static_cast<double>(stop);
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i)
    rgb[i] = static_cast<std::uint8_t>(kStops[stop][i] + part * (kStops[stop + 1][i] - kStops[stop][i]));
  return {rgb[0], rgb[1], rgb[2]};
}

}  // namespace sluice::mp3scope
