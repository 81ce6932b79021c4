// The floor that no engine passes with separate buffers: source, nodes and sink as one loop over them.
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "apps/sluice-bench/engines.h"

namespace sluice::bench {
namespace {

// Nothing before is left out or moved behind: each node's work is done, as if it stood in a function of its own.
void node_boundary() {
  asm volatile("" ::: "memory");
}

class Loop {
 public:
  Loop(const Workload& workload, Arrivals& arrivals)
      : workload_(workload),
        arrivals_(arrivals),
        samples_(static_cast<std::size_t>(workload.block)),
        buffers_(static_cast<std::size_t>(std::max(workload.n, workload.fan)) + 2, std::vector<float>(samples_)) {}

  void run(const std::atomic<bool>& stop) {
    due_ns_ = now_ns();
    while (!stop.load(std::memory_order_relaxed)) {
      source();
      workload_.name == "fan" ? fan() : chain();
    }
  }

  std::uint64_t join_errors() const { return join_errors_; }

 private:
  void source() {
    if (workload_.paced_source()) sleep_until(due_ns_ += workload_.period().count());
    write_stamp(buffers_[0].data(), {.sequence = sequence_++, .time_ns = workload_.stamped() ? now_ns() : 0});
  }

  void copy(std::size_t from, std::size_t to) {
    std::memcpy(buffers_[to].data(), buffers_[from].data(), samples_ * sizeof(float));
    node_boundary();
  }

  void chain() {
    const auto n = static_cast<std::size_t>(workload_.n);
    const bool copies = workload_.variant == "copy";
    for (std::size_t k = 0; k < n; ++k) copies ? copy(k, k + 1) : node_boundary();
    arrivals_.on_block(buffers_[copies ? n : 0].data());
  }

  void fan() {
    const auto branches = static_cast<std::size_t>(workload_.fan);
    const float* inputs[64];
    for (std::size_t k = 0; k < branches; ++k) {
      copy(0, k + 1);
      inputs[k] = buffers_[k + 1].data();
    }
    join_errors_ += join(inputs, branches, buffers_[branches + 1].data(), samples_);
    arrivals_.on_block(buffers_[branches + 1].data());
  }

  const Workload& workload_;
  Arrivals& arrivals_;
  std::size_t samples_;
  std::vector<std::vector<float>> buffers_;
  std::int64_t due_ns_ = 0;
  std::uint64_t sequence_ = 0, join_errors_ = 0;
};

}  // namespace

Outcome run_inline(const Workload& workload, Arrivals& arrivals) {
  Outcome outcome;
  Loop loop(workload, arrivals);
  std::atomic<bool> stop{false};
  std::thread thread([&] { loop.run(stop); });
  measure_window(workload, arrivals, outcome);
  stop.store(true);
  thread.join();
  outcome.join_errors = loop.join_errors();
  return outcome;
}

}  // namespace sluice::bench
