// What the nodes that write text do with transcript events: which ones count, and what is done with damaged ones.
#pragma once

#include <optional>

#include "engine/node/node.h"
#include "engine/stream/transcript.h"

namespace sluice::text {

// Declares the parameter and counter of such a node, and reads its events.
class Utterances {
 public:
  explicit Utterances(Node& owner)
      : events_(owner, "events",
                {.default_value = "final",
                 .choices = {"final", "corrected"},
                 .doc = "the text of an utterance: the recogniser's final, or its correction"}),
        damaged_(owner, "damaged", "events that could not be read", Counter::Tells::fault) {}

  // The event of a block; nothing where it is damaged.
  std::optional<Transcript> read(const Block& block) {
    Result<Transcript> event = decode_transcript(block.text());
    if (event) return std::move(*event);
    damaged_.add();
    return std::nullopt;
  }
  // True for the one event that says what an utterance was.
  bool ends(const Transcript& event) const {
    return event.kind == (events_.is("corrected") ? Transcript::Kind::corrected : Transcript::Kind::final);
  }

 private:
  Param<std::string> events_;
  Counter damaged_;
};

// Sends text on as one packet that covers what `source` does. Longer texts than the port's blocks are cut.
inline void emit_text(OutPort& out, std::string_view text, const Block& source) {
  if (text.empty()) return;
  BlockRef packet = out.take();
  packet->resize(text.size());
  std::memcpy(packet->bytes().data(), text.data(), packet->bytes().size());
  stamp_from(*packet, source);
  packet->header.flags |= kIndependent;
  out.emit(std::move(packet));
}

// Of one event as text: an event holds at most kMaxTranscriptBytes, and subtitles add some 40 bytes to a line.
inline constexpr std::size_t kMaxTextBytes = 4 * kMaxTranscriptBytes;

}  // namespace sluice::text
