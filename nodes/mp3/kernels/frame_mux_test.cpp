#include "nodes/mp3/kernels/frame_mux.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::mp3 {
namespace {

std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::vector<std::string> pop_all(FrameMux& mux) {
  std::vector<std::string> frames;
  for (MuxedFrame frame; mux.pop(frame);) {
    std::string text(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
    for (char& c : text)
      if (c == '\0') c = '0';
    frames.push_back((frame.independent ? "*" : "") + text);
  }
  return frames;
}

using Frames = std::vector<std::string>;

TEST(FrameMuxTest, LaterMainDataFillEarlierSlots) {
  FrameMux mux;
  mux.push(bytes("H1"), 5, 0, bytes("abc"));
  EXPECT_EQ(pop_all(mux), Frames{});  // two bytes are open
  mux.push(bytes("H2"), 5, 2, bytes("defg"));
  EXPECT_EQ(pop_all(mux), Frames{"*H1abcde"});
  mux.push(bytes("H3"), 5, 3, bytes("hijklmno"));
  EXPECT_EQ(pop_all(mux), (Frames{"H2fghij", "H3klmno"}));
}

TEST(FrameMuxTest, FillsWhatIsLeftOpenWithZeros) {
  FrameMux mux;
  mux.push(bytes("H1"), 5, 0, bytes("abc"));
  mux.push(bytes("H2"), 5, 0, bytes("de"));
  EXPECT_EQ(pop_all(mux), Frames{"*H1abc00"});
  mux.flush();
  EXPECT_EQ(pop_all(mux), Frames{"*H2de000"});
}

TEST(FrameMuxTest, HoldsTheLongestReservoirOverTheSmallestSlots) {
  FrameMux mux;
  for (int frame = 0; frame < 254; ++frame) mux.push(bytes("HHHHhhhhssssssssssssss!"), 1, frame, {});
  EXPECT_EQ(mux.open_bytes(), 254);
  EXPECT_EQ(pop_all(mux).size(), 0u);
  mux.push(bytes("H"), 1, 254, bytes(std::string(255, 'x')));
  EXPECT_EQ(pop_all(mux).size(), 255u);
}

}  // namespace
}  // namespace sluice::mp3
