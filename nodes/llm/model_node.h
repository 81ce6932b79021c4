// Base of the nodes that ask a language model. They take text, ask for one answer after another, and never make a
// worker of the engine wait: the model answers on a thread of its own, and rings when there is something.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "engine/node/node.h"
#include "engine/stream/transcript.h"
#include "nodes/llm/answerer.h"
#include "nodes/llm/model_params.h"

namespace sluice::llm {

// When a run is stopped, answers may come for another three seconds; what is not answered then counts as unanswered,
// not as a failure.

// What is asked about: a block of text, with what it said.
struct Question {
  std::uint64_t id = 0;
  BlockHeader header;
  Transcript event;    // of plain text, only `text`
  std::string answer;  // as far as it has come
  Time came{};         // when the block did
};

class ModelNode : public Node {
 public:
  Traits traits() const override { return {.realtime = false}; }
  bool self_driven() const override { return true; }
  Status prepare() override;
  Pull pull() REALTIME final;
  void stop() override { answerer_.reset(); }

  ModelParams params{*this};
  Counter answers{*this, "answers", "answers that came whole"};
  Counter failures{*this, "failures", "answers that failed: the server, the model, or the deadline",
                   Counter::Tells::fault};
  Counter pieces{*this, "pieces", "pieces of answers: tokens, where a model runs in this process"};
  Counter first_piece{*this, "first_piece_s", "from asking to the first piece, of the last answer"};
  Counter per_piece{*this, "per_piece_s", "from a piece to the next, mean of the last answer"};
  Counter handover{*this, "handover_s", "from a piece being made to its going out, the longest of the last answer"};
  Counter prompt_tokens{*this, "prompt_tokens", "tokens of prompts, where a model runs in this process"};
  Counter reused_tokens{*this, "reused_tokens", "of them, those whose state the model still had: not computed again"};
  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};

 protected:
  // In place of the model that the parameters name; for tests.
  void use(std::shared_ptr<LanguageModel> model) { model_ = std::move(model); }

  virtual InPort& input() = 0;
  // configure(), for outputs that carry what the input does.
  void pass_on(OutPort& out, std::string_view codec) const;

  // A block has come: its question, if it asks one. Called in order.
  virtual std::optional<Question> question_of(const Block& block, Transcript event) = 0;
  // The question's turn has come.
  virtual ChatRequest request_for(const Question& question) = 0;
  // A piece that the model made at `at`.
  virtual void take_piece(Question&, std::string_view, Time) {}
  // The answer is whole, or it failed: `error` is null or says why.
  virtual void settle(Question& question, const Error* error) = 0;
  // How many questions may wait; more stay in the link, whose policy then counts.
  virtual std::size_t room() const { return 4; }
  // After the last input, and the last answer: one more question, if there is something left to ask.
  virtual std::optional<Question> last_question() { return std::nullopt; }

  const LanguageModel& language_model() const { return *model_; }
  // One line of text that covers what `header` does; longer texts are cut into several blocks.
  static void emit_text(OutPort& out, std::string_view text, const BlockHeader& header);
  // At the source of blocks, where a message may take the place of data: on stderr, once for each new text.
  void complain(const std::string& message);

 private:
  bool take_input();
  bool take_events();
  void ask_next();
  void expire();
  bool give_up_the_rest();
  void end(const Error* error);
  Transcript event_of(const Block& block, bool& readable) const;

  std::shared_ptr<LanguageModel> model_;  // shared with the thread that has it answer
  std::unique_ptr<Answerer> answerer_;
  std::deque<Question> waiting_;
  std::optional<Question> current_;
  std::uint64_t next_id_ = 1;
  bool last_asked_ = false;
  std::optional<Time> last_words_;  // until when answers may come, once the run is to end
  Time asked_{}, first_piece_at_{}, last_piece_at_{};
  Duration longest_handover_{};
  std::size_t pieces_of_answer_ = 0;
  std::string complaint_;  // the last one
};

}  // namespace sluice::llm
