#include "nodes/mp3/kernels/crc.h"

#include <gtest/gtest.h>

#include <string_view>

namespace sluice::mp3 {
namespace {

// Check values of the two algorithms over "123456789", as catalogued: CRC-16/CMS and CRC-16/ARC.
constexpr std::string_view kCheck = "123456789";
const std::span<const std::uint8_t> kBytes{reinterpret_cast<const std::uint8_t*>(kCheck.data()), kCheck.size()};

TEST(CrcTest, FrameCrcIsCms) {
  EXPECT_EQ(frame_crc(kFrameCrcStart, kBytes), 0xaee7);
}
TEST(CrcTest, TagCrcIsArc) {
  EXPECT_EQ(tag_crc(0, kBytes), 0xbb3d);
}
TEST(CrcTest, MayBeTakenInParts) {
  EXPECT_EQ(tag_crc(tag_crc(0, kBytes.first(4)), kBytes.subspan(4)), 0xbb3d);
}

}  // namespace
}  // namespace sluice::mp3
