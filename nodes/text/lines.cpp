// Transcripts as plain text: an utterance a line, or the whole stream on one line after its name.
#include "engine/node/node.h"
#include "nodes/text/kernels/characters.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

class Lines final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Out<Packet<"txt">> out{*this, "out", "an utterance a line, UTF-8"};
  Param<std::string> name{
      *this, "name", {.doc = "one line for the whole stream: this name, a tab, its text (what sluice-score reads)"}};
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
      if (!event || !utterances.ends(*event) || event->text.empty()) continue;
      if (name.value().empty())
        emit_text(out, printable(event->text) + '\n', *block);
      else
        for (const std::string& word : split_words(printable(event->text))) append_word(all_, word);
    }
  }

  void flush() REALTIME override {
    if (name.value().empty()) return;
    BlockRef stamps = out.take();
    std::string_view line = all_ = printable(name.value()) + '\t' + all_ + '\n';
    for (; !line.empty(); line.remove_prefix(std::min(line.size(), kMaxTextBytes)))
      emit_text(out, line.substr(0, kMaxTextBytes), *stamps);
  }

 private:
  std::string all_;  // of a stream with a name
};

}  // namespace

REGISTER_NODE(Lines, "text.lines", "transcripts as plain text, an utterance a line")

}  // namespace sluice::text
