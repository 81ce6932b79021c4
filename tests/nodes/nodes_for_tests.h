// Every registered node on the harness: what it needs to run, and what it is fed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/testing/node_harness.h"

namespace sluice {

using Audio = std::vector<std::vector<float>>;  // [channel][frame]

// Types that cannot run on the harness, and why.
const std::map<std::string, std::string>& unrunnable();
// The nodes of every family, in order, and variants of some; without those of unrunnable(), which are named on standard
// output.
std::vector<std::string> runnable_types();

// Seeded noise and a tone, with a click now and then.
Audio test_audio(std::size_t channels, std::size_t frames);

// A node that has been fed with all that `upstream_of` it makes of the audio, block by block, and ended.
class Fed {
 public:
  enum class Loss { none, one };  // one: a block half way through is lost on its way into the node
  Fed(const std::string& type, const Audio& audio, std::int64_t block_frames, Loss loss = Loss::none);

  NodeHarness& node() { return *node_; }
  // Samples of audio, bytes of packets with later rewrites applied; of a family's own structs nothing.
  std::string output();
  std::vector<BlockRef>& blocks();
  // True when a block that the node was given, and that others hold too, is as it was.
  bool left_its_inputs_alone() const;

 private:
  void feed(const std::string& type, std::vector<BlockRef> blocks, const StreamSpec& spec, Loss loss);
  void pull_until_it_waits();

  std::unique_ptr<Fed> upstream_;  // owns the blocks' pools
  std::unique_ptr<NodeHarness> source_;
  std::unique_ptr<NodeHarness> node_;
  std::vector<BlockRef> given_;
  std::vector<std::string> given_content_;  // as it was
};

}  // namespace sluice
