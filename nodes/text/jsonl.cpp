// Transcript events as JSON lines (jsonlines.org): what programs read.
#include "engine/node/node.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

class JsonLines final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Out<Packet<"jsonl">> out{*this, "out", "one event a line, as in engine/stream/transcript.h"};
  Param<bool> partials{*this, "partials", {.doc = "also what is not final yet"}};
  Param<bool> empty{*this, "empty", {.doc = "also utterances without a word"}};
  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    out.set_spec({.media = "packet", .codec = "jsonl", .rate_hz = in.format().rate_hz}, in.spec().block_frames,
                 kMaxTextBytes);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const Result<Transcript> event = decode_transcript(std::as_const(*block).text());
      if (!event) {
        damaged.add();
        continue;
      }
      if (event->kind == Transcript::Kind::partial && !partials) continue;
      if (event->text.empty() && !empty) continue;
      emit_text(out, std::string(std::as_const(*block).text()) + '\n', *block);
    }
  }
};

}  // namespace

REGISTER_NODE(JsonLines, "text.jsonl", "transcripts as lines of JSON, for programs")

}  // namespace sluice::text
