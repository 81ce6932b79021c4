// Runs one node without threads: feed inputs, read outputs, on a fake clock, under the real-time trap.
//   NodeHarness h("gain");
//   h.set("gain", "-6 dB");
//   h.connect("in", audio_spec(48000, 2));
//   ASSERT_TRUE(h.start());
//   h.feed_audio("in", {left, right});
//   h.end();
//   h.audio("out")[0] ...
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/node/node.h"
#include "engine/testing/fake_clock.h"

namespace sluice {

StreamSpec audio_spec(double rate_hz, int channels, std::int64_t block_frames = 480);

class NodeHarness final : public Host {
 public:
  explicit NodeHarness(std::string_view type);  // from the global registry; throws std::invalid_argument when unknown
  explicit NodeHarness(std::unique_ptr<Node> node);
  ~NodeHarness() override;

  Node& node() { return *node_; }
  FakeClock& clock() { return clock_; }
  Status set(std::string_view param, std::string_view value);
  // Names an input port, or an Ins family (each call makes one more port: "in1", "in2", ...).
  void connect(std::string_view port, const StreamSpec& spec);
  // configure() and prepare(), with every output connected to a recorder.
  Status start();

  // Feeding. Audio is cut into blocks of at most the connected spec's block_frames. `flags` go to the first block.
  void feed_audio(std::string_view port, const std::vector<std::vector<float>>& channels, std::uint32_t flags = 0);
  void feed_bytes(std::string_view port, std::span<const std::byte> bytes, std::int64_t frames = 0,
                  std::uint32_t flags = kIndependent);
  void feed(std::string_view port, BlockRef block);  // for example another harness's output
  template <typename T>
  void feed_struct(std::string_view port, const T& payload, std::int64_t frames = 0, std::uint32_t flags = 0) {
    feed_payload(port, std::as_bytes(std::span(&payload, 1)), frames, flags);
  }
  Pull pull();  // one call of a self-driven node
  void end();   // end of stream on every input, then flush()

  std::vector<BlockRef>& out(std::string_view port) { return outputs_[std::string(port)]; }
  std::vector<std::vector<float>> audio(std::string_view port);  // blocks joined, per channel
  std::string bytes(std::string_view port);                      // packets joined
  double counter(std::string_view name) const;

  // What the trap caught in process(), pull() and flush() of a real-time node after `warm_up` calls; empty if nothing.
  const std::string& realtime_violation() const { return violation_; }
  int handed_over_count() const { return handed_over_; }
  int wakes() const { return wakes_; }

  Time now() const noexcept override { return clock_.now(); }
  void wake() noexcept override { ++wakes_; }
  void handed_over(Time) noexcept override { ++handed_over_; }

 private:
  struct Recorder;
  struct Feed;

  void feed_payload(std::string_view port, std::span<const std::byte> bytes, std::int64_t frames, std::uint32_t flags);
  void deliver(Feed& feed, BlockRef block, std::int64_t frames, std::uint32_t flags);
  void run();
  template <typename Call>
  void guarded(Call call);

  static constexpr int kWarmUpCalls = 4;

  FakeClock clock_;
  std::map<std::string, std::vector<BlockRef>> outputs_;
  std::map<std::string, std::unique_ptr<Feed>, std::less<>> feeds_;
  std::vector<std::unique_ptr<Recorder>> recorders_;
  std::unique_ptr<Node> node_;
  std::string violation_;
  int calls_ = 0;
  std::atomic<int> handed_over_{0};  // a node may report from a thread of its own
  std::atomic<int> wakes_{0};
};

}  // namespace sluice
