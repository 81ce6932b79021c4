// Takes a stream and drops it: the end of a branch that nobody listens to, and a way to measure.
#include "engine/node/node.h"

namespace sluice::io {
namespace {

class Discard final : public Node {
 public:
  In<Anything> in{*this, "in", "any stream"};
  Counter blocks{*this, "blocks", "blocks taken"};
  Counter frames{*this, "frames", "sample frames they stand for"};
  Counter bytes{*this, "bytes", "bytes of packets and text"};

  Status configure() override { return {}; }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      blocks.add();
      frames.add(static_cast<double>(block->header.frames));
      bytes.add(static_cast<double>(block->bytes().size()));
    }
  }
};

}  // namespace

REGISTER_NODE(Discard, "discard", "takes any stream and drops it")

}  // namespace sluice::io
