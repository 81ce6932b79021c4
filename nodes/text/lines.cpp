// Transcripts as plain text: an utterance a line.
#include "engine/node/node.h"
#include "nodes/text/kernels/characters.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

class Lines final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Out<Packet<"txt">> out{*this, "out", "an utterance a line, UTF-8"};
  Utterances utterances{*this};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    out.set_spec({.media = "packet", .codec = "txt", .rate_hz = in.format().rate_hz}, in.spec().block_frames,
                 kMaxTextBytes);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto event = utterances.read(*block);
      if (event && utterances.ends(*event) && !event->text.empty())
        emit_text(out, printable(event->text) + '\n', *block);
    }
  }
};

}  // namespace

REGISTER_NODE(Lines, "text.lines", "transcripts as plain text, an utterance a line")

}  // namespace sluice::text
