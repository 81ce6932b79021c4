#include "apps/sluice-transcribe/serve/recognition.h"

#include <fmt/format.h>

#include <cmath>

#include "apps/common/load_graph.h"
#include "apps/sluice-transcribe/serve/audio_pipe.h"
#include "engine/graph/build.h"
#include "engine/graph/quote.h"
#include "engine/node/node.h"
#include "engine/run/session.h"

namespace sluice::transcribe {
namespace {

constexpr double kBlock = 0.03;                           // s of a block
constexpr Duration kPatience = std::chrono::seconds(10);  // for the end of a graph that said that it ended

// What the graph shares with its connection; outlives both.
struct Shared {
  AudioPipe pipe;
  Recognition::Events events;
};

// "client.audio": what a connection pushed, as fast as the graph takes it. Blocks are captured when they arrive.
class ClientAudio final : public Node {
 public:
  ClientAudio(std::shared_ptr<Shared> shared, double rate_hz) : shared_(std::move(shared)), rate_hz_(rate_hz) {}

  Out<float> out{*this, "out", "a client's audio"};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    out.set_spec({.media = "audio", .codec = "", .rate_hz = rate_hz_, .channels = 1}, std::llround(kBlock * rate_hz_));
    return {};
  }

  Status prepare() override {
    shared_->pipe.on_push([this] { host().wake(); });
    return {};
  }

  Pull pull() REALTIME override {
    if (position_ > told_) shared_->events.taken(static_cast<std::uint64_t>(told_ = position_));
    BlockRef block = out.take();
    const auto [samples, ended] = shared_->pipe.take(block->channel(0));
    if (ended) return Pull::ended();
    if (samples == 0) return Pull::woken();
    block->header.frames = static_cast<std::int64_t>(samples);
    block->header.capture_time = host().now();
    block->header.position = position_;
    block->header.flags = kIndependent;
    position_ += block->header.frames;
    out.emit(std::move(block));
    return Pull::again();
  }

  void stop() override { shared_->pipe.on_push({}); }

 private:
  std::shared_ptr<Shared> shared_;
  double rate_hz_;
  std::int64_t position_ = 0, told_ = 0;  // samples: emitted, and known to be taken
};

// "client.text": what the recogniser says, to the connection.
class ClientText final : public Node {
 public:
  explicit ClientText(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (auto event = decode_transcript(std::as_const(*block).text()))
        shared_->events.said(std::move(*event));
      else
        damaged.add();
    }
  }

  void flush() REALTIME override { tell_end(); }
  void stop() override { tell_end(); }

 private:
  void tell_end() {
    if (!std::exchange(told_, true)) shared_->events.ended();
  }

  std::shared_ptr<Shared> shared_;
  bool told_ = false;
};

// The registered nodes, and the two that belong to one connection.
Registry registry_of(const std::shared_ptr<Shared>& shared, double rate_hz) {
  Registry registry = Registry::global();
  registry.add("client.audio", "a client's audio", [=] { return std::make_unique<ClientAudio>(shared, rate_hz); });
  registry.add("client.text", "text for a client", [=] { return std::make_unique<ClientText>(shared); });
  return registry;
}

Result<Plan> plan_of(const std::string& line, const Registry& registry) {
  const FrontOptions options = apps::front_options({.file = {}, .line = line, .vars = {}, .replacements = {}});
  Parsed parsed = parse_graph_line(line, registry, options);
  BuiltGraph built = build_graph(std::move(parsed.spec), registry);
  for (const auto& diagnostics : {parsed.diagnostics, built.diagnostics})
    for (const Diagnostic& diagnostic : diagnostics)
      if (!diagnostic.warning) return std::unexpected(Error{"", diagnostic.message});
  Plan plan = compile(std::move(built));
  for (const Diagnostic& diagnostic : plan.diagnostics())
    if (!diagnostic.warning) return std::unexpected(Error{"", diagnostic.message});
  return plan;
}

}  // namespace

class Recognition::Impl {
 public:
  static Result<std::unique_ptr<Impl>> start(const std::string& source, double rate_hz, const std::string& chain,
                                             Executor& executor, Events events) {
    auto shared = std::make_shared<Shared>();
    shared->events = std::move(events);
    auto registry = std::make_unique<Registry>(registry_of(shared, rate_hz));
    auto plan = plan_of(fmt::format("{} -> {} -> text: client.text", source, chain), *registry);
    if (!plan) return std::unexpected(plan.error());
    auto impl = std::unique_ptr<Impl>(new Impl(std::move(shared), std::move(registry)));
    impl->session_ = std::make_unique<Session>(std::move(*plan), executor);
    if (Status status = impl->session_->start(); !status) return std::unexpected(status.error());
    return impl;
  }

  AudioPipe& pipe() { return shared_->pipe; }

  double read_s() const {
    const RunReport report = session_->report();
    const auto file = report.nodes.find("file");
    if (file == report.nodes.end()) return 0;
    const auto position = file->second.counters.find("position_s");
    return position == file->second.counters.end() ? 0 : position->second;
  }

  Status finish() {
    const bool ended = session_->wait(kPatience);
    Status status = session_->finish();
    if (status && !ended) return Error{"", "the recogniser did not end"};
    return status;
  }

 private:
  Impl(std::shared_ptr<Shared> shared, std::unique_ptr<Registry> registry)
      : shared_(std::move(shared)), registry_(std::move(registry)) {}

  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Registry> registry_;  // the plan refers to it
  std::unique_ptr<Session> session_;
};

Recognition::Recognition(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Recognition::~Recognition() = default;

Result<std::unique_ptr<Recognition>> Recognition::of_stream(const Recogniser& recogniser, double rate_hz,
                                                            const std::vector<Hotword>& hotwords, Executor& executor,
                                                            Events events) {
  auto impl = Impl::start("client.audio", rate_hz, recogniser_chain(recogniser, hotwords), executor, std::move(events));
  if (!impl) return std::unexpected(impl.error());
  return std::unique_ptr<Recognition>(new Recognition(std::move(*impl)));
}

Result<std::unique_ptr<Recognition>> Recognition::of_file(const Recogniser& recogniser, const std::string& path,
                                                          const std::vector<Hotword>& hotwords, Executor& executor,
                                                          Events events) {
  auto impl = Impl::start(fmt::format("file: file.read({})", quoted_value(path)), 0,
                          recogniser_chain(finals_only(recogniser), hotwords), executor, std::move(events));
  if (!impl) return std::unexpected(impl.error());
  return std::unique_ptr<Recognition>(new Recognition(std::move(*impl)));
}

void Recognition::push(std::vector<float> samples) {
  impl_->pipe().push(std::move(samples));
}

void Recognition::end() {
  impl_->pipe().end();
}

std::size_t Recognition::waiting() const {
  return impl_->pipe().waiting();
}

double Recognition::read_s() const {
  return impl_->read_s();
}

Status Recognition::finish() {
  return impl_->finish();
}

}  // namespace sluice::transcribe
