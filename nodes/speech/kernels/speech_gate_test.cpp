#include "nodes/speech/kernels/speech_gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string_view>
#include <vector>

namespace sluice::speech {
namespace {

// Pushes a frame for each character: '-' silence, 'S' speech, 's' speech within an utterance only.
std::vector<GateEvent> push(SpeechGate& gate, std::string_view frames, float power = 1) {
  std::vector<GateEvent> events;
  for (const char c : frames) events.push_back(gate.push(c == 'S' ? 0.9f : c == 's' ? 0.4f : 0.01f, power));
  return events;
}

std::size_t begins(const std::vector<GateEvent>& events) {
  for (std::size_t n = 0; n < events.size(); ++n)
    if (events[n].begins) return n;
  return events.size();
}

std::size_t ends(const std::vector<GateEvent>& events) {
  for (std::size_t n = 0; n < events.size(); ++n)
    if (events[n].ends) return n;
  return events.size();
}

TEST(SpeechGate, TakesInWhatCameBeforeTheOnset) {
  SpeechGate gate({.confirm = 3, .pre_roll = 10});
  const auto events = push(gate, "--------------------SSS");
  ASSERT_EQ(begins(events), 22u);
  EXPECT_EQ(events[22].before, 12u) << "the pre-roll, and the two frames that the onset took to be confirmed";
  EXPECT_TRUE(gate.open());
}

TEST(SpeechGate, TakesInNoMoreThanThereIs) {
  SpeechGate gate({.confirm = 3, .pre_roll = 10});
  const auto events = push(gate, "-SSS");
  ASSERT_EQ(begins(events), 3u);
  EXPECT_EQ(events[3].before, 3u);
}

TEST(SpeechGate, TakesABurstForAClick) {
  SpeechGate gate({.confirm = 3});
  const auto events = push(gate, "---SS---S--SS----");
  EXPECT_EQ(begins(events), events.size());
}

TEST(SpeechGate, EndsAfterSilenceAndHoldsThroughWeakSpeech) {
  SpeechGate gate({.confirm = 1, .end_silence = 8, .quick_end = 8});
  const auto events = push(gate, "Sssssss--sss--------");
  EXPECT_EQ(ends(events), 19u);
  EXPECT_EQ(events[18].silence, 7u);
  EXPECT_FALSE(gate.open());
}

TEST(SpeechGate, EndsALongUtteranceSooner) {
  const GateSettings settings{.confirm = 1, .pre_roll = 0, .end_silence = 16, .quick_end = 8, .longest = 100};
  SpeechGate gate(settings);
  EXPECT_EQ(ends(push(gate, std::string(10, 'S') + std::string(20, '-'))), 10u + 15 - 1)
      << "16 - 8 * 24 / 100, rounded up";
  SpeechGate late(settings);
  EXPECT_EQ(ends(push(late, std::string(80, 'S') + std::string(19, '-'))), 80u + 9 - 1);
}

TEST(SpeechGate, CutsWhereItIsQuietest) {
  SpeechGate gate({.confirm = 1, .pre_roll = 0, .longest = 50, .search = 30});
  push(gate, std::string(35, 'S'));
  push(gate, "sss", 0.01f);
  const auto events = push(gate, std::string(12, 'S'));
  ASSERT_EQ(ends(events), 11u) << "the fiftieth frame";
  EXPECT_EQ(events[11].cut_back, 13u) << "the middle of the quiet stretch is the last of the first part";
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(ends(push(gate, std::string(40, 'S'))), 36u) << "and the next one is 13 frames long already";
}

TEST(SpeechGate, GivesAFrameToOneUtteranceOnly) {
  SpeechGate gate({.confirm = 1, .pre_roll = 10, .end_silence = 4, .quick_end = 4});
  const auto events = push(gate, "----S----S");
  EXPECT_EQ(events[4].before, 4u);
  ASSERT_EQ(ends(events), 8u);
  EXPECT_TRUE(events[9].begins);
  EXPECT_EQ(events[9].before, 0u);
}

TEST(SpeechGate, TakesWhatIsNoNumberForSilence) {
  SpeechGate gate({.confirm = 1});
  EXPECT_FALSE(gate.push(std::nanf(""), std::nanf("")).speech);
}

TEST(SpeechGate, ForgetsAtAReset) {
  SpeechGate gate({.confirm = 2});
  push(gate, "---S");
  gate.reset();
  EXPECT_EQ(begins(push(gate, "S")), 1u);
}

}  // namespace
}  // namespace sluice::speech
