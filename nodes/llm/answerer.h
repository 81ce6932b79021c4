// Has requests answered one after another on a thread of its own, so that no worker of the engine waits for a model.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/core/clock.h"
#include "nodes/llm/language_model.h"

namespace sluice::llm {

class Answerer {
 public:
  enum class What : std::uint8_t { piece, done, failed };
  struct Event {
    std::uint64_t id = 0;  // of the request
    What what = What::piece;
    std::string text;  // the piece, or why it failed
    Time at{};         // when it came, on the clock
  };

  // `model` is shared by those who ask one and the same; `clock` and `on_event` are called on the thread, the latter
  // when next() has something.
  Answerer(std::shared_ptr<LanguageModel> model, std::function<Time()> clock, std::function<void()> on_event);
  ~Answerer();  // what is under way is stopped and forgotten

  // Any thread. Every request ends with one `done` or `failed`, unless it is cancelled before.
  void ask(std::uint64_t id, ChatRequest request);
  void cancel(std::uint64_t id);  // nothing more comes of it
  std::optional<Event> next();

 private:
  struct Job {
    std::uint64_t id;
    ChatRequest request;
  };
  void run(const std::stop_token& ended);
  void answer(const Job& job, const std::stop_token& stop);
  void tell(std::uint64_t id, What what, std::string text, const std::stop_token& stop);

  const std::shared_ptr<LanguageModel> model_;
  const std::function<Time()> clock_;
  const std::function<void()> on_event_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any asked_;
  std::deque<Job> jobs_;
  std::deque<Event> events_;
  std::optional<std::uint64_t> current_;
  std::stop_source current_stop_;
  std::jthread thread_;
};

}  // namespace sluice::llm
