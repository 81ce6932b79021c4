// All that a node author includes. A node declares ports and parameters as members and implements:
//   configure()  formats in -> formats out, algorithmic delay. Pure: opens nothing; `sluice check` stops here.
//   prepare()    allocates, opens files, devices and sockets. May fail with a clear error.
//   process()    takes waiting blocks, emits blocks. REALTIME unless traits() says otherwise.
//   flush()      after the last input block: emits what is still held.
//   stop()       closes what prepare() opened. Called once, also after a failure.
// One thread at a time calls a node; counters and wake() may be used from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/clock.h"
#include "engine/core/realtime.h"
#include "engine/core/result.h"
#include "engine/node/clock_face.h"
#include "engine/node/param.h"
#include "engine/node/port.h"

namespace sluice {

// What drives a node's time.
enum class ClockDomain {
  none,    // runs when blocks arrive, or, for a source, as fast as it is let
  wall,    // paces itself by the engine's clock
  device,  // paced by hardware of its own
};

struct Traits {
  bool realtime = true;  // process() obeys the REALTIME rules; false: it may block or take long (files, models)
  ClockDomain clock = ClockDomain::none;
  bool stamps = false;          // sets capture times afresh (a source always does): latency is counted from here
  bool hands_over = false;      // a sink that reports handed_over() itself, from its own thread
  bool bridges_clocks = false;  // what comes in by one clock goes out by another: see Node::follow()
};

// When a self-driven node wants to be called again.
struct Pull {
  enum class When { again, woken, at, ended } when;
  Time time{};

  static constexpr Pull again() { return {When::again, {}}; }       // right away, when downstream has room
  static constexpr Pull woken() { return {When::woken, {}}; }       // after wake(), or when an input block arrives
  static constexpr Pull at(Time time) { return {When::at, time}; }  // at `time`, or after wake()
  static constexpr Pull ended() { return {When::ended, {}}; }       // end of stream
};

// What a node may ask of the engine that runs it. Realtime-safe. now() and handed_over(): any thread;
// wake(): one foreign thread per node (a device callback, a socket thread).
class Host {
 public:
  virtual ~Host() = default;
  virtual Time now() const noexcept = 0;
  // The time that a block gets which its source has not stamped: now, or a little before where nodes follow no clock.
  virtual Time stamp_time() const noexcept { return now(); }
  virtual void wake() noexcept = 0;  // have pull() called soon
  virtual void handed_over(
      Time capture_time) noexcept = 0;  // sinks with Traits::hands_over: bytes reached device or socket
  // True once the run is over whatever is still under way. What may wait for long (a pipe that nobody reads) looks here
  // every few milliseconds and gives up.
  virtual bool given_up() const noexcept { return false; }
  // True once the run is to end (Ctrl-C, --for): what is there drains; nothing that takes seconds is begun or finished.
  virtual bool stopping() const noexcept { return false; }
};

// A number a node counts or shows; appears in metrics, `--json` and the status line. Thread-safe, realtime-safe.
class Counter {
 public:
  // A fault that was survived is worth a warning when it is not 0.
  enum class Tells { fact, fault };
  Counter(Node& owner, std::string_view name, std::string_view doc, Tells tells = Tells::fact);
  void add(double amount = 1) noexcept { value_.store(value() + amount, std::memory_order_relaxed); }  // one writer
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }
  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }
  bool is_fault() const { return tells_ == Tells::fault; }

 private:
  std::string name_, doc_;
  Tells tells_;
  std::atomic<double> value_{0};
};

class Node {
 public:
  Node() = default;
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  virtual Traits traits() const { return {}; }
  // Self-driven nodes (sources, pacers, device sinks) implement pull() instead of process().
  virtual bool self_driven() const { return ins_.empty() && in_families_.empty(); }

  // The format that an input would take in place of the one it is offered, where they differ in rate or channels: the
  // loader names, or inserts, the node that converts. What no conversion can mend is configure()'s error.
  virtual Format accepted(const InPort& in) const { return in.format(); }
  virtual Status configure() = 0;
  virtual Status prepare() { return {}; }
  virtual void process() REALTIME {}
  virtual Pull pull() REALTIME { return Pull::ended(); }
  virtual void flush() REALTIME {}
  virtual void stop() {}
  // True when process() can get on: by default when any input has a block.
  virtual bool ready() const noexcept;

  // The clock that Traits::clock speaks of: nodes of one name keep the same time. Empty: a device of its own.
  // Known from the parameters alone: the loader demands a clock bridge where a stream meets a second clock.
  virtual std::string clock_name() const { return traits().clock == ClockDomain::wall ? "wall" : ""; }
  // Where a node that takes its input by a clock of its own shows what it takes; asked for when parameters are set.
  // Shared: whoever follows the clock may outlive the node.
  virtual std::shared_ptr<const ClockFace> clock_face() { return nullptr; }
  // Traits::bridges_clocks: the clock that the output goes by. Called before configure(), if there is one downstream.
  virtual void follow(std::shared_ptr<const ClockFace>) {}

  // What only one node can have at a time ("the file out.wav"), known once configured; empty: nothing. A change of a
  // running graph by which a node comes that needs what a running one has is refused, unless that one hands it over.
  virtual std::string exclusive() const { return {}; }
  // Of a node that leaves a running graph, called by the thread that changes it while process() may run: gives up what
  // is exclusive so that the node that comes can prepare(), and goes on until it is stopped. False: it cannot.
  virtual bool release() { return false; }
  // After release(): the node that was to come could not be prepared, and this one takes back what it gave up.
  virtual Status regain() { return {}; }

  // Algorithmic delay from any input to any output, as configure() declared it.
  Duration delay() const noexcept { return delay_; }

  const std::vector<ParamBase*>& params() const { return params_; }
  const std::vector<InPort*>& ins() const { return ins_; }
  const std::vector<OutPort*>& outs() const { return outs_; }
  const std::vector<InFamily*>& in_families() const { return in_families_; }
  const std::vector<Counter*>& counters() const { return counters_; }

  // Longest time a block may wait inside the node, in buffers of its own (device rings). Part of the queueing bound.
  Duration queueing() const noexcept { return queueing_; }

  // A parameter that configure() left to the latency budget: with every step up the node does better, and later by
  // `step`.
  struct Elastic {
    Param<int>* param;
    Duration step;
  };
  const std::optional<Elastic>& elastic() const noexcept { return elastic_; }
  // Of an elastic node, between configure() and prepare(): moves the parameter by `steps` within its range, and the
  // delay with it.
  void stretch(Duration::rep steps);

  // What one block costs, as configure() declared it; none: to be measured (`sluice bench`).
  std::optional<Duration> run_time() const noexcept { return run_time_; }

  // The engine attaches itself before prepare().
  void attach(Host* host) { host_ = host; }
  Time now() const noexcept { return host_->now(); }
  Time stamp_time() const noexcept { return host_->stamp_time(); }
  // The message of fail(), once; empty if none. Read by the engine after every call.
  std::string_view failure() const noexcept;
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }

 protected:
  // configure(): declares the algorithmic delay, the longest time from a sample's arrival until the output that needs
  // it.
  void set_delay(Duration delay) { delay_ = delay; }
  void set_delay(double frames, double rate_hz) { delay_ = frames_to_duration(frames, rate_hz); }

  // configure(): where nobody set `param`, the graph's latency budget does. The delay that is declared is that of its
  // default, which it keeps without a budget; each step up adds `step`.
  void leave_to_budget(Param<int>& param, Duration step);

  void set_queueing(Duration queueing) { queueing_ = queueing; }
  // configure(): the longest run time of one block, where the node knows it (a model of a known size).
  void set_run_time(Duration longest) { run_time_ = longest; }

  Host& host() const noexcept { return *host_; }
  // Ends the graph with an error. Realtime-safe; the first message wins; at most 255 bytes are kept.
  void fail(std::string_view message) noexcept;

 private:
  friend class ParamBase;
  friend class InPort;
  friend class OutPort;
  friend class InFamily;
  friend class Counter;

  std::atomic<bool> failed_{false};  // near the front: looked at after every call
  std::vector<ParamBase*> params_;
  std::vector<InPort*> ins_;
  std::vector<OutPort*> outs_;
  std::vector<InFamily*> in_families_;
  std::vector<Counter*> counters_;
  Duration delay_{};
  Duration queueing_{};
  std::optional<Duration> run_time_;
  std::optional<Elastic> elastic_;
  Host* host_ = nullptr;
  std::array<char, 256> failure_{};
};

// Base of nodes that map audio samples to audio samples one for one: process(frames) sees aligned spans.
//   void process(std::size_t frames) REALTIME override { for c: for n: out(c)[n] = f(in(c)[n]); }
// One input "in", one output "out", same format. Works in place when it may.
class SampleNode : public Node {
 public:
  In<float> input{*this, "in", "audio"};
  Out<float> output{*this, "out", "audio, same rate and channels as in"};

  Status configure() override {
    output.set_spec(input.spec());
    return {};
  }
  void process() REALTIME final;
  // The samples of one block: channel(c) holds `frames` samples, to be read and overwritten.
  virtual void process(std::size_t frames) REALTIME = 0;

 protected:
  std::span<float> channel(std::size_t c) noexcept { return block_->channel(c); }
  std::size_t channels() const noexcept { return block_->channels(); }
  const BlockHeader& header() const noexcept { return block_->header; }
  double rate_hz() const noexcept { return input.format().rate_hz; }

 private:
  BlockRef block_;
};

}  // namespace sluice

#include "engine/node/registry.h"
