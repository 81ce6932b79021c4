// Translates what is said, sentence by sentence, as it is spoken.
#include "nodes/llm/model_node.h"
#include "nodes/llm/prompts.h"

namespace sluice::llm {
namespace {

class Translate final : public ModelNode {
 public:
  In<Text<"transcript">> in{*this, "in", "what is said"};
  Out<Text<"transcript">> out{*this, "out", "a final for every final, in the other language, with the same times"};
  Param<std::string> to{*this, "to", {.default_value = "English", .doc = "the language, as the model knows it"}};
  Param<std::string> prompt{
      *this, "prompt", {.default_value = "en", .doc = "what the model is told: en, zh, or a file"}};
  Counter untranslated{*this, "untranslated", "sentences passed on as they were", Counter::Tells::fault};

  Status configure() override {
    if (Status status = params.check(); !status) return status;
    pass_on(out, "transcript");
    return {};
  }

  Status prepare() override {
    auto text = prompt_text("translate", prompt.value());
    if (!text) return text.error();
    system_ = std::move(*text);
    constexpr std::string_view kLanguage = "{{language}}";
    if (const auto at = system_.find(kLanguage); at != system_.npos) system_.replace(at, kLanguage.size(), to.value());
    return ModelNode::prepare();
  }

 protected:
  InPort& input() override { return in; }

  std::optional<Question> question_of(const Block&, Transcript event) override {
    if (event.kind != Transcript::Kind::final || event.text.empty()) return std::nullopt;
    return Question{.header = {}, .event = std::move(event), .answer = {}};
  }

  ChatRequest request_for(const Question& question) override {
    ChatRequest request = params.request();
    request.messages = {{"system", system_}, {"user", question.event.text}};
    return request;
  }

  void settle(Question& question, const Error* error) override {
    Transcript& event = question.event;
    if (error || question.answer.empty()) {
      untranslated.add();
    } else {
      event.original = std::exchange(event.text, question.answer);
      event.words.clear();
    }
    emit_text(out, encode(event), question.header);
  }

 private:
  std::string system_;
};

}  // namespace

REGISTER_NODE(Translate, "llm.translate", "translates a transcript with a language model")

}  // namespace sluice::llm
