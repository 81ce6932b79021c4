// Spells names as a file has them, whatever the recogniser made of case, blanks and punctuation ("dash wood" ->
// "Dashwood"): for recognisers that take no hotwords, and with the same file for those that do. Words that sound alike
// but have other letters stay as they are. The file is read again when it has changed.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/node/node.h"
#include "nodes/text/kernels/characters.h"
#include "nodes/text/kernels/spelling.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

namespace fs = std::filesystem;

class Hotwords final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "transcripts"};
  Out<Text<"transcript">> out{*this, "out", "the same; finals and corrections with phrases as the file has them"};
  Param<std::string> file{*this, "file", {.doc = "phrases, one a line, as for recognisers (hotwords_file)"}};
  Counter respelled{*this, "respelled", "phrases that were spelled otherwise"};
  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false}; }

  Status configure() override {
    out.set_spec(in.spec().format, in.spec().block_frames, kMaxTranscriptBytes);
    return {};
  }

  Status prepare() override {
    if (!read_file()) return Error{"file", fmt::format("cannot read '{}'", file.value())};
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      auto event = decode_transcript(block->text());
      if (!event) damaged.add();
      if (event && event->kind != Transcript::Kind::partial) {
        read_file();
        spell(*event);
      }
      emit_text(out, event ? encode(*event) : std::string(block->text()), *block);
    }
  }

 private:
  // Where it has changed. What was read before stays while there is nothing to read.
  bool read_file() {
    std::error_code failed;
    const auto written = fs::last_write_time(file.value(), failed);
    if (failed || written == written_) return !failed;
    std::ifstream stream(file.value(), std::ios::binary);
    if (!stream) return false;
    const std::string lines{std::istreambuf_iterator<char>(stream), {}};
    spelling_ = Spelling(read_phrases(lines));
    written_ = written;
    return true;
  }

  void spell(Transcript& event) {
    const std::vector<std::string> words = split_words(event.text);
    const std::vector<Spelling::Run> runs = spelling_.find(words);
    if (runs.empty()) return;
    respelled.add(static_cast<double>(runs.size()));
    const bool timed = event.words.size() == words.size();
    std::vector<std::string> texts;
    std::vector<TranscriptWord> times;
    const auto keep = [&](std::size_t first, std::size_t end) {
      for (std::size_t n = first; n < end; ++n) {
        texts.push_back(words[n]);
        if (timed) times.push_back(event.words[n]);
      }
    };
    std::size_t next = 0;
    for (const auto& [first, count, instead] : runs) {
      keep(next, first);
      texts.insert(texts.end(), instead.begin(), instead.end());
      if (timed) share(std::span(event.words).subspan(first, count), instead, times);
      next = first + count;
    }
    keep(next, words.size());
    event.text = join_words(texts);
    event.words = std::move(times);
  }

  // The time of some words for others in their place, evenly.
  static void share(std::span<const TranscriptWord> from, const std::vector<std::string>& to,
                    std::vector<TranscriptWord>& times) {
    const double start = from.front().start_s, each = (from.back().end_s - start) / static_cast<double>(to.size());
    double confidence = 1;
    for (const TranscriptWord& word : from) confidence = std::min(confidence, word.confidence);
    for (std::size_t n = 0; n < to.size(); ++n)
      times.push_back(
          {to[n], start + each * static_cast<double>(n), start + each * static_cast<double>(n + 1), confidence});
  }

  Spelling spelling_;
  fs::file_time_type written_ = fs::file_time_type::min();
};

}  // namespace

REGISTER_NODE(Hotwords, "text.hotwords", "spells phrases of transcripts as a file has them")

}  // namespace sluice::text
