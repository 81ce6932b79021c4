#include "nodes/speech/utterances.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::speech {
namespace {

using Kind = RecogniserJob::Kind;

// Feeds frames one after another and keeps what was asked for.
class Speaker {
 public:
  explicit Speaker(const UtteranceSettings& settings = {}) : utterances(settings) {}

  void speech(std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) push(0.9f, 0);
  }
  void silence(std::size_t count) {
    for (std::size_t n = 1; n <= count; ++n) push(0.01f, static_cast<float>(static_cast<double>(n) * kFrameSeconds));
  }
  void push(float probability, float silence_s, bool begins = false, bool ends = false, std::uint32_t cut_back = 0) {
    SpeechFrame frame{};
    std::ranges::fill(frame.samples, probability);
    frame.probability = probability;
    frame.silence_s = silence_s;
    frame.begins = begins;
    frame.ends = ends;
    frame.cut_back = cut_back;
    keep(utterances.push(frame, static_cast<std::int64_t>(frames * kFrameSamples), Time{}));
    ++frames;
  }
  void keep(const Utterances::Asked& asked) {
    if (asked.job) jobs.push_back(*asked.job);
    if (asked.ended_by_pause) ended = asked.ended_by_pause;
  }
  std::size_t number_of(Kind kind) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(jobs, [=](const RecogniserJob& j) { return j.kind == kind; }));
  }

  Utterances utterances;
  std::size_t frames = 0;
  std::vector<RecogniserJob> jobs;
  std::optional<std::uint64_t> ended;
};

TEST(Utterances, AskForAPartialWheneverThereIsEnoughNew) {
  Speaker speaker({.partials_s = 0.32, .first_s = 0.16});
  speaker.speech(5 + 30);
  ASSERT_EQ(speaker.jobs.size(), 4u) << "after 5, 15, 25 and 35 frames";
  EXPECT_EQ(speaker.number_of(Kind::partial), 4u);
  EXPECT_EQ(speaker.jobs[0].audio.size(), 5 * kFrameSamples);
  EXPECT_EQ(speaker.jobs[3].audio.size(), 35 * kFrameSamples);
  EXPECT_EQ(speaker.jobs[3].probabilities.size(), 35u);
}

TEST(Utterances, DecodeTheEndBeforeItIsKnownToBeOne) {
  Speaker speaker({.partials_s = 10});
  speaker.speech(20);
  speaker.silence(5);
  ASSERT_EQ(speaker.number_of(Kind::pause), 1u);
  EXPECT_EQ(speaker.jobs.back().audio.size(), 25 * kFrameSamples);
  EXPECT_FALSE(speaker.ended);
  speaker.push(0.01f, 0.5f, false, true);
  EXPECT_EQ(speaker.ended, speaker.jobs.back().pause) << "nothing is decoded twice";
  EXPECT_EQ(speaker.number_of(Kind::final), 0u);
}

TEST(Utterances, GoOnWhenAPauseWasNoEnd) {
  Speaker speaker({.partials_s = 10});
  speaker.speech(20);
  speaker.silence(6);
  speaker.speech(10);
  speaker.silence(6);
  EXPECT_EQ(speaker.number_of(Kind::pause), 2u);
  EXPECT_EQ(speaker.jobs.back().segment, speaker.jobs.front().segment);
  EXPECT_NE(speaker.jobs.back().pause, speaker.jobs.front().pause);
}

TEST(Utterances, EndSoonAfterAWholeSentence) {
  Speaker speaker({.partials_s = 10, .quick_end_s = 0.25});
  speaker.speech(20);
  speaker.silence(5);
  speaker.utterances.whole_sentence(speaker.jobs.back().pause);
  EXPECT_FALSE(speaker.ended);
  speaker.push(0.01f, 0.26f);
  ASSERT_TRUE(speaker.ended);
  speaker.push(0.01f, 0.29f);
  speaker.speech(10);
  EXPECT_EQ(speaker.utterances.close().job->segment, 1u) << "who goes on speaking begins another";
}

TEST(Utterances, DoNotTakeAnOldPauseForTheEnd) {
  Speaker speaker({.partials_s = 10});
  speaker.speech(20);
  speaker.silence(5);
  const std::uint64_t first = speaker.jobs.back().pause;
  speaker.speech(5);
  speaker.utterances.whole_sentence(first);
  speaker.silence(12);
  EXPECT_FALSE(speaker.ended) << "the sentence went on";
}

TEST(Utterances, ThatAreCutShareNoAudio) {
  Speaker speaker({.partials_s = 0});
  speaker.speech(30);
  speaker.push(0.9f, 0, false, true, 11);
  ASSERT_EQ(speaker.number_of(Kind::final), 1u);
  EXPECT_EQ(speaker.jobs[0].audio.size(), 20 * kFrameSamples);
  speaker.speech(4);
  const auto rest = speaker.utterances.close();
  ASSERT_TRUE(rest.job);
  EXPECT_EQ(rest.job->audio.size(), 15 * kFrameSamples);
  EXPECT_EQ(rest.job->start, static_cast<std::int64_t>(20 * kFrameSamples));
  EXPECT_EQ(rest.job->segment, 1u);
}

TEST(Utterances, EndWhereAnotherBegins) {
  Speaker speaker({.partials_s = 0});
  speaker.push(0.9f, 0, true);
  speaker.speech(9);
  speaker.push(0.9f, 0, true);
  ASSERT_EQ(speaker.number_of(Kind::final), 1u);
  EXPECT_EQ(speaker.jobs[0].audio.size(), 10 * kFrameSamples);
  EXPECT_EQ(speaker.utterances.close().job->audio.size(), kFrameSamples);
  EXPECT_FALSE(speaker.utterances.close().job) << "once";
}

TEST(Utterances, OfFilesAreDecodedOnce) {
  Speaker speaker({.partials_s = 0});
  speaker.speech(50);
  speaker.silence(10);
  speaker.push(0.01f, 0.5f, false, true);
  ASSERT_EQ(speaker.jobs.size(), 1u);
  EXPECT_EQ(speaker.jobs[0].kind, Kind::final);
}

}  // namespace
}  // namespace sluice::speech
