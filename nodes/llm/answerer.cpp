#include "nodes/llm/answerer.h"

#include <algorithm>

namespace sluice::llm {

Answerer::Answerer(std::shared_ptr<LanguageModel> model, std::function<Time()> clock, std::function<void()> on_event)
    : model_(std::move(model)),
      clock_(std::move(clock)),
      on_event_(std::move(on_event)),
      thread_([this](const std::stop_token& ended) { run(ended); }) {}

Answerer::~Answerer() {
  {
    const std::lock_guard lock(mutex_);
    current_stop_.request_stop();
    jobs_.clear();
  }
  thread_.request_stop();
  thread_.join();
}

void Answerer::ask(std::uint64_t id, ChatRequest request) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({id, std::move(request)});
  }
  asked_.notify_one();
}

void Answerer::cancel(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(jobs_, [&](const Job& job) { return job.id == id; });
  std::erase_if(events_, [&](const Event& event) { return event.id == id; });
  if (current_ == id) current_stop_.request_stop();
}

std::optional<Answerer::Event> Answerer::next() {
  const std::lock_guard lock(mutex_);
  if (events_.empty()) return std::nullopt;
  std::optional<Event> event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Answerer::run(const std::stop_token& ended) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (!asked_.wait(lock, ended, [&] { return !jobs_.empty(); })) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    current_ = job.id;
    current_stop_ = std::stop_source();
    const std::stop_token stop = current_stop_.get_token();
    lock.unlock();
    answer(job, stop);
    lock.lock();
    current_.reset();
  }
}

void Answerer::answer(const Job& job, const std::stop_token& stop) {
  const auto take = [&](std::string_view piece) {
    tell(job.id, What::piece, std::string(piece), stop);
    return !stop.stop_requested();
  };
  const Status status = model_->answer(job.request, take, stop);
  tell(job.id, status ? What::done : What::failed, status ? std::string() : status.error().text(), stop);
}

void Answerer::tell(std::uint64_t id, What what, std::string text, const std::stop_token& stop) {
  const Time at = clock_();
  {
    const std::lock_guard lock(mutex_);
    if (stop.stop_requested()) return;  // under the lock: nothing comes after cancel()
    events_.push_back({id, what, std::move(text), at});
  }
  on_event_();
}

}  // namespace sluice::llm
