#include "nodes/sdr/kernels/rds.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::sdr {
namespace {

std::string text(const auto& letters) {
  return {letters.begin(), letters.end()};
}

RdsStation station() {
  RdsStation s;
  s.pi = 0xD3C2;
  s.pty = 15;
  s.set_ps("SLUICE");
  s.set_rt("Ludwig - Sinfonie Nr. 5");
  return s;
}

TEST(Rds, TellsEverythingWithinThreeSeconds) {
  RdsEncoder encoder(station());
  RdsDecoder decoder;
  for (int n = 0; n < 3 * 1188; ++n) decoder.push(encoder.next());
  const RdsStation& heard = decoder.station();
  EXPECT_EQ(heard.pi, 0xD3C2);
  EXPECT_EQ(heard.pty, 15);
  EXPECT_TRUE(heard.stereo);
  EXPECT_EQ(text(heard.ps), "SLUICE  ");
  EXPECT_EQ(text(heard.rt).substr(0, 24), "Ludwig - Sinfonie Nr. 5\r");
  EXPECT_EQ(heard.tags[0].type, kRtPlusArtist);
  EXPECT_EQ(text(heard.rt).substr(heard.tags[0].start, heard.tags[0].length + 1u), "Ludwig");
  EXPECT_EQ(heard.tags[1].type, kRtPlusTitle);
  EXPECT_EQ(text(heard.rt).substr(heard.tags[1].start, heard.tags[1].length + 1u), "Sinfonie Nr. 5");
  EXPECT_EQ(decoder.counts().good, decoder.counts().blocks);
}

TEST(Rds, CorrectsSingleErrorsAndKeepsInStep) {
  RdsEncoder encoder(station());
  RdsDecoder decoder;
  std::mt19937 random(2);
  for (int n = 0; n < 20000; ++n) decoder.push(encoder.next() ^ (n > 2000 && random() % 100 == 0));
  EXPECT_EQ(decoder.counts().syncs, 1u);
  EXPECT_GT(decoder.counts().good + decoder.counts().corrected, 95 * decoder.counts().blocks / 100);
  EXPECT_EQ(text(decoder.station().ps), "SLUICE  ");
}

TEST(Rds, FindsItsStepAgainAfterABitWasLost) {
  RdsEncoder encoder(station());
  RdsDecoder decoder;
  for (int n = 0; n < 5000; ++n) decoder.push(encoder.next());
  encoder.next();
  for (int n = 0; n < 10000; ++n) decoder.push(encoder.next());
  EXPECT_EQ(decoder.counts().syncs, 2u);
  EXPECT_TRUE(decoder.synchronised());
}

TEST(Rds, FollowsANewRadiotext) {
  RdsEncoder encoder(station());
  RdsDecoder decoder;
  for (int n = 0; n < 5000; ++n) decoder.push(encoder.next());
  RdsStation next = station();
  next.set_rt("short");
  encoder.set(next);
  for (int n = 0; n < 5000; ++n) decoder.push(encoder.next());
  EXPECT_EQ(text(decoder.station().rt).substr(0, 6), "short\r");
}

}  // namespace
}  // namespace sluice::sdr
