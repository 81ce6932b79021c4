// Transcripts as subtitles: SubRip or WebVTT. How long and how many lines: kernels/cues.h.
#include "engine/node/node.h"
#include "nodes/text/kernels/subtitle_text.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

class Subtitles final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Out<Packet<>> out{*this, "out", "srt or vtt: the head, then one or more cues a packet"};
  Param<std::string> format{
      *this, "format", {.default_value = "srt", .choices = {"srt", "vtt"}, .doc = "SubRip or WebVTT"}};
  Param<bool> live{*this, "live", {.doc = "writes a cue as soon as it is known, for those who follow a growing file"}};
  Param<int> columns{*this, "columns", {.default_value = 42, .min = 10, .max = 200, .doc = "characters of a line"}};
  Param<int> lines{*this, "lines", {.default_value = 2, .min = 1, .max = 4, .doc = "lines of a cue"}};
  Utterances utterances{*this};
  Counter cues{*this, "cues", "subtitles so far"};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    out.set_spec({.media = "packet", .codec = format.value(), .rate_hz = in.format().rate_hz}, in.spec().block_frames,
                 kMaxTextBytes);
    return {};
  }

  Status prepare() override {
    maker_ = std::make_unique<CueMaker>(CueStyle{.columns = columns, .lines = lines}, !live);
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto event = utterances.read(*block);
      if (!event || !utterances.ends(*event)) continue;
      last_ = block;
      write(maker_->add(words_of(*event)));
    }
  }

  void flush() REALTIME override { write(maker_->finish()); }
  void stop() override { last_.reset(); }

 private:
  SubtitleFormat subtitle_format() const { return format.is("vtt") ? SubtitleFormat::vtt : SubtitleFormat::srt; }

  static std::vector<TimedWord> words_of(const Transcript& event) {
    if (event.words.empty()) return spread_words(event.text, event.start_s, event.end_s);
    std::vector<TimedWord> words;
    for (const TranscriptWord& word : event.words) words.push_back({word.text, word.start_s, word.end_s});
    return words;
  }

  // The first text carries the head, so that a file without speech is empty as SubRip has it, and WebVTT's is one line.
  void write(const std::vector<Cue>& ready) {
    std::string text = std::exchange(began_, true) ? "" : subtitle_head(subtitle_format());
    for (const Cue& cue : ready) {
      cues.add();
      text += subtitle_cue(cue, ++number_, subtitle_format());
    }
    if (last_) return emit_text(out, text, *last_);
    BlockRef packet = out.take();
    packet->resize(0);
    emit_text(out, text, *packet);
  }

  std::unique_ptr<CueMaker> maker_;
  std::uint64_t number_ = 0;
  bool began_ = false;
  BlockRef last_;  // whose time a cue that was held gets
};

}  // namespace

REGISTER_NODE(Subtitles, "text.subtitles", "transcripts as SubRip or WebVTT subtitles")

}  // namespace sluice::text
