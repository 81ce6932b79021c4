// ADUs of our own streams: there and back bit by bit, and what is left when some are lost.
#include "nodes/mp3/kernels/adu.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "nodes/mp3/kernels/encoder.h"
#include "nodes/mp3/kernels/oracle/layer3_decoder.h"

namespace sluice::mp3 {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Frames of a chord with clicks, so that frames lean on their predecessors' slots.
std::vector<Bytes> frames_of(int rate_hz, int channels, int bitrate_kbps, bool crc = false) {
  const StreamFormat format = *StreamFormat::make(rate_hz, channels, bitrate_kbps);
  EncoderOptions options;
  options.rate.crc = crc;
  Encoder encoder(format, options);
  std::vector<Bytes> frames;
  const auto sink = [&](const MuxedFrame& frame) { frames.emplace_back(frame.bytes.begin(), frame.bytes.end()); };
  std::array<std::array<float, kLines>, 2> x{};
  std::minstd_rand random(5);
  for (int granule = 0; granule < 80; ++granule) {
    for (int n = 0; n < kLines; ++n) {
      const auto t = static_cast<float>(granule * kLines + n);
      const float click = (granule * kLines + n) % 9000 < 30 ? 0.5f : 0.0f;
      const float noise = static_cast<float>(random() % 1000) * 2e-5f;
      x[0][n] = 0.3f * std::sin(0.05f * t) + 0.2f * std::sin(0.31f * t) + click + noise;
      x[1][n] = 0.3f * std::sin(0.07f * t) + noise;
    }
    encoder.encode(x[0], x[1], sink);
  }
  encoder.finish(sink);
  return frames;
}

std::vector<Bytes> pack(const std::vector<Bytes>& frames) {
  AduPacker packer;
  std::vector<Bytes> adus;
  for (const Bytes& frame : frames) {
    const auto adu = packer.pack(frame);
    adus.emplace_back(adu.begin(), adu.end());
  }
  return adus;
}

void drain(AduUnpacker& unpacker, std::vector<Bytes>& frames) {
  for (UnpackedFrame frame; unpacker.pop(frame);) frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
}

// Frames of the ADUs but those in `lost`, which the unpacker is told of.
std::vector<Bytes> unpack(const std::vector<Bytes>& adus, const std::set<std::size_t>& lost = {}) {
  AduUnpacker unpacker;
  std::vector<Bytes> frames;
  int missing = 0;
  for (std::size_t n = 0; n < adus.size(); ++n) {
    if (lost.contains(n)) {
      ++missing;
      continue;
    }
    EXPECT_TRUE(unpacker.push(adus[n], missing)) << "ADU " << n;
    missing = 0;
    drain(unpacker, frames);
  }
  unpacker.flush();
  drain(unpacker, frames);
  return frames;
}

Bytes joined(const std::vector<Bytes>& frames) {
  Bytes stream;
  for (const Bytes& frame : frames) stream.insert(stream.end(), frame.begin(), frame.end());
  return stream;
}

int main_data_begin(const Bytes& frame) {
  const auto header = FrameHeader::parse(frame);
  return SideInfo::parse(*header, std::span(frame).subspan(header->crc ? 6 : 4)).main_data_begin;
}

TEST(AduTest, FramesComeBackBitByBit) {
  for (const auto& [rate_hz, channels, bitrate] :
       {std::tuple{44100, 2, 128}, {48000, 2, 320}, {32000, 1, 48}, {24000, 2, 64}, {16000, 1, 16}})
    for (const bool crc : {false, true}) {
      const auto frames = frames_of(rate_hz, channels, bitrate, crc);
      EXPECT_EQ(unpack(pack(frames)), frames) << rate_hz << " Hz, " << bitrate << " kbit/s";
    }
}

TEST(AduTest, TheTestSignalUsesTheReservoir) {
  const auto frames = frames_of(44100, 2, 128);
  EXPECT_GT(std::ranges::count_if(frames, [](const Bytes& frame) { return main_data_begin(frame) > 100; }), 10);
}

TEST(AduTest, EachStandsAlone) {
  const auto frames = frames_of(44100, 2, 128);
  const auto adus = pack(frames);
  for (std::size_t n = 0; n < adus.size(); ++n) {
    ASSERT_FALSE(adus[n].empty()) << n;
    // Alone it decodes: behind silent frames that its main_data_begin reaches into.
    EXPECT_NO_THROW(oracle::Decoder().decode(joined(unpack({adus[n]})))) << n;
  }
}

TEST(AduTest, LossLeavesADecodableStreamOfTheSameLength) {
  for (const int bitrate : {32, 128, 320}) {
    const auto frames = frames_of(44100, 2, bitrate);
    std::set<std::size_t> lost;
    std::minstd_rand random(2);
    for (std::size_t n = 1; n + 1 < frames.size(); ++n)
      if (random() % 5 == 0) lost.insert(n);
    lost.insert({10, 11, 12, 13});
    const auto received = unpack(pack(frames), lost);
    ASSERT_EQ(received.size(), frames.size()) << bitrate;
    std::vector<std::vector<double>> pcm;
    ASSERT_NO_THROW(pcm = oracle::Decoder().decode(joined(received))) << bitrate;
    const auto original = oracle::Decoder().decode(joined(frames));
    // Two frames behind a loss everything is as it was: overlap and filterbank have forgotten it.
    for (std::size_t n = 2; n < frames.size(); ++n) {
      if (lost.contains(n) || lost.contains(n - 1) || lost.contains(n - 2)) continue;
      for (std::size_t i = n * 1152; i < (n + 1) * 1152; ++i) ASSERT_NEAR(pcm[0][i], original[0][i], 1e-9) << n;
    }
  }
}

TEST(AduTest, AStreamThatIsJoinedInTheMiddleBeginsWithTheFirstWholeFrame) {
  const auto frames = frames_of(44100, 2, 128);
  std::size_t join = 5;
  while (main_data_begin(frames[join]) == 0) ++join;
  AduPacker packer;
  EXPECT_TRUE(packer.pack(frames[join]).empty());
  bool whole = false;
  for (std::size_t n = join + 1; n < join + 6; ++n) whole = whole || !packer.pack(frames[n]).empty();
  EXPECT_TRUE(whole);
}

TEST(AduTest, RefusesWhatIsNoFrame) {
  AduPacker packer;
  const auto frames = frames_of(44100, 2, 128);
  EXPECT_TRUE(packer.pack({}).empty());
  EXPECT_TRUE(packer.pack(std::span(frames[0]).first(100)).empty());
  EXPECT_TRUE(packer.pack(Bytes(417, 0x55)).empty());
}

TEST(AduTest, DamagedAdusAreRefusedOrHarmless) {
  const auto adus = pack(frames_of(44100, 2, 128));
  std::minstd_rand random(9);
  for (int round = 0; round < 200; ++round) {
    AduUnpacker unpacker(44100, 2);
    std::vector<Bytes> frames;
    for (std::size_t n = 0; n < 12; ++n) {
      Bytes adu = adus[n];
      for (int flips = 0; flips < round % 7; ++flips)
        adu[random() % std::min<std::size_t>(adu.size(), 40)] ^= 1 << random() % 8;
      if (round % 3 == 0) adu.resize(random() % (adu.size() + 1));
      unpacker.push(adu, static_cast<int>(random() % 3));
      drain(unpacker, frames);
    }
    unpacker.flush();
    drain(unpacker, frames);
    for (const Bytes& frame : frames) {
      const auto header = FrameHeader::parse(frame);
      ASSERT_TRUE(header);
      EXPECT_EQ(static_cast<std::size_t>(header->frame_bytes()), frame.size());
    }
  }
}

TEST(AduTest, AnAduOfAnotherStreamIsRefused) {
  AduUnpacker unpacker;
  EXPECT_TRUE(unpacker.push(pack(frames_of(44100, 2, 128))[0], 0));
  UnpackedFrame frame;
  while (unpacker.pop(frame)) {
  }
  EXPECT_FALSE(unpacker.push(pack(frames_of(24000, 2, 64))[0], 0));
}

}  // namespace
}  // namespace sluice::mp3
