#include "nodes/mp3/kernels/id3.h"

#include <gtest/gtest.h>

namespace sluice::mp3 {
namespace {

std::string text_of(std::span<const std::uint8_t> bytes) {
  return {bytes.begin(), bytes.end()};
}

Id3Fields song() {
  Id3Fields fields;
  fields.title = "Käse";
  fields.artist = "Wir";
  fields.album = "Eins";
  fields.year = "2026";
  fields.comment = "so";
  fields.track = "3/12";
  fields.genre = "17";
  return fields;
}

TEST(Id3Test, Version24HoldsItsFramesInUtf8) {
  const std::string tag = id3v2(song());
  EXPECT_EQ(tag.substr(0, 6), std::string("ID3\4\0\0", 6));
  const std::size_t size = static_cast<std::size_t>(tag[8]) * 128 + static_cast<std::size_t>(tag[9]);
  EXPECT_EQ(size + 10, tag.size());
  EXPECT_EQ(tag.substr(10, 16), std::string("TIT2\0\0\0\6\0\0\3K\xc3\xa4se", 16));
  EXPECT_NE(tag.find(std::string("TRCK\0\0\0\5\0\0\3"
                                 "3/12",
                                 15)),
            std::string::npos);
  EXPECT_NE(tag.find(std::string("TCON\0\0\0\5\0\0\3Rock", 15)), std::string::npos);
  EXPECT_NE(tag.find(std::string("COMM\0\0\0\7\0\0\3XXX\0so", 17)), std::string::npos);
}

TEST(Id3Test, SizesHaveSevenBitsAByte) {
  Id3Fields fields;
  fields.title = std::string(199, 'x');
  const auto tag = id3v2(fields);
  EXPECT_EQ(tag[10 + 6], 1);  // 200 = 1 * 128 + 72
  EXPECT_EQ(tag[10 + 7], 72);
  EXPECT_EQ(tag.size(), 10u + 10 + 200);
}

TEST(Id3Test, APictureKeepsItsBytes) {
  Id3Fields fields;
  fields.cover = {0xff, 0xd8, 0xff, 0xe0, 0, 1, 2};
  const std::string tag = id3v2(fields);
  EXPECT_NE(tag.find(std::string("APIC\0\0\0\x15\0\0\0image/jpeg\0\3\0\xff\xd8\xff\xe0\0\1\2", 31)), std::string::npos);
  EXPECT_EQ(picture_type(std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', 13}), "image/png");
  EXPECT_EQ(picture_type(std::vector<std::uint8_t>{'G', 'I', 'F'}), "");
}

TEST(Id3Test, Version1CutsAndSpeaksLatin1) {
  Id3Fields fields = song();
  fields.artist = std::string(40, 'y');
  fields.album = "\xe2\x82\xac uro";  // the euro sign is not in ISO 8859-1
  const auto tag = id3v1(fields);
  const std::string text = text_of(tag);
  EXPECT_EQ(text.substr(0, 8), std::string("TAGK\xe4se\0", 8));
  EXPECT_EQ(text.substr(33, 31), std::string(30, 'y') + "?");
  EXPECT_EQ(text.substr(93, 4), "2026");
  EXPECT_EQ(tag[125], 0);
  EXPECT_EQ(tag[126], 3);
  EXPECT_EQ(tag[127], 17);
}

TEST(Id3Test, GenresAreKnownByNumberAndName) {
  EXPECT_EQ(genre_name("0"), "Blues");
  EXPECT_EQ(genre_name("125"), "Dance Hall");
  EXPECT_EQ(genre_name("hard rock"), "Hard Rock");
  EXPECT_EQ(genre_name("126"), "");
  EXPECT_EQ(genre_name("My Own"), "");
  Id3Fields fields;
  fields.genre = "My Own";
  EXPECT_EQ(id3v1(fields)[127], 255);
  EXPECT_NE(id3v2(fields).find("My Own"), std::string::npos);
}

TEST(Id3Test, ValuesOfOneLengthGiveTagsOfOneLength) {
  Id3Fields fields;
  fields.user = {{"REPLAYGAIN_TRACK_GAIN", "+00.00 dB"}};
  const auto before = id3v2(fields);
  fields.user[0].second = "-07.34 dB";
  EXPECT_EQ(id3v2(fields).size(), before.size());
  EXPECT_TRUE(Id3Fields().empty());
  EXPECT_FALSE(fields.empty());
}

}  // namespace
}  // namespace sluice::mp3
