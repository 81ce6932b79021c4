// Recognition off the audio's path: utterances are decoded on workers that all streams of the process share, finals
// before partials, one job of a stream at a time. What cannot keep up drops partials, never finals.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/clock.h"
#include "engine/core/result.h"
#include "nodes/speech/workers.h"

namespace sluice::speech {

// What a model makes of a piece of audio.
struct Recognised {
  std::vector<std::string> words{};
  std::vector<double> confidences{};  // 0..1, one for each word; empty where the model does not tell
  std::vector<double> starts_s{};     // of each word since the beginning of the audio; empty where it does not tell
  std::vector<int> tokens{};          // the model's own, to be handed back as a guess
  bool complete = true;               // false: cancelled or cut off
};

struct RecogniseOptions {
  std::uint64_t segment = 0;                  // the same: the audio begins as it did in the call before
  std::span<const int> guess = {};            // tokens of an earlier, shorter piece
  bool confidences = false;                   // also: the result is to be as good as can be, not as soon
  std::size_t lead = 0;                       // samples before the first frame with speech
  std::size_t trail = 0;                      // samples after the last one
  const std::atomic<bool>* cancel = nullptr;  // may be looked at in between
};

// A model for whole utterances with the settings of one stream. One call at a time.
class UtteranceModel {
 public:
  virtual ~UtteranceModel() = default;
  // audio: mono, kSpeechRate.
  virtual Result<Recognised> recognise(std::span<const float> audio, const RecogniseOptions& options) = 0;
};

struct RecogniserJob {
  enum class Kind : std::uint8_t {
    partial,  // may be replaced by a newer one
    pause,    // a partial of an utterance that may have ended: decoded as a final is, before all partials
    final
  };
  Kind kind = Kind::partial;
  std::uint64_t segment = 0;
  std::uint64_t pause = 0;  // which of the stream's pauses
  std::int64_t start = 0;   // stream position of the first sample
  Time captured{};          // of the first sample
  std::vector<float> audio{};
  std::vector<float> probabilities{};  // of speech, one for each frame
};

struct RecogniserResult {
  RecogniserJob job;      // without the audio
  double duration_s = 0;  // of the audio
  Result<Recognised> recognised;
};

// One stream's recogniser. submit(), next(), idle(), close(): one thread, the node's.
class Recogniser : public std::enable_shared_from_this<Recogniser> {
 public:
  // `notify` is called from a worker after each result. `workers` must live until close() has returned; a worker may
  // hold the recogniser longer, so the recogniser cannot own them: it would end a thread on that very thread.
  Recogniser(std::unique_ptr<UtteranceModel> model, Workers& workers, std::function<void()> notify);

  // A job takes the place of the partials that wait, and of a pause of its utterance, which was not the end. A pause or
  // final also cancels a partial that is being decoded.
  void submit(RecogniserJob job);
  std::optional<RecogniserResult> next();
  // Nothing waits, is being decoded, or is left to be fetched.
  bool idle() const;
  // Seconds of audio that wait or are being decoded for finals.
  double backlog_s() const;
  std::uint64_t shed() const;  // partials that were replaced or cancelled
  // Gives up what waits; afterwards `notify` is not called any more.
  void close();

 private:
  void work();
  void schedule();
  void tell(std::unique_lock<std::mutex>& lock);
  void drop_outdated(std::uint64_t segment);
  bool busy() const { return running_ || notifying_; }
  RecogniserResult decode(RecogniserJob job);

  const std::unique_ptr<UtteranceModel> model_;
  Workers& workers_;
  std::function<void()> notify_;

  mutable std::mutex mutex_;        // guards what follows
  std::deque<RecogniserJob> jobs_;  // finals and pauses in order, behind them at most one partial
  std::deque<RecogniserResult> done_;
  std::optional<RecogniserJob::Kind> running_;
  std::optional<Workers::Urgency> scheduled_;  // among the workers' work, and how
  bool closed_ = false, notifying_ = false;
  std::condition_variable idle_again_;
  double backlog_s_ = 0;
  std::uint64_t shed_ = 0;
  std::uint64_t guess_segment_ = 0;
  std::vector<int> guess_;           // tokens of the last partial of that segment; only the job that runs uses it
  std::atomic<bool> cancel_{false};  // the partial that runs
};

}  // namespace sluice::speech
