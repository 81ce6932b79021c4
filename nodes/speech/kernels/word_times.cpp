#include "nodes/speech/kernels/word_times.h"

#include <algorithm>
#include <cstddef>

namespace sluice::speech {
namespace {

constexpr float kVoiced = 0.35f;  // as the gate's release
constexpr double kMouth = 2;      // letters that every word costs beside its own

// The frames with speech; all where there is none.
std::vector<std::size_t> voiced_frames(std::span<const float> probabilities) {
  std::vector<std::size_t> frames;
  for (std::size_t n = 0; n < probabilities.size(); ++n)
    if (probabilities[n] >= kVoiced) frames.push_back(n);
  if (frames.empty())
    for (std::size_t n = 0; n < probabilities.size(); ++n) frames.push_back(n);
  return frames;
}

}  // namespace

std::vector<WordTime> spread_words(std::span<const std::string> words, std::span<const float> probabilities,
                                   double frame_s) {
  std::vector<WordTime> times(words.size());
  const std::vector<std::size_t> frames = voiced_frames(probabilities);
  if (frames.empty() || words.empty()) return times;
  double total = 0;
  for (const std::string& word : words) total += kMouth + static_cast<double>(word.size());
  // The time at which `share` of all letters has been said.
  const auto at = [&](double share, bool end) {
    const double place = share * static_cast<double>(frames.size());
    auto n = static_cast<std::size_t>(place);
    if (end && n > 0 && static_cast<double>(n) == place) --n;  // the end of a frame, not the beginning of the next
    n = std::min(n, frames.size() - 1);
    return (static_cast<double>(frames[n]) + std::min(1.0, place - static_cast<double>(n))) * frame_s;
  };
  double said = 0;
  for (std::size_t n = 0; n < words.size(); ++n) {
    times[n].start_s = at(said / total, false);
    said += kMouth + static_cast<double>(words[n].size());
    times[n].end_s = std::max(times[n].start_s, at(std::min(1.0, said / total), true));
  }
  return times;
}

std::vector<WordTime> times_from_starts(std::span<const double> starts_s, double end_s) {
  constexpr double kLongest = 2;
  std::vector<WordTime> times(starts_s.size());
  for (std::size_t n = 0; n < times.size(); ++n) {
    const double next = n + 1 < times.size() ? starts_s[n + 1] : end_s;
    times[n] = {starts_s[n], std::clamp(next, starts_s[n], starts_s[n] + kLongest)};
  }
  return times;
}

}  // namespace sluice::speech
