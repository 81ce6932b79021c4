// llm-bench MODEL.gguf: llm.llama in a graph beside a bare loop over llama.cpp's C interface, same model, same prompts,
// greedy, in turns; prints a line of JSON. llm-bench --write MODEL.gguf [WIDTH LAYERS]: makes a model with random
// weights, which is as slow as one that has learnt something.
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/graph/plan.h"
#include "engine/run/session.h"
#include "nodes/llm/bare_loop.h"
#include "nodes/llm/tiny_gguf.h"

namespace {

using namespace sluice;
using namespace std::chrono_literals;

constexpr int kTokens = 128, kRounds = 12;      // of the speed
constexpr int kBriefTokens = 6, kBriefs = 200;  // of the first token's way
constexpr std::string_view kEnd = "<END>";

struct Answer {
  std::vector<double> way_ms;  // from a token being sampled to the sink having it, token by token
  Time ended{};
};

// What goes in and out of the graph: prompts from the main thread, answers to it.
class Exchange {
 public:
  Answer ask(std::string prompt) {
    std::unique_lock lock(mutex_);
    prompts_.push_back(std::move(prompt));
    answer_.reset();
    lock.unlock();
    source_->wake();
    lock.lock();
    answered_.wait(lock, [&] { return answer_.has_value(); });
    return *answer_;
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    source_->wake();
  }
  void open(Host& host) {
    const std::lock_guard lock(mutex_);
    source_ = &host;
    closed_ = false;
  }
  std::optional<std::string> next(bool& closed) {
    const std::lock_guard lock(mutex_);
    closed = closed_;
    if (prompts_.empty()) return std::nullopt;
    std::string prompt = std::move(prompts_.front());
    prompts_.pop_front();
    return prompt;
  }
  void settle(Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    answered_.notify_one();
  }

 private:
  Host* source_ = nullptr;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<std::string> prompts_;
  std::optional<Answer> answer_;
  bool closed_ = false;
} exchange;

class Prompts final : public Node {
 public:
  Out<Text<>> out{*this, "out", "prompts"};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override {
    out.set_spec({.media = "text", .codec = "prompt", .rate_hz = 0, .channels = 0}, 0, 4096);
    return {};
  }
  Status prepare() override {
    exchange.open(host());
    return {};
  }
  Pull pull() REALTIME override {
    bool closed = false;
    while (const auto prompt = exchange.next(closed)) {
      BlockRef block = out.take();
      block->resize(prompt->size());
      std::memcpy(block->bytes().data(), prompt->data(), prompt->size());
      block->header.flags = kIndependent;
      out.emit(std::move(block));
    }
    return closed ? Pull::ended() : Pull::woken();
  }
};

class Answers final : public Node {
 public:
  In<Text<"tokens">> in{*this, "in", "tokens"};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const Time at = now();
      if (std::as_const(*block).text() == kEnd) {
        answer_.ended = at;
        exchange.settle(std::exchange(answer_, {}));
      } else {
        answer_.way_ms.push_back(1e3 * seconds(at - block->header.capture_time));
      }
    }
  }

 private:
  Answer answer_;
};

Plan plan_of(const std::string& model, int tokens) {
  const std::string line = fmt::format(
      "llm_bench_prompts -> llm: llm.llama(model=\"{}\", raw=true, max_tokens={}, context=1024, end=\"{}\") -> "
      "llm_bench_answers",
      model, tokens, kEnd);
  return compile(build_graph(parse_graph_line(line, Registry::global(), {}).spec, Registry::global()));
}

// A graph that is running.
class Running {
 public:
  Running(const std::string& model, int tokens) : session_(plan_of(model, tokens), executor_) {
    if (const Status started = session_.start(); !started) {
      fmt::print(stderr, "{}\n", started.error().text());
      std::exit(1);
    }
  }
  ~Running() {
    exchange.close();
    session_.wait(10s);
  }

 private:
  Executor executor_;
  Session session_;
};

std::string prompt_of(int round) {
  return fmt::format("{} times upon a time there was a sluice, a channel whose gate controls the flow of water", round);
}

// Of all threads of this process, which other programs do not lengthen.
double cpu_s() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double at_share(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
}

// Seconds for each answer, in turns.
void measure_speed(const std::string& model, nlohmann::json& result) {
  llm::BareLoop bare(model, 1024);
  std::vector<double> bare_s, graph_s, ratio, cpu_ratio;
  std::size_t tokens = 0;
  {
    const Running graph(model, kTokens);
    const MonotonicClock clock;
    for (int round = -1; round < kRounds; ++round) {  // the first warms up
      const std::string prompt = prompt_of(round + 10);
      double bare_cpu = 0;
      const auto run_bare = [&] {
        const Time begin = clock.now();
        const double cpu = cpu_s();
        bare.run(prompt, kTokens);
        bare_cpu = cpu_s() - cpu;
        return seconds(clock.now() - begin);
      };
      double bare_now = 0;
      if (round % 2 == 0) bare_now = run_bare();
      const Time begin = clock.now();
      const double cpu = cpu_s();
      const Answer answer = exchange.ask(prompt);
      const double graph_now = seconds(answer.ended - begin), graph_cpu = cpu_s() - cpu;
      if (round % 2 != 0) bare_now = run_bare();
      if (round < 0) continue;
      tokens += static_cast<std::size_t>(bare.made());
      bare_s.push_back(bare_now);
      graph_s.push_back(graph_now);
      ratio.push_back(graph_now / bare_now);
      cpu_ratio.push_back(graph_cpu / bare_cpu);
    }
  }
  const double per_round = static_cast<double>(tokens) / kRounds;
  result["tokens_per_answer"] = per_round;
  result["bare_tokens_s"] = per_round / at_share(bare_s, 0.5);
  result["graph_tokens_s"] = per_round / at_share(graph_s, 0.5);
  result["overhead"] = at_share(ratio, 0.5) - 1;
  result["overhead_cpu"] = at_share(cpu_ratio, 0.5) - 1;
  result["overhead_best"] = at_share(graph_s, 0) / at_share(bare_s, 0) - 1;
}

void measure_way(const std::string& model, nlohmann::json& result) {
  std::vector<double> first, all;
  const Running graph(model, kBriefTokens);
  for (int n = 0; n < kBriefs; ++n) {
    const Answer answer = exchange.ask(prompt_of(n));
    if (!answer.way_ms.empty()) first.push_back(answer.way_ms.front());
    all.insert(all.end(), answer.way_ms.begin(), answer.way_ms.end());
  }
  for (const auto& [name, share] : {std::pair{"p50", 0.5}, {"p99", 0.99}, {"max", 1.0}}) {
    result["first_token_ms"][name] = at_share(first, share);
    result["token_ms"][name] = at_share(all, share);
  }
}

}  // namespace

REGISTER_NODE(Prompts, "llm_bench_prompts", "prompts of the benchmark")
REGISTER_NODE(Answers, "llm_bench_answers", "answers to the benchmark")

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "--write") {
    llm::GgufShape shape;
    if (argc > 4) {
      shape.width = static_cast<std::uint32_t>(std::atoi(argv[3]));
      shape.layers = static_cast<std::uint32_t>(std::atoi(argv[4]));
      shape.inner = shape.width * 8 / 3 / 32 * 32;
    }
    constexpr std::string_view kChatMl =
        "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>'}}";
    llm::TinyGguf::write(SLUICE_MODELS_FOLDER "/llama-vocab.gguf", argv[2], kChatMl, shape);
    return 0;
  }
  if (argc != 2) {
    fmt::print(stderr, "llm-bench MODEL.gguf | --write MODEL.gguf [WIDTH LAYERS]\n");
    return 2;
  }
  if (const auto api = llm::llama_api(); !api) {
    fmt::print(stderr, "{}\n", api.error().text());
    return 1;
  }
  nlohmann::json result;
  measure_speed(argv[1], result);
  measure_way(argv[1], result);
  fmt::print("{}\n", result.dump());
}
