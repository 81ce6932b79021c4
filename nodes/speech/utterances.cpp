#include "nodes/speech/utterances.h"

#include <algorithm>
#include <cmath>

namespace sluice::speech {
namespace {

using Kind = RecogniserJob::Kind;

constexpr std::size_t kTailFrames = 10;  // 0.3 s, the usual pre-roll

}  // namespace

Utterances::Asked Utterances::push(const SpeechFrame& frame, std::int64_t position, Time captured) {
  Asked before;  // what a beginning that came without an end still asks for
  if (frame.begins && state_ != State::closed) before = close();
  if (state_ == State::closed) begin(position, captured);
  append(frame);
  if (before.job || before.ended_by_pause) return before;  // the frame is the first: it asks for nothing itself
  if (state_ == State::tail && !tail_frame(frame)) return {};
  return frame.ends ? ended(std::min<std::size_t>(frame.cut_back, probabilities_.size() - 1)) : within(frame);
}

Utterances::Asked Utterances::close() {
  const bool open = state_ == State::open;
  Asked asked = open ? ended(0) : Asked{};
  state_ = State::closed;
  audio_.clear();
  probabilities_.clear();
  return asked;
}

void Utterances::whole_sentence(std::uint64_t pause) {
  if (pause_ == pause) whole_sentence_ = true;
}

void Utterances::begin(std::int64_t position, Time captured) {
  state_ = State::open;
  ++segments_;
  pause_.reset();
  whole_sentence_ = false;
  start_ = position;
  captured_ = captured;
  audio_.clear();
  probabilities_.clear();
  told_ = 0;
}

void Utterances::append(const SpeechFrame& frame) {
  audio_.insert(audio_.end(), std::begin(frame.samples), std::end(frame.samples));
  probabilities_.push_back(frame.probability);
}

// After an early end: true when speech goes on after all, in an utterance of its own that begins a little before.
bool Utterances::tail_frame(const SpeechFrame& frame) {
  if (frame.ends && frame.cut_back == 0) {
    state_ = State::closed;
    return false;
  }
  if (probabilities_.size() > kTailFrames) forget_first(probabilities_.size() - kTailFrames);
  if (frame.silence_s > 0) return false;
  state_ = State::open;
  ++segments_;
  return true;
}

Utterances::Asked Utterances::within(const SpeechFrame& frame) {
  if (frame.silence_s == 0) {
    pause_.reset();
    whole_sentence_ = false;
  }
  if (settings_.partials_s <= 0) return {};
  if (pause_) return whole_sentence_ && frame.silence_s >= settings_.quick_end_s ? early_end() : Asked{};
  if (frame.silence_s >= settings_.pause_s) {
    pause_ = ++pauses_;
    told_ = probabilities_.size();
    return {job(Kind::pause, probabilities_.size()), {}};
  }
  if (!partial_due()) return {};
  told_ = probabilities_.size();
  return {job(Kind::partial, probabilities_.size()), {}};
}

bool Utterances::partial_due() const {
  if (told_ > 0) return static_cast<double>(probabilities_.size() - told_) * kFrameSeconds >= settings_.partials_s;
  const auto voiced = std::ranges::count_if(probabilities_, [](float p) { return p >= 0.5f; });
  return static_cast<double>(voiced) * kFrameSeconds >= settings_.first_s;
}

Utterances::Asked Utterances::ended(std::size_t cut_back) {
  Asked asked;
  if (pause_ && cut_back == 0)
    asked.ended_by_pause = pause_;
  else
    asked.job = job(Kind::final, probabilities_.size() - cut_back);
  pause_.reset();
  whole_sentence_ = false;
  told_ = 0;
  if (cut_back == 0) {
    state_ = State::closed;
  } else {
    forget_first(probabilities_.size() - cut_back);
    ++segments_;
  }
  return asked;
}

Utterances::Asked Utterances::early_end() {
  Asked asked = ended(0);
  state_ = State::tail;
  return asked;
}

RecogniserJob Utterances::job(Kind kind, std::size_t frames) {
  RecogniserJob job{
      .kind = kind, .segment = segments_ - 1, .pause = pause_.value_or(0), .start = start_, .captured = captured_};
  job.audio.assign(audio_.begin(), audio_.begin() + static_cast<std::ptrdiff_t>(frames * kFrameSamples));
  job.probabilities.assign(probabilities_.begin(), probabilities_.begin() + static_cast<std::ptrdiff_t>(frames));
  return job;
}

void Utterances::forget_first(std::size_t frames) {
  const std::size_t samples = frames * kFrameSamples;
  audio_.erase(audio_.begin(), audio_.begin() + static_cast<std::ptrdiff_t>(samples));
  probabilities_.erase(probabilities_.begin(), probabilities_.begin() + static_cast<std::ptrdiff_t>(frames));
  start_ += static_cast<std::int64_t>(samples);
  captured_ += frames_to_duration(static_cast<double>(samples), kSpeechRate);
}

}  // namespace sluice::speech
