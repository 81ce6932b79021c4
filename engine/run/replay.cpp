#include "engine/run/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <set>

namespace sluice {
namespace {

using recording::BlockStamp;
using recording::Source;

// The time between the recorded run and this one, found by whichever player comes first.
class Shift {
 public:
  Duration of(Time now, Time start) noexcept {
    Duration::rep unset = kUnset;
    const Duration::rep mine = (now - start).count();
    return Duration(shift_.compare_exchange_strong(unset, mine) ? mine : unset);
  }

 private:
  static constexpr Duration::rep kUnset = Duration::min().count();
  std::atomic<Duration::rep> shift_{kUnset};
};

// What one node emitted, on all its outputs.
class Player final : public Node {
 public:
  Player(std::shared_ptr<const Recording> recording, const std::string& node, std::shared_ptr<Shift> shift)
      : recording_(std::move(recording)), shift_(std::move(shift)) {
    for (std::size_t n = 0; n < recording_->sources().size(); ++n)
      if (recording_->sources()[n].node == node) tracks_.emplace_back(*this, recording_->sources()[n], n);
  }

  Traits traits() const override { return {.realtime = false, .clock = ClockDomain::wall}; }
  bool self_driven() const override { return true; }

  Status configure() override {
    for (Track& track : tracks_) {
      const Source& source = recording_->sources()[track.number];
      track.out.set_spec(source.format, source.block_frames, source.payload_bytes);
    }
    return {};
  }

  Status prepare() override {
    for (Track& track : tracks_)
      if (!look_ahead(track)) return Error{recording_->path(), "has changed since it was opened"};
    return {};
  }

  Pull pull() REALTIME override {
    const auto next =
        std::ranges::min_element(tracks_, {}, [](const Track& t) { return t.ended ? Time::max() : t.stamp.emitted; });
    if (next->ended) return Pull::ended();
    const Time now = host().now();
    const Duration shift = shift_->of(now, recording_->start());
    if (now < next->stamp.emitted + shift) return Pull::at(next->stamp.emitted + shift);
    if (!emit(*next, shift)) {
      fail("the recording cannot be read any more");
      return Pull::ended();
    }
    return Pull::again();
  }

 private:
  struct Track {
    Track(Node& owner, const Source& source, std::size_t n)
        : out(owner, source.port, "as recorded", source.media, source.codec, source.sample_bytes, 0,
              {.optional = true}),
          number(n) {}
    OutPort out;
    std::size_t number;  // of the source
    std::size_t next = 0;
    bool ended = false;
    BlockStamp stamp;  // of the next block
  };

  bool look_ahead(Track& track) noexcept {
    track.ended = track.next == recording_->blocks(track.number);
    return track.ended || recording_->stamp(track.number, track.next, track.stamp);
  }

  bool emit(Track& track, Duration shift) noexcept {
    BlockRef block = track.out.take();
    const BlockHeader& was = track.stamp.header;
    block->header = was;
    block->header.capture_time = was.capture_time + shift;
    if (track.stamp.lost > 0) block->header.flags |= kDiscontinuity;
    if (!read_payload(track, *block)) return false;
    track.out.emit(std::move(block));
    ++track.next;
    return look_ahead(track);
  }

  bool read_payload(const Track& track, Block& block) noexcept {
    const std::size_t bytes = recording_->payload_bytes(track.number, track.next);
    if (recording_->sources()[track.number].sample_bytes == 0) {
      block.resize(bytes);
      return recording_->payload(track.number, track.next, block.bytes());
    }
    payload_.resize(bytes);
    if (!recording_->payload(track.number, track.next, payload_)) return false;
    std::span<const std::byte> left(payload_);
    const auto fill = [&](auto samples) {
      const auto to = std::as_writable_bytes(samples);
      std::ranges::copy(left.first(to.size()), to.begin());
      left = left.subspan(to.size());
    };
    if (recording_->sources()[track.number].sample_bytes != sizeof(float))
      fill(block.iq());
    else
      for (std::size_t c = 0; c < block.channels(); ++c) fill(block.channel(c));
    return true;
  }

  std::shared_ptr<const Recording> recording_;  // of all players of one replay
  std::shared_ptr<Shift> shift_;                // likewise
  std::deque<Track> tracks_;                    // ports stay where they are
  std::vector<std::byte> payload_;
};

std::string type_of(const std::string& node) {
  return "recorded:" + node;
}

// The registry, and a player for each node of the recording.
Registry with_players(const Registry& registry, const std::shared_ptr<const Recording>& recording) {
  Registry all = registry;
  const auto shift = std::make_shared<Shift>();
  for (const Source& source : recording->sources())
    all.add(type_of(source.node), "plays what '" + source.node + "' emitted",
            [recording, shift, node = source.node] { return std::make_unique<Player>(recording, node, shift); });
  return all;
}

// Which of the graph's nodes are the recorded ones; the others were replaced.
std::vector<std::string> put_players(GraphSpec& spec, const Recording& recording) {
  std::set<std::string> absent;
  for (const Source& source : recording.sources()) {
    const auto is_it = [&](const NodeSpec& node) { return node.name == source.node && node.type == source.type; };
    const auto node = std::ranges::find_if(spec.nodes, is_it);
    if (node == spec.nodes.end()) absent.insert(source.node);
  }
  for (const Source& source : recording.sources())
    for (NodeSpec& node : spec.nodes)
      if (node.name == source.node && !absent.contains(source.node)) {
        node.type = type_of(source.node);
        node.params.clear();
      }
  return {absent.begin(), absent.end()};
}

void wait_everywhere(Plan& plan) {
  for (Border& border : plan.borders) border.on_overrun = Overload::wait;
  std::ranges::fill(plan.max_age, std::nullopt);
}

}  // namespace

Replay load_replay(std::shared_ptr<const Recording> recording, const Registry& registry, const FrontOptions& options) {
  Replay replay;
  Parsed parsed = parse_graph_yaml(recording->graph(), recording->path(), registry, options);
  const auto players = std::make_shared<Registry>(with_players(registry, recording));  // and the graph's plug-ins
  replay.left_out = put_players(parsed.spec, *recording);
  BuiltGraph built = build_graph(std::move(parsed.spec), *players);
  built.diagnostics = merge(std::move(parsed.diagnostics), built.diagnostics);
  built.registry = nullptr;
  if (!built.ok()) {
    replay.plan.graph = std::move(built);
    return replay;
  }
  replay.plan = compile(std::move(built));
  wait_everywhere(replay.plan);
  return replay;
}

Status check_unchanged(const Recording& recording) {
  const std::vector<Recording::Change>& changes = recording.changes();
  if (changes.empty()) return {};
  return Error{
      recording.path(),
      fmt::format("the graph was changed while it was recorded, {:.3f} s after the start ({}{}): a replay of the "
                  "graph as it was at first would not give what was written then",
                  seconds(changes.front().after), changes.front().what,
                  changes.size() > 1 ? fmt::format("; and {} changes more", changes.size() - 1) : "")};
}

std::vector<std::string> nodes_of_their_own_time(const Plan& plan) {
  std::vector<std::string> names;
  for (const BuiltNode& built : plan.graph.nodes) {
    const Traits traits = built.node->traits();
    if (traits.hands_over || traits.clock == ClockDomain::device) names.push_back(built.spec.name);
  }
  return names;
}

}  // namespace sluice
