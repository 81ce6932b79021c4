// A client's side of a dialog, for tests: what it says, and what comes of it.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/sluice-transcribe/protocol/dialog.h"

namespace sluice::transcribe {

class Conversation {
 public:
  explicit Conversation(std::unique_ptr<Dialog> dialog) : dialog_(std::move(dialog)) {}

  void text(const std::string& message) {
    dialog_->on_text(message, actions_);
    settle();
  }
  // So many bytes of samples of value 0.5 (s16), or other ones.
  void audio(std::size_t bytes) {
    std::string message;
    while (message.size() < bytes) message += std::string("\x00\x40", 2);
    binary(message.substr(0, bytes));
  }
  void binary(const std::string& message) {
    dialog_->on_binary(std::as_bytes(std::span(message)), actions_);
    settle();
  }
  void partial(std::uint64_t segment, const std::string& words, std::size_t stable = 0) {
    say({.kind = Transcript::Kind::partial,
         .segment = segment,
         .start_s = 1,
         .end_s = 2,
         .text = words,
         .stable_words = stable});
  }
  void final(std::uint64_t segment, const std::string& words) {
    say({.kind = Transcript::Kind::final, .segment = segment, .start_s = 1, .end_s = 3, .text = words});
  }
  void say(const Transcript& transcript) {
    dialog_->on_transcript(transcript, actions_);
    settle();
  }
  void taken(std::uint64_t count) {
    dialog_->on_taken(count, actions_);
    settle();
  }
  void end() {
    finishing = false;
    dialog_->on_end(2.5, actions_);
    settle();
  }
  void refuse(CloseCode code, const std::string& message) {
    dialog_->on_refusal(code, message, actions_);
    settle();
  }
  // The messages since the last call.
  std::vector<nlohmann::json> heard() { return std::exchange(heard_, {}); }
  std::vector<std::string> texts(const std::string& mode = "") {
    std::vector<std::string> list;
    for (const auto& message : heard())
      if (mode.empty() || message.value("mode", "") == mode) list.push_back(message.value("text", ""));
    return list;
  }

  std::vector<StreamRequest> begun;
  std::vector<float> samples;
  bool finishing = false;
  std::optional<CloseCode> closed;

 private:
  void settle() {
    for (Action& action : actions_.take()) {
      if (action.kind == Action::Kind::begin) begun.push_back(action.request);
      if (action.kind == Action::Kind::audio)
        samples.insert(samples.end(), action.samples.begin(), action.samples.end());
      if (action.kind == Action::Kind::finish) finishing = true;
      if (action.kind == Action::Kind::send) heard_.push_back(nlohmann::json::parse(action.text));
      if (action.kind == Action::Kind::close) closed = action.code;
    }
  }

  std::unique_ptr<Dialog> dialog_;
  Actions actions_;
  std::vector<nlohmann::json> heard_;
};

}  // namespace sluice::transcribe
