// Rolling minutes of a talk or a broadcast: every `interval` of speech the model gets the minutes so far and what has
// been said since, and its answer is the minutes from then on.
#include <fmt/format.h>

#include "nodes/llm/model_node.h"
#include "nodes/llm/prompts.h"

namespace sluice::llm {
namespace {

class Summarise final : public ModelNode {
 public:
  In<Text<"transcript">> in{*this, "in", "what is said"};
  Out<Text<"summary">> out{*this, "out", "the minutes, whole, each time that they are new"};
  Param<std::string> prompt{
      *this, "prompt", {.default_value = "en", .doc = "what the model is told: en, zh, or a file"}};
  Param<double> interval{
      *this,
      "interval",
      {.unit = "s", .default_value = 60, .min = 1, .max = 3600, .doc = "of speech between two minutes"}};
  Param<std::string> events{
      *this, "events", {.default_value = "final", .choices = {"final", "corrected"}, .doc = "which events are read"}};
  Counter dropped{*this, "dropped", "characters that were too many for the context, oldest first",
                  Counter::Tells::fault};

  Status configure() override {
    if (Status status = params.check(); !status) return status;
    pass_on(out, "summary");
    return {};
  }

  Status prepare() override {
    auto text = prompt_text("summarise", prompt.value());
    if (!text) return text.error();
    system_ = std::move(*text);
    return ModelNode::prepare();
  }

 protected:
  InPort& input() override { return in; }

  std::optional<Question> question_of(const Block& block, Transcript event) override {
    const bool wanted = event.kind == (events.is("final") ? Transcript::Kind::final : Transcript::Kind::corrected);
    if (!wanted || event.text.empty()) return std::nullopt;
    if (said_.empty()) since_s_ = event.start_s;
    said_ += event.text;
    said_ += ' ';
    last_ = block.header;
    if (said_.size() > kMostSaid) {
      dropped.add(static_cast<double>(said_.size() - kMostSaid));
      said_.erase(0, said_.size() - kMostSaid);
    }
    if (event.end_s - since_s_ < interval || asked_) return std::nullopt;
    return ask();
  }

  std::optional<Question> last_question() override { return said_.empty() ? std::nullopt : std::optional(ask()); }

  ChatRequest request_for(const Question& question) override {
    ChatRequest request = params.request();
    const int room = language_model().context_tokens() - request.max_tokens;
    std::string_view said = question.event.text;
    request.messages = messages(said);
    while (room > 0 && !said.empty() && language_model().count_tokens(request.messages) > room) {
      const std::string_view rest = later_half(said);
      dropped.add(static_cast<double>(said.size() - rest.size()));
      said = rest;
      request.messages = messages(said);
    }
    return request;
  }

  void settle(Question& question, const Error* error) override {
    asked_ = false;
    if (error || question.answer.empty()) {
      said_ = question.event.text + said_;  // asked again, with what has come since
      return;
    }
    minutes_ = question.answer;
    emit_text(out, minutes_, question.header);
  }

 private:
  std::vector<ChatMessage> messages(std::string_view said) const {
    const std::string so_far = minutes_.empty() ? "none" : minutes_;
    return {{"system", system_}, {"user", fmt::format("Minutes so far:\n{}\n\nSaid since:\n{}", so_far, said)}};
  }

  // From the first word after the middle on.
  static std::string_view later_half(std::string_view text) {
    const auto space = text.find(' ', text.size() / 2);
    return space == text.npos ? std::string_view() : text.substr(space + 1);
  }

  static constexpr std::size_t kMostSaid = 16 * 1024;  // bytes between two minutes

  Question ask() {
    asked_ = true;
    Question question;
    question.header = last_;
    question.event.text = std::exchange(said_, {});
    return question;
  }

  std::string system_, said_, minutes_;
  double since_s_ = 0;  // when what has not been asked about began
  bool asked_ = false;  // and not answered yet
  BlockHeader last_{};  // of the last event
};

}  // namespace

REGISTER_NODE(Summarise, "llm.summarise", "keeps the minutes of what is said, with a language model")

}  // namespace sluice::llm
