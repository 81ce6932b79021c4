// A picture in memory, and as a PNG file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::mp3scope {

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0;
};

// Places are in pixels from the upper left corner; what lies outside is not drawn.
class Canvas {
 public:
  static constexpr int kTextHeight = 10;

  Canvas(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  Colour at(int x, int y) const;
  void set(int x, int y, Colour colour);
  void fill(int x, int y, int width, int height, Colour colour);
  // Capital letters, digits and .:-+/% from the place of its upper left corner on.
  void text(int x, int y, std::string_view text, Colour colour);
  static int text_width(std::string_view text);

  // False when the file cannot be written.
  bool write_png(const std::string& path) const;

 private:
  int width_, height_;
  std::vector<std::uint8_t> rgb_;
};

// From black over blue, red and yellow to white, for 0 to 1.
Colour heat(double value);

}  // namespace sluice::mp3scope
