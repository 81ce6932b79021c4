// Corrects what a recogniser says, sentence by sentence, behind a guard (kernels/guard.h) that keeps the original
// unless the change is small and sounds alike. Everything that comes in goes out at once; every final is followed, in
// order, by one corrected event, whose text is the original's where nothing was to be corrected, the model failed or
// was too late, or the guard said no. Partials are never corrected.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>

#include "nodes/llm/kernels/guard.h"
#include "nodes/llm/model_node.h"
#include "nodes/llm/prompts.h"

namespace sluice::llm {
namespace {

constexpr std::size_t kMostHotwords = 2000;

// One word or phrase a line; a weight after a tab, or after the last space where it is a number, is not for us.
Result<std::vector<std::string>> read_hotwords(const std::string& path) {
  std::vector<std::string> hotwords;
  if (path.empty()) return hotwords;
  std::ifstream file(path);
  if (!file) return std::unexpected(Error{"hotwords", fmt::format("cannot read '{}'", path)});
  for (std::string line; hotwords.size() < kMostHotwords && std::getline(file, line);) {
    line = line.substr(0, line.find('\t'));
    const auto space = line.find_last_of(' ');
    if (space != line.npos && line.find_first_not_of("0123456789.", space + 1) == line.npos) line.resize(space);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line.front() != '#') hotwords.push_back(line);
  }
  return hotwords;
}

class Correct final : public ModelNode {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Out<Text<"transcript">> out{*this, "out", "the same, and for every final a corrected event after it"};
  Param<std::string> prompt{
      *this, "prompt", {.default_value = "en", .doc = "what the model is told: en, zh, or a file"}};
  Param<std::string> hotwords{
      *this, "hotwords", {.default_value = "", .doc = "file of names and terms that may occur, one a line"}};
  Param<int> sentences{*this,
                       "sentences",
                       {.default_value = 2, .min = 0, .max = 20, .doc = "before the present one that the model sees"}};
  Param<double> below{*this,
                      "below",
                      {.default_value = 1,
                       .min = 0,
                       .max = 1,
                       .doc = "ask only about sentences with a word of less confidence; 1: about all"}};
  Param<int> most_waiting{
      *this,
      "most_waiting",
      {.default_value = 4, .min = 1, .max = 1000, .doc = "finals that may wait; older go uncorrected"}};
  Counter corrected{*this, "corrected", "sentences changed"};
  Counter kept{*this, "kept", "changes that the guard did not let through"};
  Counter overload{*this, "overload", "sentences not asked about: too many waited", Counter::Tells::fault};

  Status configure() override {
    if (Status status = params.check(); !status) return status;
    pass_on(out, "transcript");
    return {};
  }

  Status prepare() override {
    auto text = prompt_text("correct", prompt.value());
    if (!text) return text.error();
    system_ = std::move(*text);
    auto words = read_hotwords(hotwords.value());
    if (!words) return words.error();
    hotwords_ = std::move(*words);
    return ModelNode::prepare();
  }

 protected:
  InPort& input() override { return in; }
  std::size_t room() const override { return 1000; }  // what is too much is told off below, and never waits in the link

  std::optional<Question> question_of(const Block& block, Transcript event) override {
    emit_text(out, block.text(), block.header);
    if (event.kind != Transcript::Kind::final) return std::nullopt;
    ++waiting_;
    return Question{.header = {}, .event = std::move(event), .answer = {}};
  }

  ChatRequest request_for(const Question& question) override {
    --waiting_;
    ChatRequest request = params.request();
    if (waiting_ >= static_cast<std::size_t>(most_waiting.value()))
      overload.add();
    else if (worth_asking(question.event))
      request.messages = {{"system", system_}, {"user", user_text(question.event)}};
    asked_ = !request.messages.empty();
    return request;
  }

  void settle(Question& question, const Error* error) override {
    Transcript& event = question.event;
    event.kind = Transcript::Kind::corrected;
    event.original = event.text;
    if (asked_ && !error) apply(event, question.answer);
    before_.push_back(event.text);
    while (before_.size() > static_cast<std::size_t>(sentences.value())) before_.pop_front();
    emit_text(out, encode(event), question.header);
  }

 private:
  bool worth_asking(const Transcript& event) const {
    if (event.text.empty()) return false;
    if (below >= 1 || event.words.empty()) return true;
    return std::ranges::any_of(event.words, [&](const TranscriptWord& word) { return word.confidence < below; });
  }

  std::string user_text(const Transcript& event) const {
    std::string text;
    if (!before_.empty()) text += fmt::format("Before: {}\n", fmt::join(before_, " "));
    if (!hotwords_.empty()) text += fmt::format("Names and terms: {}\n", fmt::join(hotwords_, ", "));
    return text + "Sentence: " + event.text;
  }

  void apply(Transcript& event, const std::string& proposal) {
    std::vector<TimedWord> words;
    for (const TranscriptWord& word : event.words)
      words.push_back({word.text, word.start_s, word.end_s, word.confidence});
    const Judged judged = judge(event.original, words, proposal, hotwords_);
    for (std::size_t n = 1; n < judged.changes.size(); ++n) kept.add(static_cast<double>(judged.changes[n]));
    if (judged.text == event.original) return;
    corrected.add();
    event.text = judged.text;
    event.words.clear();
    for (const TimedWord& word : judged.words)
      event.words.push_back({word.text, word.start_s, word.end_s, word.confidence});
  }

  std::string system_;
  std::vector<std::string> hotwords_;
  std::deque<std::string> before_;  // corrected sentences
  std::size_t waiting_ = 0;         // finals, beside the one being asked about
  bool asked_ = false;              // about the present one
};

}  // namespace

REGISTER_NODE(Correct, "llm.correct",
              "corrects a transcript with a language model, guarded so that it never gets worse")

}  // namespace sluice::llm
