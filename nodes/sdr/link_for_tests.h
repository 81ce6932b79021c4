// A radio link of nodes, each behind the one before: packets -> modem -> channel -> modem -> packets.
#pragma once

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"

namespace sluice::sdr {

using Settings = std::vector<std::pair<std::string, std::string>>;

inline constexpr double kSoundRate = 48000;
inline constexpr std::int64_t kPacketFrames = 1152;
inline constexpr std::size_t kPacketBytes = 384;  // MP3 at 128 kbit/s and 48 kHz

inline std::vector<std::byte> packet_of(unsigned n) {
  std::mt19937 random(n);
  std::vector<std::byte> bytes(kPacketBytes);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

class Link {
 public:
  // modem: "sdr.ofdm", "sdr.flexframe". occupied: the share of the band that its carriers take.
  Link(const Settings& packets, const Settings& modem, const Settings& channel, const std::string& kind = "sdr.ofdm",
       const char* occupied = "0.78") {
    add("sdr.packetize", {{"depth", "1"}}, {.format = packet_format("mp3", kSoundRate), .block_frames = kPacketFrames});
    apply(packets);
    begin();
    add_next(kind + "_tx", {{"rate", "480 kHz"}});
    apply(modem);
    begin();
    add_next("sdr.channel", {{"occupied", occupied}});
    apply(channel);
    begin();
    add_next(kind + "_rx", {});
    begin();
    add_next("sdr.depacketize", {{"rate", "48000"}});
    begin();
  }

  // Sends `packets` packets, the state of the stages carried through. Returns those that came right.
  unsigned send(unsigned packets) {
    for (unsigned n = 0; n < packets; ++n) {
      stages_[0]->feed_bytes("in", packet_of(n), kPacketFrames);
      pass_on();
    }
    for (auto& stage : stages_) {
      stage->end();
      pass_on();
    }
    unsigned right = 0;
    for (const BlockRef& block : stages_.back()->out("out")) {
      const auto expected = packet_of(received_++);
      right += std::ranges::equal(block->bytes(), expected);
    }
    return right;
  }
  NodeHarness& stage(std::size_t n) { return *stages_[n]; }
  std::string violations() const {
    std::string all;
    for (const auto& stage : stages_) all += stage->realtime_violation();
    return all;
  }

 private:
  void add(const std::string& type, const Settings& settings, const StreamSpec& spec) {
    stages_.push_back(std::make_unique<NodeHarness>(type));
    passed_.push_back(0);
    apply(settings);
    stages_.back()->connect("in", spec);
  }
  void add_next(const std::string& type, const Settings& settings) {
    add(type, settings, stages_.back()->node().outs()[0]->spec());
  }
  void apply(const Settings& settings) {
    for (const auto& [param, value] : settings) {
      const Status status = stages_.back()->set(param, value);
      if (!status) throw std::runtime_error(status.error().text());
    }
  }
  void begin() {
    if (const Status status = stages_.back()->start(); !status) throw std::runtime_error(status.error().text());
  }
  void pass_on() {
    for (std::size_t n = 0; n + 1 < stages_.size(); ++n) {
      auto& blocks = stages_[n]->out("out");
      for (; passed_[n] < blocks.size(); ++passed_[n]) stages_[n + 1]->feed("in", std::move(blocks[passed_[n]]));
    }
  }

  std::vector<std::unique_ptr<NodeHarness>> stages_;
  std::vector<std::size_t> passed_;
  unsigned received_ = 0;
};

enum Stage : std::size_t { kPacketize, kTx, kChannel, kRx, kDepacketize };

// Starts a receiver and gives it two seconds of noise and nothing else.
inline void hear_noise(NodeHarness& rx) {
  constexpr std::size_t kBlock = 4096;
  rx.connect("in", {.format = iq_format(480e3), .block_frames = kBlock});
  if (const Status status = rx.start(); !status) throw std::runtime_error(status.error().text());
  std::mt19937 random(3);
  std::normal_distribution<float> gauss;
  BlockPool pool({.channels = 1, .frames = kBlock, .sample_bytes = 8}, 2);
  for (int n = 0; n < 250; ++n) {
    BlockRef block = pool.take();
    for (auto& x : block->iq()) x = {gauss(random), gauss(random)};
    rx.feed("in", std::move(block));
  }
}

}  // namespace sluice::sdr
