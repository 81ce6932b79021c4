// A conversation that is kept short enough for its model.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

namespace sluice::llm {

// Exchanges of a question and its answer, of which the oldest go first.
class History {
 public:
  void add(std::string question, std::string answer) { exchanges_.push_back({std::move(question), std::move(answer)}); }
  // Drops exchanges until `fits` says that what is left does, or nothing is left. Returns how many went.
  std::size_t shorten(const std::function<bool()>& fits) {
    std::size_t dropped = 0;
    for (; !exchanges_.empty() && !fits(); ++dropped) exchanges_.pop_front();
    return dropped;
  }
  const std::deque<std::pair<std::string, std::string>>& exchanges() const { return exchanges_; }

 private:
  std::deque<std::pair<std::string, std::string>> exchanges_;
};

}  // namespace sluice::llm
