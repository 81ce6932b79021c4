#include "nodes/speech/recogniser.h"

#include <algorithm>

#include "nodes/speech/payloads.h"

namespace sluice::speech {

using Kind = RecogniserJob::Kind;

namespace {

bool voiced(float probability) {
  return probability >= 0.35f;  // as the gate's release
}

// 0 where no frame has speech, as for what comes after the last.
std::size_t leading_samples(const std::vector<float>& probabilities) {
  const auto first = std::ranges::find_if(probabilities, voiced);
  return first == probabilities.end() ? 0 : static_cast<std::size_t>(first - probabilities.begin()) * kFrameSamples;
}

std::size_t trailing_samples(const std::vector<float>& probabilities) {
  const auto last = std::ranges::find_if(probabilities.rbegin(), probabilities.rend(), voiced);
  return last == probabilities.rend() ? 0 : static_cast<std::size_t>(last - probabilities.rbegin()) * kFrameSamples;
}

// s of audio that a job has to keep; partials give way to each other. A pause is a final once it is confirmed.
double backlog_of(const RecogniserJob& job) {
  return job.kind == Kind::partial ? 0 : static_cast<double>(job.audio.size()) / kSpeechRate;
}

}  // namespace

Recogniser::Recogniser(std::unique_ptr<UtteranceModel> model, Workers& workers, std::function<void()> notify)
    : model_(std::move(model)), workers_(workers), notify_(std::move(notify)) {}

void Recogniser::submit(RecogniserJob job) {
  const std::lock_guard lock(mutex_);
  drop_outdated(job.segment);
  if (job.kind != Kind::partial && running_ == Kind::partial) cancel_.store(true, std::memory_order_relaxed);
  backlog_s_ += backlog_of(job);
  jobs_.push_back(std::move(job));
  schedule();
}

// With the mutex. What waits for the utterance that goes on, and every partial.
void Recogniser::drop_outdated(std::uint64_t segment) {
  const auto outdated = [segment](const RecogniserJob& job) {
    return job.kind == Kind::partial || (job.kind == Kind::pause && job.segment == segment);
  };
  while (!jobs_.empty() && outdated(jobs_.back())) {
    backlog_s_ -= backlog_of(jobs_.back());
    jobs_.pop_back();
    ++shed_;
  }
}

// With the mutex. A final gets a place of its own among the workers' work, although a partial of the same stream waits
// there already: whoever comes first does what is first, and the other finds nothing.
void Recogniser::schedule() {
  if (busy() || jobs_.empty() || closed_) return;
  const auto urgency = jobs_.front().kind == Kind::partial ? Workers::Urgency::low : Workers::Urgency::high;
  if (scheduled_ == urgency) return;
  scheduled_ = urgency;
  workers_.run(urgency, [self = shared_from_this()] { self->work(); });
}

void Recogniser::work() {
  std::unique_lock lock(mutex_);
  if (busy() || jobs_.empty() || closed_) return;
  scheduled_.reset();
  RecogniserJob job = std::move(jobs_.front());
  jobs_.pop_front();
  running_ = job.kind;
  cancel_.store(false, std::memory_order_relaxed);
  lock.unlock();
  RecogniserResult result = decode(std::move(job));
  lock.lock();
  running_.reset();
  if (result.job.kind != Kind::partial) backlog_s_ -= result.duration_s;
  const bool cancelled = cancel_.load(std::memory_order_relaxed) && result.recognised && !result.recognised->complete;
  if (cancelled)
    ++shed_;
  else
    done_.push_back(std::move(result));
  if (!closed_) tell(lock);
  schedule();
  idle_again_.notify_all();
}

// Until it has returned nothing else of this stream is begun: one thread at a time wakes the node.
void Recogniser::tell(std::unique_lock<std::mutex>& lock) {
  notifying_ = true;
  lock.unlock();
  notify_();
  lock.lock();
  notifying_ = false;
}

// Finals are decoded from the audio alone, so that they do not depend on which partials there was time for.
RecogniserResult Recogniser::decode(RecogniserJob job) {
  const bool partial = job.kind == Kind::partial;
  if (job.segment != guess_segment_) guess_.clear();
  guess_segment_ = job.segment;
  auto recognised =
      model_->recognise(job.audio, {.segment = job.segment,
                                    .guess = partial ? std::span<const int>(guess_) : std::span<const int>(),
                                    .confidences = !partial,
                                    .lead = leading_samples(job.probabilities),
                                    .trail = trailing_samples(job.probabilities),
                                    .cancel = partial ? &cancel_ : nullptr});
  if (recognised && recognised->complete) guess_ = recognised->tokens;
  const double duration_s = static_cast<double>(job.audio.size()) / kSpeechRate;
  job.audio = {};
  return {.job = std::move(job), .duration_s = duration_s, .recognised = std::move(recognised)};
}

std::optional<RecogniserResult> Recogniser::next() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return {};
  RecogniserResult result = std::move(done_.front());
  done_.pop_front();
  return result;
}

bool Recogniser::idle() const {
  const std::lock_guard lock(mutex_);
  return jobs_.empty() && !running_ && done_.empty();
}

double Recogniser::backlog_s() const {
  const std::lock_guard lock(mutex_);
  return backlog_s_;
}

std::uint64_t Recogniser::shed() const {
  const std::lock_guard lock(mutex_);
  return shed_;
}

void Recogniser::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  jobs_.clear();
  cancel_.store(true, std::memory_order_relaxed);
  idle_again_.wait(lock, [this] { return !busy(); });
}

}  // namespace sluice::speech
