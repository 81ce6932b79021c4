#include "nodes/speech/kernels/speech_gate.h"

#include <algorithm>

namespace sluice::speech {

GateEvent SpeechGate::push(float probability, float power) {
  const bool speech = probability >= (open_ ? settings_.release : settings_.onset);
  return open_ ? within(speech, power) : before_onset(speech);
}

void SpeechGate::reset() {
  open_ = false;
  run_ = waiting_ = length_ = silence_ = 0;
  powers_.clear();
}

GateEvent SpeechGate::before_onset(bool speech) {
  run_ = speech ? run_ + 1 : 0;
  if (run_ < std::max<std::size_t>(settings_.confirm, 1)) {
    waiting_ = std::min(waiting_ + 1, settings_.pre_roll + settings_.confirm);
    return {};
  }
  const std::size_t before = std::min(waiting_, settings_.pre_roll + run_ - 1);
  open_ = true;
  run_ = waiting_ = silence_ = 0;
  length_ = before + 1;
  powers_.clear();
  return {.speech = true, .begins = true, .before = before};
}

GateEvent SpeechGate::within(bool speech, float power) {
  ++length_;
  silence_ = speech ? 0 : silence_ + 1;
  powers_.push_back(power);
  if (powers_.size() > settings_.search) powers_.pop_front();
  GateEvent event{.speech = true, .silence = silence_};
  if (silence_ >= wanted_silence()) {
    event.ends = true;
    reset();
  } else if (length_ >= settings_.longest) {
    event.ends = true;
    event.cut_back = quietest_back();
    length_ = event.cut_back;
    powers_.clear();
  }
  return event;
}

std::size_t SpeechGate::wanted_silence() const {
  const std::size_t most = std::max(settings_.end_silence, settings_.quick_end);
  const std::size_t saved = (most - settings_.quick_end) * std::min(length_, settings_.longest) / settings_.longest;
  return std::max<std::size_t>(most - saved, 1);
}

// Frames after the middle of the quietest stretch of three.
std::size_t SpeechGate::quietest_back() const {
  if (powers_.size() < 3) return 0;
  std::size_t best = 1;
  const auto around = [this](std::size_t n) { return powers_[n - 1] + powers_[n] + powers_[n + 1]; };
  for (std::size_t n = 2; n + 1 < powers_.size(); ++n)
    if (around(n) < around(best)) best = n;
  return powers_.size() - 1 - best;
}

}  // namespace sluice::speech
