#include "nodes/speech/workers.h"

#include <sys/resource.h>

#include <algorithm>

namespace sluice::speech {
namespace {

constexpr int kNice = 5;  // behind the threads that feed them audio, before nothing else of the process

}  // namespace

std::shared_ptr<Workers> Workers::shared() {
  static std::mutex mutex;
  static std::weak_ptr<Workers> known;
  const std::lock_guard lock(mutex);
  auto workers = known.lock();
  if (!workers) known = workers = std::make_shared<Workers>(std::max(1u, std::thread::hardware_concurrency()));
  return workers;
}

Workers::Workers(std::size_t threads) {
  for (std::size_t n = 0; n < threads; ++n)
    threads_.emplace_back([this](std::stop_token stop) { serve(std::move(stop)); });
}

Workers::~Workers() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void Workers::run(Urgency urgency, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    (urgency == Urgency::high ? high_ : low_).push_back(std::move(work));
  }
  wake_.notify_one();
}

void Workers::serve(std::stop_token stop) {
  ::setpriority(PRIO_PROCESS, 0, kNice);  // Linux: of this thread alone
  for (;;) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !high_.empty() || !low_.empty(); })) return;
      if (stop.stop_requested()) return;
      auto& queue = high_.empty() ? low_ : high_;
      work = std::move(queue.front());
      queue.pop_front();
    }
    work();
  }
}

}  // namespace sluice::speech
