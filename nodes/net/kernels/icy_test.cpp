#include "nodes/net/kernels/icy.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

TEST(IcyMetadata, IsALengthByteAndPaddedText) {
  const auto block = icy_metadata_block("Artist - Song");
  EXPECT_EQ(block[0], 2);
  EXPECT_EQ(block.size(), 1u + 32);
  EXPECT_EQ(block.substr(1), std::string("StreamTitle='Artist - Song';") + std::string(4, '\0'));
}

TEST(IcyMetadata, CannotBeEndedByTheTitle) {
  const auto block = icy_metadata_block("x';StreamUrl='http://elsewhere");
  EXPECT_EQ(block.find("';"), block.rfind("';"));
}

TEST(IcyMetadata, KeepsHarmlessApostrophes) {
  EXPECT_NE(icy_metadata_block("Don't").find("Don't"), std::string::npos);
}

TEST(IcyMetadata, CutsLongTitlesToWhatTheLengthByteHolds) {
  const auto block = icy_metadata_block(std::string(10'000, 'a'));
  EXPECT_EQ(static_cast<unsigned char>(block[0]), 255);
  EXPECT_EQ(block.size(), 1u + 255 * 16);
  EXPECT_EQ(block.substr(block.size() - 2), "';");
}

TEST(CleanUtf8, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(clean_utf8("T\xC3\xAFtle"), "T\xC3\xAFtle");
  EXPECT_EQ(clean_utf8("T\xEFtle"), "T\xEF\xBF\xBDtle");               // Latin-1
  EXPECT_EQ(clean_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");       // overlong
  EXPECT_EQ(clean_utf8("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(clean_utf8("\xF0\x9F\x8E\xB5"), "\xF0\x9F\x8E\xB5");
  EXPECT_EQ(clean_utf8("a\r\nb"), "a  b");
}

TEST(CleanUtf8, CutsAtACharacter) {
  EXPECT_EQ(clean_utf8("ab\xC3\xAF", 3), "ab");
}

}  // namespace
}  // namespace sluice::net
