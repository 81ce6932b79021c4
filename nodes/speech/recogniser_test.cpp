#include "nodes/speech/recogniser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

namespace sluice::speech {
namespace {

using testing::ElementsAre;
using Kind = RecogniserJob::Kind;

// A model that says how many samples it was given, and waits until it is let, or cancelled.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  int entered = 0, allowed = 0;
  std::vector<std::size_t> guesses;  // sizes

  void let(int calls) {
    const std::lock_guard lock(mutex);
    allowed += calls;
    changed.notify_all();
  }
  void await_entered(int calls) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered >= calls; });
  }
};

class GatedModel final : public UtteranceModel {
 public:
  explicit GatedModel(Gate& gate) : gate_(gate) {}
  Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) override {
    std::unique_lock lock(gate_.mutex);
    const int mine = ++gate_.entered;
    gate_.guesses.push_back(options.guess.size());
    gate_.changed.notify_all();
    const auto cancelled = [&] { return options.cancel && options.cancel->load(); };
    while (gate_.allowed < mine && !cancelled()) gate_.changed.wait_for(lock, std::chrono::milliseconds(1));
    return Recognised{.words = {std::to_string(audio.size())}, .tokens = {1, 2}, .complete = !cancelled()};
  }

 private:
  Gate& gate_;
};

class RecogniserTest : public testing::Test {
 protected:
  void submit(Kind kind, std::size_t samples, std::uint64_t segment = 0) {
    RecogniserJob job{.kind = kind, .segment = segment};
    job.audio.resize(samples);
    recogniser->submit(std::move(job));
  }
  // All words until nothing is left.
  std::vector<std::string> all() {
    std::vector<std::string> words;
    std::unique_lock lock(told_mutex);
    for (;;) {
      while (auto result = recogniser->next()) words.push_back(result->recognised->words[0]);
      if (recogniser->idle()) return words;
      told.wait_for(lock, std::chrono::milliseconds(50));
    }
  }

  Gate gate;
  std::mutex told_mutex;
  std::condition_variable told;
  std::shared_ptr<Workers> workers = std::make_shared<Workers>(2);
  std::shared_ptr<Recogniser> recogniser =
      std::make_shared<Recogniser>(std::make_unique<GatedModel>(gate), *workers, [this] { told.notify_all(); });
};

TEST_F(RecogniserTest, DecodesTheNewestPartialOnly) {
  submit(Kind::partial, 1);
  gate.await_entered(1);
  submit(Kind::partial, 2);
  submit(Kind::partial, 3);
  gate.let(9);
  EXPECT_THAT(all(), ElementsAre("1", "3"));
  EXPECT_EQ(recogniser->shed(), 1u);
}

TEST_F(RecogniserTest, NeverDropsAFinalAndKeepsTheirOrder) {
  submit(Kind::final, 1, 0);
  submit(Kind::final, 2, 1);
  submit(Kind::partial, 3, 2);
  submit(Kind::final, 4, 2);
  gate.let(9);
  EXPECT_THAT(all(), ElementsAre("1", "2", "4"));
}

TEST_F(RecogniserTest, DecodesNoPauseThatWasNoEnd) {
  submit(Kind::pause, 1, 0);
  gate.await_entered(1);
  submit(Kind::pause, 2, 1);
  submit(Kind::pause, 3, 2);
  submit(Kind::partial, 4, 2);
  gate.let(9);
  EXPECT_THAT(all(), ElementsAre("1", "2", "4"));
}

TEST_F(RecogniserTest, CancelsAPartialForAFinal) {
  submit(Kind::partial, 1);
  gate.await_entered(1);
  submit(Kind::final, 2);
  gate.await_entered(2);
  gate.let(9);
  EXPECT_THAT(all(), ElementsAre("2"));
  EXPECT_EQ(recogniser->shed(), 1u);
}

TEST_F(RecogniserTest, GivesTheLastTokensToThePartialsOfOneUtteranceOnly) {
  gate.let(9);
  for (const std::uint64_t segment : {0u, 0u, 1u}) {
    submit(Kind::partial, 1, segment);
    all();
  }
  submit(Kind::final, 1, 1);
  all();
  EXPECT_THAT(gate.guesses, ElementsAre(0u, 2u, 0u, 0u)) << "finals depend on their audio alone";
}

TEST_F(RecogniserTest, CountsTheAudioThatWaitsForAFinal) {
  submit(Kind::final, 16000);
  submit(Kind::final, 8000);
  submit(Kind::partial, 80000);
  EXPECT_DOUBLE_EQ(recogniser->backlog_s(), 1.5);
  submit(Kind::pause, 16000, 1);
  submit(Kind::pause, 8000, 2);
  EXPECT_DOUBLE_EQ(recogniser->backlog_s(), 3) << "each was the end of its utterance, as far as is known";
  submit(Kind::partial, 80000, 2);
  EXPECT_DOUBLE_EQ(recogniser->backlog_s(), 2.5);
  gate.let(9);
  all();
  EXPECT_DOUBLE_EQ(recogniser->backlog_s(), 0);
}

TEST_F(RecogniserTest, TellsNobodyAfterItIsClosed) {
  submit(Kind::partial, 1);
  gate.await_entered(1);
  submit(Kind::partial, 2);
  recogniser->close();
  EXPECT_EQ(gate.entered, 1) << "what runs is cancelled, and nothing else is begun";
}

TEST(Workers, RunTheUrgentFirst) {
  Workers workers(1);
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  std::vector<int> order;
  const auto note = [&](int what) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open; });
    order.push_back(what);
    changed.notify_all();
  };
  workers.run(Workers::Urgency::low, [&] { note(0); });
  {
    std::unique_lock lock(mutex);  // the first may have begun or not: it is the first either way
    for (const int n : {1, 2}) workers.run(Workers::Urgency::low, [&note, n] { note(n); });
  }
  for (const int n : {3, 4}) workers.run(Workers::Urgency::high, [&note, n] { note(n); });
  std::unique_lock lock(mutex);
  open = true;
  changed.notify_all();
  changed.wait(lock, [&] { return order.size() == 5; });
  EXPECT_LT(std::ranges::find(order, 4), std::ranges::find(order, 1));
  EXPECT_LT(std::ranges::find(order, 3), std::ranges::find(order, 4));
}

}  // namespace
}  // namespace sluice::speech
