// Audio on its way from a client's connection into its graph.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace sluice::transcribe {

// One thread pushes, another takes. Holds what was pushed and not taken: whoever pushes looks at waiting() and stops.
class AudioPipe {
 public:
  // Pushing side.
  void push(std::vector<float> samples);
  void end();                   // nothing more will be pushed
  std::size_t waiting() const;  // samples

  // Taking side.
  // Called after each push() and end(), by the pushing thread; nothing when empty.
  void on_push(std::function<void()> wake);
  // Fills `samples` as far as there are some, and tells how many. Ended: true when there will never be more.
  struct Taken {
    std::size_t samples = 0;
    bool ended = false;
  };
  Taken take(std::span<float> samples);

 private:
  mutable std::mutex mutex_;  // guards everything below
  std::deque<std::vector<float>> parts_;
  std::size_t first_ = 0;  // sample of the first part that is next
  std::size_t waiting_ = 0;
  bool ended_ = false;
  std::function<void()> wake_;
};

}  // namespace sluice::transcribe
