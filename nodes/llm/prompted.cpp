// Prompts in, answers out, token by token: llm.llama and llm.http answer every prompt for itself, llm.chat remembers.
// A token is captured when the model has made it: from then on it is on its way to the sink.
//
// What llm.chat does when its context is full: of the exchanges that it remembers, the oldest go, whole, until what is
// left takes three quarters of the room; the system prompt and the newest prompt always stay. So the model has to read
// what it kept anew once in many exchanges, and not before each answer.
#include "nodes/llm/http_url.h"
#include "nodes/llm/kernels/history.h"
#include "nodes/llm/model_node.h"

namespace sluice::llm {
namespace {

class Prompted : public ModelNode {
 public:
  In<Text<>> in{*this, "in", "prompts, one a block; of transcripts, the finals"};
  Out<Text<"tokens">> out{*this, "out", "the answers, a piece a block, as they come; the last of each ends with `end`"};
  Param<std::string> system{
      *this, "system", {.default_value = "", .doc = "what the model is told before every prompt"}};
  Param<std::string> end{*this, "end", {.default_value = "\n", .doc = "what follows each answer"}};

  Traits traits() const override { return {.realtime = false, .stamps = true}; }

  Status configure() override {
    if (Status status = params.check(); !status) return status;
    pass_on(out, "tokens");
    return {};
  }

 protected:
  InPort& input() override { return in; }

  std::optional<Question> question_of(const Block&, Transcript event) override {
    if (event.kind != Transcript::Kind::final || event.text.empty()) return std::nullopt;
    return Question{.header = {}, .event = std::move(event), .answer = {}};
  }

  ChatRequest request_for(const Question& question) override {
    ChatRequest request = params.request();
    if (!system.value().empty()) request.messages.push_back({"system", system.value()});
    request.messages.push_back({"user", question.event.text});
    return request;
  }

  void take_piece(Question& question, std::string_view piece, Time at) override {
    question.header.capture_time = at;
    emit_text(out, piece, question.header);
  }
  void settle(Question& question, const Error*) override {
    question.header.capture_time = now();
    emit_text(out, end.value(), question.header);
  }
};

class Llama final : public Prompted {
 public:
  Param<bool> raw{
      *this, "raw", {.default_value = false, .doc = "prompts go in as they are, without the chat template"}};

  Status configure() override {
    if (is_url(params.model.value())) return Error{"model", "is a URL: that is for llm.http; here, a GGUF file"};
    return Prompted::configure();
  }

 protected:
  ChatRequest request_for(const Question& question) override {
    ChatRequest request = Prompted::request_for(question);
    request.raw = raw;
    return request;
  }
};

class Http final : public Prompted {
 public:
  Status configure() override {
    if (!is_url(params.model.value())) return Error{"model", "is no URL: that is for llm.llama; here, http://..."};
    return Prompted::configure();
  }
};

class Chat final : public Prompted {
 public:
  Counter forgotten{*this, "forgotten", "exchanges that had to go: the oldest first, when the context was full"};

 protected:
  ChatRequest request_for(const Question& question) override {
    const int room = language_model().context_tokens() - params.max_tokens;
    const auto takes_at_most = [&](int tokens) {
      return room <= 0 || language_model().count_tokens(conversation(question).messages) <= tokens;
    };
    if (!takes_at_most(room) || history_.exchanges().size() > kMostExchanges)
      forgotten.add(static_cast<double>(history_.shorten(
          [&] { return takes_at_most(room * 3 / 4) && history_.exchanges().size() <= kMostExchanges * 3 / 4; })));
    return conversation(question);
  }

  void settle(Question& question, const Error* error) override {
    if (!error) history_.add(question.event.text, question.answer);
    Prompted::settle(question, error);
  }

 private:
  static constexpr std::size_t kMostExchanges = 256;  // whatever the context

  ChatRequest conversation(const Question& question) {
    ChatRequest request = Prompted::request_for(question);
    ChatMessage newest = std::move(request.messages.back());
    request.messages.pop_back();
    for (const auto& [asked, answered] : history_.exchanges()) {
      request.messages.push_back({"user", asked});
      request.messages.push_back({"assistant", answered});
    }
    request.messages.push_back(std::move(newest));
    return request;
  }

  History history_;
};

}  // namespace

REGISTER_NODE(Llama, "llm.llama", "a language model in this process (GGUF, llama.cpp) answers prompts")
REGISTER_NODE(Http, "llm.http", "an OpenAI-compatible server answers prompts")
REGISTER_NODE(Chat, "llm.chat", "a conversation with a language model, which remembers what was said")

}  // namespace sluice::llm
