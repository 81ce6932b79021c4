#include "tools/mp3scope/pictures/canvas.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::mp3scope {
namespace {

TEST(CanvasTest, DrawsWithinItselfOnly) {
  Canvas canvas(10, 5);
  canvas.fill(-5, -5, 100, 100, {1, 2, 3});
  canvas.set(10, 5, {9, 9, 9});
  EXPECT_EQ(canvas.at(9, 4).g, 2);
}

TEST(CanvasTest, WritesAPngFile) {
  Canvas canvas(30, 20);
  canvas.text(2, 2, "0dB", {255, 255, 255});
  const std::string path = testing::TempDir() + "canvas_test.png";
  ASSERT_TRUE(canvas.write_png(path));
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(bytes.substr(1, 3), "PNG");
  EXPECT_FALSE(canvas.write_png("/no/such/folder/x.png"));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace sluice::mp3scope
