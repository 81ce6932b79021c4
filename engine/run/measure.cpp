#include "engine/run/measure.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{4} << 20;  // more than the second level holds in CPUs of today
constexpr std::size_t kSpareBlocks = 16;                   // per pool

// What is not run while measuring: it would wait for the world, or change it.
bool needs_stand_in(const Node& node) {
  const Traits traits = node.traits();
  const bool at_an_end = node.outs().empty() || (node.ins().empty() && node.in_families().empty());
  return traits.clock != ClockDomain::none || traits.bridges_clocks || traits.hands_over ||
         (at_an_end && !traits.realtime);
}

// Of this thread: what else the machine does meanwhile is not counted.
Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Times of many turns.
class Samples {
 public:
  void add(Duration time) { times_.push_back(time); }
  void clear() { times_.clear(); }
  RunTime over(Duration stream) {
    if (times_.empty()) return {};
    std::ranges::sort(times_);
    const auto quantile = [&](double q) {
      return times_[static_cast<std::size_t>(q * static_cast<double>(times_.size() - 1))];
    };
    const Duration sum = std::accumulate(times_.begin(), times_.end(), Duration{});
    return {.p50 = quantile(0.5), .p99 = quantile(0.99), .cpu = seconds(sum) / seconds(stream)};
  }

 private:
  std::vector<Duration> times_;
};

class Measurement {
 public:
  Measurement(Plan plan, const MeasureOptions& options);
  ~Measurement();
  Result<Costs> run();

 private:
  // The signal's blocks as if the source had captured them.
  struct Capture final : Delivery {
    explicit Capture(OutPort& out_of_source) : out(out_of_source) {}
    void deliver(BlockRef block) noexcept override { captured = std::move(block); }
    void emit() noexcept {
      BlockRef copy = out.take(captured->frames());
      for (std::size_t c = 0; c < copy->channels(); ++c)
        std::ranges::copy(std::as_const(*captured).channel(c).first(copy->frames()), copy->channel(c).begin());
      stamp_from(*copy, *captured);
      out.emit(std::move(copy));
    }
    OutPort& out;
    BlockRef captured{};
  };
  // The engine's side of one node.
  struct Runtime final : Host {
    Time now() const noexcept override { return clock.now(); }
    void wake() noexcept override {}
    void handed_over(Time) noexcept override {}
    MonotonicClock clock;
    Node* node = nullptr;
    bool stand_in = false, prepared = false, ended = false;
    std::unique_ptr<Node> signal;  // of a source that is not run
    std::unique_ptr<Capture> from_signal;
    Samples calls;
  };
  struct Fused final : Delivery {
    explicit Fused(InPort& to) : port(to) {}
    void deliver(BlockRef block) noexcept override { PortWiring::push(port, std::move(block)); }
    InPort& port;
  };
  struct Crossing final : Delivery {
    Crossing(Measurement& m, InPort& to, std::size_t island) : measurement(m), port(to), to_island(island) {}
    void deliver(BlockRef block) noexcept override {
      measurement.waiting_[to_island].emplace_back(&port, std::move(block));
    }
    Measurement& measurement;
    InPort& port;
    std::size_t to_island;
  };

  Status prepare();
  Status stand_in_for(std::size_t n);
  Status check_failures() const;
  void call(std::size_t n);
  void settle(std::size_t island);
  void step_source(std::size_t n);
  std::optional<std::size_t> next_source() const;
  Duration streamed(std::size_t n) const;
  void run_until(Duration stream);
  void fill_caches();
  template <typename Call>
  void timed(Runtime& runtime, std::size_t island, Call call);

  Plan plan_;
  const MeasureOptions& options_;
  std::vector<std::unique_ptr<Runtime>> runtimes_;
  std::vector<std::unique_ptr<Delivery>> deliveries_;
  std::vector<std::deque<std::pair<InPort*, BlockRef>>> waiting_;  // per island: what crossed its borders
  std::vector<Duration> spent_;                                    // per island, in the present turn
  std::vector<Samples> turns_;                                     // per island
  std::vector<unsigned> other_things_ = std::vector<unsigned>(kCacheBytes / sizeof(unsigned));
};

Measurement::Measurement(Plan plan, const MeasureOptions& options)
    : plan_(std::move(plan)),
      options_(options),
      waiting_(plan_.islands.size()),
      spent_(plan_.islands.size()),
      turns_(plan_.islands.size()) {
  for (const BuiltNode& built : plan_.graph.nodes) {
    auto runtime = std::make_unique<Runtime>();
    runtime->node = built.node.get();
    runtime->stand_in = needs_stand_in(*built.node);
    runtime->node->attach(runtime.get());
    for (OutPort* out : runtime->node->outs()) PortWiring::make_pool(*out, kSpareBlocks);
    runtimes_.push_back(std::move(runtime));
  }
  for (std::size_t l = 0; l < plan_.graph.links.size(); ++l) {
    const BuiltLink& link = plan_.graph.links[l];
    if (plan_.border_of[l])
      deliveries_.push_back(std::make_unique<Crossing>(*this, *link.in, plan_.island_of[link.to]));
    else
      deliveries_.push_back(std::make_unique<Fused>(*link.in));
    PortWiring::add_delivery(*link.out, *deliveries_.back());
  }
}

Measurement::~Measurement() {
  for (auto& runtime : runtimes_)
    if (runtime->prepared) runtime->node->stop();
  waiting_.clear();
  for (auto& runtime : runtimes_)
    for (InPort* in : runtime->node->ins()) PortWiring::clear(*in);
}

Status Measurement::stand_in_for(std::size_t n) {
  Runtime& runtime = *runtimes_[n];
  const Node& node = *runtime.node;
  const auto refuse = [&](const std::string& why) {
    return Error{plan_.graph.nodes[n].spec.name, why + ": put another node in its place with --replace"};
  };
  if (node.outs().empty()) return {};
  if (node.outs().size() != 1 || node.ins().size() > 1)
    return refuse("nothing can stand in for a node of several ports");
  OutPort& out = *node.outs().front();
  if (!node.ins().empty())
    return node.ins().front()->format() == out.format() ? Status{} : refuse("nothing can stand in for what it does");
  if (out.format().media != "audio" || !options_.signal)
    return refuse("nothing can stand in for a source of " + out.format().media);
  runtime.signal = options_.signal(out.spec());
  runtime.signal->attach(&runtime);
  if (Status status = runtime.signal->configure(); !status) return refuse(status.error().text());
  runtime.from_signal = std::make_unique<Capture>(out);
  PortWiring::make_pool(*runtime.signal->outs().front(), kSpareBlocks);
  PortWiring::add_delivery(*runtime.signal->outs().front(), *runtime.from_signal);
  return runtime.signal->prepare();
}

Status Measurement::prepare() {
  for (const std::size_t n : plan_.graph.order) {
    Runtime& runtime = *runtimes_[n];
    Status status = runtime.stand_in ? stand_in_for(n) : runtime.node->prepare();
    if (!status) return Error{plan_.graph.nodes[n].spec.name, status.error().text()};
    runtime.prepared = !runtime.stand_in;
  }
  return {};
}

template <typename Call>
void Measurement::timed(Runtime& runtime, std::size_t island, Call call) {
  const Duration start = cpu_time();
  call();
  const Duration spent = cpu_time() - start;
  runtime.calls.add(spent);
  spent_[island] += spent;
}

// One call of a node that has work.
void Measurement::call(std::size_t n) {
  Runtime& runtime = *runtimes_[n];
  Node& node = *runtime.node;
  timed(runtime, plan_.island_of[n], [&] {
    if (!runtime.stand_in) return node.self_driven() ? static_cast<void>(node.pull()) : node.process();
    while (BlockRef block = node.ins().front()->next())
      if (!node.outs().empty()) node.outs().front()->emit(node.outs().front()->writable(std::move(block)));
  });
}

// All that can be done in an island, what is farthest downstream first.
void Measurement::settle(std::size_t island) {
  const std::vector<std::size_t>& nodes = plan_.islands[island].nodes;
  const auto taken = [](const Node& node) {
    std::uint64_t sum = 0;
    for (const InPort* in : node.ins()) sum += PortWiring::taken(*in);
    return sum;
  };
  for (std::size_t k = nodes.size(); k-- > 0;) {
    const Node& node = *runtimes_[nodes[k]]->node;
    const bool work = std::ranges::any_of(node.ins(), [](const InPort* in) { return in->waiting() > 0; });
    if (!work || (!runtimes_[nodes[k]]->stand_in && !node.self_driven() && !node.ready())) continue;
    const std::uint64_t before = taken(node);
    call(nodes[k]);
    if (taken(node) != before) k = nodes.size();
  }
}

void Measurement::step_source(std::size_t n) {
  Runtime& runtime = *runtimes_[n];
  fill_caches();
  spent_[plan_.island_of[n]] = {};
  if (runtime.signal) {
    runtime.signal->pull();
    timed(runtime, plan_.island_of[n], [&] { runtime.from_signal->emit(); });
  } else {
    timed(runtime, plan_.island_of[n], [&] { runtime.ended = runtime.node->pull().when == Pull::When::ended; });
  }
  settle(plan_.island_of[n]);
  turns_[plan_.island_of[n]].add(spent_[plan_.island_of[n]]);
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].empty()) continue;
    auto [port, block] = std::move(waiting_[i].front());
    waiting_[i].pop_front();
    spent_[i] = {};
    PortWiring::push(*port, std::move(block));
    settle(i);
    turns_[i].add(spent_[i]);
    i = std::numeric_limits<std::size_t>::max();  // from the first island again
  }
}

void Measurement::fill_caches() {
  for (std::size_t n = 0; n < other_things_.size(); n += 16) ++other_things_[n];  // one of every cache line
}

Duration Measurement::streamed(std::size_t n) const {
  const OutPort& out = *runtimes_[n]->node->outs().front();
  const double rate = out.format().rate_hz;
  return rate > 0 ? frames_to_duration(static_cast<double>(out.end_position()), rate)
                  : std::chrono::milliseconds(out.emitted());
}

// The source that is least far.
std::optional<std::size_t> Measurement::next_source() const {
  std::optional<std::size_t> next;
  for (std::size_t n = 0; n < runtimes_.size(); ++n)
    if (runtimes_[n]->node->ins().empty() && !runtimes_[n]->ended && (!next || streamed(n) < streamed(*next))) next = n;
  return next;
}

void Measurement::run_until(Duration stream) {
  for (auto next = next_source(); next && streamed(*next) < stream; next = next_source()) {
    step_source(*next);
    if (!check_failures()) return;
  }
}

Status Measurement::check_failures() const {
  for (std::size_t n = 0; n < runtimes_.size(); ++n)
    if (const std::string_view failure = runtimes_[n]->node->failure(); !failure.empty())
      return Error{plan_.graph.nodes[n].spec.name, std::string(failure)};
  return {};
}

Result<Costs> Measurement::run() {
  if (Status status = prepare(); !status) return std::unexpected(status.error());
  const Duration warm_up = options_.stream / 10;
  run_until(warm_up);
  for (auto& runtime : runtimes_) runtime->calls.clear();
  for (Samples& turns : turns_) turns.clear();
  run_until(warm_up + options_.stream);
  if (Status status = check_failures(); !status) return std::unexpected(status.error());
  Duration stream{};
  for (std::size_t n = 0; n < runtimes_.size(); ++n)
    if (runtimes_[n]->node->ins().empty()) stream = std::max(stream, streamed(n) - warm_up);
  if (stream <= Duration{}) return std::unexpected(Error{"bench", "the sources end before anything can be measured"});
  Costs costs;
  costs.graph_hash = graph_hash(plan_.graph.spec);
  costs.machine = cpu_model();
  for (std::size_t n = 0; n < runtimes_.size(); ++n) {
    const std::string& name = plan_.graph.nodes[n].spec.name;
    costs.nodes[name] = runtimes_[n]->calls.over(stream);
    if (runtimes_[n]->stand_in) costs.stood_in_for.push_back(name);
  }
  for (std::size_t i = 0; i < plan_.islands.size(); ++i) {
    IslandCost& cost = costs.islands.emplace_back();
    for (const std::size_t n : plan_.islands[i].nodes) cost.nodes.push_back(plan_.graph.nodes[n].spec.name);
    cost.time = turns_[i].over(stream);
  }
  return costs;
}

}  // namespace

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

Result<Costs> measure_costs(Plan plan, const MeasureOptions& options) {
  return Measurement(std::move(plan), options).run();
}

}  // namespace sluice
