#include "nodes/speech/kernels/room_tone.h"

#include <gmock/gmock.h>

namespace sluice::speech {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

const std::vector<float> kAudio{9, 8, 7, 1, 2, 3};  // speech, then silence

TEST(RoomTone, GoesBackwardsAndForwardsThroughTheEndOfTheSilence) {
  EXPECT_THAT(with_room_tone(kAudio, 3, 9, 2), ElementsAre(9, 8, 7, 1, 2, 3, 3, 2, 2, 3, 3, 2));
}

TEST(RoomTone, HasNothingOfTheSpeechBeforeTheSilence) {
  EXPECT_THAT(with_room_tone(kAudio, 2, 5, 4), ElementsAre(9, 8, 7, 1, 2, 3, 3, 2, 2));
}

TEST(RoomTone, IsNotAddedWhereThereIsSilenceEnough) {
  EXPECT_THAT(with_room_tone(kAudio, 3, 3, 2), ElementsAreArray(kAudio));
}

TEST(RoomTone, IsNotMadeOfHardlyAnySilence) {
  EXPECT_THAT(with_room_tone(kAudio, 1, 9, 4), ElementsAreArray(kAudio));
  EXPECT_THAT(with_room_tone(kAudio, 0, 9, 0), ElementsAreArray(kAudio));
  EXPECT_THAT(with_room_tone({}, 3, 9, 2), ElementsAre());
}

}  // namespace
}  // namespace sluice::speech
