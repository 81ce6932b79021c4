#include "nodes/speech/captions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "nodes/speech/kernels/word_times.h"
#include "nodes/speech/kernels/words.h"
#include "nodes/speech/payloads.h"

namespace sluice::speech {
namespace {

constexpr float kVoiced = 0.35f;  // as the gate's release

// The frames from the first to the last with speech, as [first, end); all where there is none.
std::pair<std::size_t, std::size_t> voiced_span(const std::vector<float>& probabilities) {
  const auto voiced = [](float p) { return p >= kVoiced; };
  const auto first = std::ranges::find_if(probabilities, voiced);
  if (first == probabilities.end()) return {0, probabilities.size()};
  const auto last = std::ranges::find_if(probabilities.rbegin(), probabilities.rend(), voiced);
  return {static_cast<std::size_t>(first - probabilities.begin()),
          static_cast<std::size_t>(last.base() - probabilities.begin())};
}

// To a thousandth: milliseconds, and no digits that mean nothing.
double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

}  // namespace

bool is_whole_sentence(const Recognised& recognised) {
  constexpr std::array<std::string_view, 6> kEnds{".", "?", "!", "\u3002", "\uFF1F", "\uFF01"};
  return !recognised.words.empty() &&
         std::ranges::any_of(kEnds, [&](std::string_view end) { return recognised.words.back().ends_with(end); });
}

Caption Captions::make(const RecogniserResult& result, const std::vector<std::string>& words) const {
  const RecogniserJob& job = result.job;
  const auto [first, end] = voiced_span(job.probabilities);
  const double start_s = static_cast<double>(job.start) / kSpeechRate;
  Caption caption;
  caption.transcript = {.segment = job.segment,
                        .start_s = rounded(start_s + static_cast<double>(first) * kFrameSeconds),
                        .end_s = rounded(start_s + static_cast<double>(end) * kFrameSeconds),
                        .text = join_words(words),
                        .language = language_};
  const auto samples = static_cast<std::int64_t>(end * kFrameSamples);
  caption.position = job.start + samples;
  caption.captured = job.captured + frames_to_duration(static_cast<double>(samples), kSpeechRate);
  const std::vector<double>& starts = result.recognised->starts_s;
  const std::vector<WordTime> times = starts.size() == words.size()
                                          ? times_from_starts(starts, static_cast<double>(end) * kFrameSeconds)
                                          : spread_words(words, job.probabilities, kFrameSeconds);
  const std::vector<double>& confidences = result.recognised->confidences;
  for (std::size_t n = 0; n < words.size(); ++n)
    caption.transcript.words.push_back({.text = words[n],
                                        .start_s = rounded(start_s + times[n].start_s),
                                        .end_s = rounded(start_s + times[n].end_s),
                                        .confidence = n < confidences.size() ? rounded(confidences[n]) : 1.0});
  return caption;
}

Caption Captions::partial(const RecogniserResult& result) {
  if (result.job.segment != segment_) agreement_.reset();
  segment_ = result.job.segment;
  Caption caption = make(result, agreement_.push(result.recognised->words));
  caption.transcript.kind = Transcript::Kind::partial;
  caption.transcript.stable_words = agreement_.fixed();
  return caption;
}

Caption Captions::final(const RecogniserResult& result) {
  agreement_.reset();
  const std::vector<double>& confidences = result.recognised->confidences;
  const double sum = std::accumulate(confidences.begin(), confidences.end(), 0.0);
  const bool doubtful = !confidences.empty() && sum < kDoubt * static_cast<double>(confidences.size());
  Caption caption = make(result, doubtful ? std::vector<std::string>{} : result.recognised->words);
  caption.transcript.kind = Transcript::Kind::final;
  return caption;
}

}  // namespace sluice::speech
