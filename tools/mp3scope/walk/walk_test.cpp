// The parser over streams of our encoder, whole and broken: it finds nothing in the first and the break in the others.
#include "tools/mp3scope/walk/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/mp3/kernels/crc.h"
#include "tools/mp3scope/walk/streams_for_tests.h"

namespace sluice::mp3scope {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> faults_of(const FileReport& report) {
  std::vector<std::string> texts;
  for (const Fault& fault : report.faults)
    if (fault.severity == Severity::kFault) texts.push_back(fault.text);
  return texts;
}

Stream with_text(const std::string& before, Stream stream, const std::string& behind = "") {
  stream.insert(stream.begin(), before.begin(), before.end());
  stream.insert(stream.end(), behind.begin(), behind.end());
  return stream;
}

// Audio frames behind a tag frame that is true of them.
Stream with_info_frame(const std::vector<Stream>& frames) {
  const auto format = *mp3::StreamFormat::make(44100, 2, 128);
  mp3::StreamTotals totals;
  mp3::SeekPoints seek;
  for (const Stream& frame : frames) {
    ++totals.frames;
    totals.bytes += static_cast<std::uint32_t>(frame.size());
    totals.music_crc = mp3::tag_crc(totals.music_crc, frame);
    seek.add(frame.size());
  }
  totals.seek = seek.table(static_cast<std::size_t>(mp3::info_frame_bytes(format)));
  Stream tag(static_cast<std::size_t>(mp3::info_frame_bytes(format)));
  mp3::write_info_frame(format, true, totals, tag);
  const Stream music = joined(frames);
  tag.insert(tag.end(), music.begin(), music.end());
  return tag;
}

TEST(WalkTest, FindsNothingWrongWithOurStreams) {
  for (const int rate : {48000, 44100, 32000, 24000, 22050, 16000})
    for (const int channels : {1, 2})
      for (const int bitrate : mp3::bitrates_for(rate)) {
        const FileReport report = walk(stream_of({.rate_hz = rate, .channels = channels, .bitrate_kbps = bitrate}));
        EXPECT_THAT(report.faults, IsEmpty())
            << rate << " Hz, " << channels << " channels, " << bitrate << " kbit/s: " << report.faults[0].text;
        ASSERT_EQ(report.streams.size(), 1u);
        EXPECT_EQ(report.streams[0].first.rate_hz(), rate);
      }
}

TEST(WalkTest, SeesEveryFrameWithItsBytes) {
  const auto frames = frames_of({.crc = true});
  std::size_t n = 0;
  std::size_t offset = 0;
  std::array<int, 4> block_types{};
  int reaching_back = 0;
  walk(joined(frames), [&](const FrameReport& frame) {
    ASSERT_LT(n, frames.size());
    EXPECT_EQ(frame.index, static_cast<std::int64_t>(n));
    EXPECT_EQ(frame.offset, offset);
    EXPECT_EQ(frame.bytes, frames[n].size());
    EXPECT_EQ(frame.crc, CrcState::kRight);
    EXPECT_TRUE(frame.decodable);
    for (const auto& granule : frame.side.granule)
      for (const auto& side : granule) ++block_types[side.block_type];
    reaching_back += frame.side.main_data_begin > 0;
    offset += frames[n++].size();
  });
  EXPECT_EQ(n, frames.size());
  for (const int count : block_types) EXPECT_GT(count, 0);
  EXPECT_GT(reaching_back, 5);
}

TEST(WalkTest, BelievesATagThatIsTrueAndNoOther) {
  const auto frames = frames_of({});
  Stream file = with_info_frame(frames);
  FileReport report = walk(file);
  EXPECT_THAT(faults_of(report), IsEmpty());
  ASSERT_TRUE(report.streams[0].info && report.streams[0].info->lame);
  EXPECT_TRUE(report.streams[0].info->lame->tag_crc_right);
  EXPECT_EQ(report.streams[0].info->frames, frames.size());
  file.resize(file.size() - frames.back().size());
  EXPECT_THAT(faults_of(walk(file)), testing::Contains(HasSubstr("the tag says")));
}

TEST(WalkTest, FindsEveryFlippedBitOfATaggedFile) {
  const auto frames = frames_of({.granules = 20});
  const Stream file = with_info_frame(frames);
  std::minstd_rand random(1);
  constexpr std::size_t kTagEnd = 4 + 32 + 156;
  constexpr std::size_t kTagFrame = 417;
  for (int round = 0; round < 300; ++round) {
    Stream flipped = file;
    const std::size_t bit = random() % (8 * file.size());
    if (bit / 8 >= kTagEnd && bit / 8 < kTagFrame) continue;  // zeros that nobody promised
    flipped[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    EXPECT_GT(walk(flipped).fault_count, 0) << "bit " << bit % 8 << " of byte " << bit / 8;
  }
}

TEST(WalkTest, FindsFlippedBitsThatBreakTheCodesWithoutATagToo) {
  const auto frames = frames_of({.granules = 40});
  const Stream stream = joined(frames);
  std::minstd_rand random(2);
  int found = 0;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    Stream flipped = stream;
    const std::size_t bit = random() % (8 * stream.size());
    flipped[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    found += walk(flipped).fault_count > 0;
  }
  // The others give legal streams of another sound: signs, linbits, and codes that fall into step again.
  EXPECT_GT(found, kRounds / 10);
}

// Fifty bytes of each frame in turn. Often the new codes are legal to the end, another sound: only the music CRC of a
// tag tells that.
TEST(WalkTest, TellsWhereTheCodesBreak) {
  const auto frames = frames_of({});
  std::size_t start = 0;
  std::size_t broken = 0;
  for (const Stream& frame : frames) {
    Stream stream = joined(frames);
    const std::size_t damage = start + 60;
    start += frame.size();
    for (std::size_t i = 0; i < 50; ++i) stream[damage + i] ^= 0x5a;
    Stream tagged = with_info_frame(frames);
    std::copy(stream.begin(), stream.end(), tagged.end() - static_cast<std::ptrdiff_t>(stream.size()));
    EXPECT_GT(walk(tagged).fault_count, 0);
    const FileReport report = walk(stream);
    if (report.fault_count == 0) continue;
    ++broken;
    EXPECT_THAT(report.faults[0].text, HasSubstr("bits"));
    EXPECT_LE(report.faults[0].offset, damage + 50);
    EXPECT_GE(report.faults[0].offset + 1200, damage);
  }
  EXPECT_GT(broken, frames.size() / 3);
}

TEST(WalkTest, FindsAWrongChecksum) {
  auto frames = frames_of({.crc = true});
  frames[3][4] ^= 1;
  const FileReport report = walk(joined(frames));
  ASSERT_EQ(report.fault_count, 1);
  EXPECT_THAT(report.faults[0].text, HasSubstr("checksum"));
  EXPECT_EQ(report.faults[0].frame, 3);
}

TEST(WalkTest, FindsAReservoirThatReachesTooFarBack) {
  auto frames = frames_of({});
  std::size_t n = 0;
  while (mp3::SideInfo::parse(*mp3::FrameHeader::parse(frames[n]), std::span(frames[n]).subspan(4)).main_data_begin <
         200)
    ++n;
  frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(n));
  EXPECT_THAT(faults_of(walk(joined(frames))), testing::Contains(HasSubstr("main_data_begin is")));
}

TEST(WalkTest, GoesOnBehindJunkAndSaysWhereItWas) {
  const auto frames = frames_of({});
  Stream stream = joined(std::vector(frames.begin(), frames.begin() + 10));
  const std::size_t place = stream.size();
  stream.insert(stream.end(), 777, 0x33);
  const Stream rest = joined(std::vector(frames.begin() + 10, frames.end()));
  stream.insert(stream.end(), rest.begin(), rest.end());
  std::int64_t seen = 0;
  const FileReport report = walk(stream, [&](const FrameReport&) { ++seen; });
  EXPECT_EQ(seen, static_cast<std::int64_t>(frames.size()));
  ASSERT_GT(report.fault_count, 0);
  EXPECT_EQ(report.faults[0].offset, place);
  EXPECT_THAT(report.faults[0].text, HasSubstr("777 bytes"));
}

TEST(WalkTest, SaysThatTheLastFrameIsCut) {
  Stream stream = stream_of({});
  stream.resize(stream.size() - 3);
  EXPECT_THAT(faults_of(walk(stream)), testing::ElementsAre(HasSubstr("ends inside a frame")));
}

TEST(WalkTest, KnowsTheTagsAroundAStream) {
  std::string ape(32, '\0');
  ape.replace(0, 8, "APETAGEX");
  ape[12] = 32;  // the size of a tag without items, the footer
  const std::string id3v2 = std::string("ID3\4\0\0\0\0\0\5", 10) + "abcde";
  const std::string id3v1 = "TAG" + std::string(125, ' ');
  const FileReport report = walk(with_text(id3v2, stream_of({}), ape + id3v1));
  EXPECT_THAT(faults_of(report), IsEmpty());
  ASSERT_EQ(report.tags.size(), 3u);
  EXPECT_EQ(report.tags[0].kind, PieceKind::kId3v2);
  EXPECT_EQ(report.tags[1].kind, PieceKind::kApe);
  EXPECT_EQ(report.tags[2].kind, PieceKind::kId3v1);
}

TEST(WalkTest, ReadsFreeFormat) {
  auto frames = frames_of({});
  for (Stream& frame : frames) frame[2] &= 0x0f;  // bitrate_index 0; the frames stay as long as they were
  std::int64_t seen = 0;
  const FileReport report = walk(joined(frames), [&](const FrameReport& frame) {
    ++seen;
    EXPECT_NEAR(frame.kbps, 128, 0.5);
  });
  EXPECT_THAT(faults_of(report), IsEmpty());
  EXPECT_EQ(seen, static_cast<std::int64_t>(frames.size()));
}

TEST(WalkTest, TakesStreamsThatWerePutTogether) {
  const Stream second = stream_of({.rate_hz = 24000, .channels = 1, .bitrate_kbps = 48});
  Stream file = stream_of({});
  const std::size_t border = file.size();
  file.insert(file.end(), second.begin(), second.end());
  const FileReport report = walk(file);
  EXPECT_THAT(faults_of(report), IsEmpty());
  ASSERT_EQ(report.streams.size(), 2u);
  EXPECT_EQ(report.streams[1].offset, border);
}

TEST(WalkTest, WhatIsNoMp3IsSaidToBeNone) {
  EXPECT_THAT(faults_of(walk({})), testing::ElementsAre(HasSubstr("no MP3 frame")));
  std::minstd_rand random(4);
  Stream noise(20000);
  for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random());
  EXPECT_GT(walk(noise).fault_count, 0);
  EXPECT_GT(walk(Stream(5000, 0xff)).fault_count, 0);
  EXPECT_GT(walk(Stream(5000, 0)).fault_count, 0);
}

}  // namespace
}  // namespace sluice::mp3scope
