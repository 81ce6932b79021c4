// Threads for recognition, below the audio in priority, shared by all streams of the process.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sluice::speech {

// Thread-safe.
class Workers {
 public:
  enum class Urgency : std::uint8_t { high, low };

  // The process's workers, one for each processor; they end with the last user.
  static std::shared_ptr<Workers> shared();

  explicit Workers(std::size_t threads);
  ~Workers();  // runs nothing that still waits
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `work` on some thread: of high urgency before all of low, and in order within.
  void run(Urgency urgency, std::function<void()> work);

 private:
  void serve(std::stop_token stop);

  std::mutex mutex_;  // guards the queues
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> high_, low_;
  std::vector<std::jthread> threads_;
};

}  // namespace sluice::speech
