#include "nodes/llm/model_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

namespace sluice::llm {
namespace {

constexpr std::size_t kBlockBytes = kMaxTranscriptBytes;
constexpr auto kLook = std::chrono::milliseconds(250);
constexpr auto kLastWords = std::chrono::seconds(3);  // less than what a session gives a graph to drain in

// The longest beginning of `text` that fits and does not cut a character.
std::string_view fitting(std::string_view text) {
  if (text.size() <= kBlockBytes) return text;
  std::size_t end = kBlockBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end == 0 ? kBlockBytes : end);
}

}  // namespace

Status ModelNode::prepare() {
  if (!model_) {
    auto model = params.open();
    if (!model) return model.error();
    model_ = std::move(*model);
  }
  answerer_ = std::make_unique<Answerer>(
      model_, [this] { return now(); }, [this] { host().wake(); });
  return {};
}

void ModelNode::pass_on(OutPort& out, std::string_view codec) const {
  const InPort& in = *ins().front();
  out.set_spec({.media = "text", .codec = std::string(codec), .rate_hz = in.format().rate_hz}, in.spec().block_frames,
               kBlockBytes);
}

Pull ModelNode::pull() REALTIME {
  do
    while (take_events() || take_input()) {
    }
  while (host().stopping() && give_up_the_rest());
  expire();
  ask_next();
  if (!current_ && input().ended()) {
    if (auto last = std::exchange(last_asked_, true) ? std::nullopt : last_question()) {
      last->id = next_id_++;
      waiting_.push_back(std::move(*last));
      ask_next();
    }
  }
  if (current_) {
    Time until = params.deadline > 0 ? asked_ + from_seconds(params.deadline) : Time::max();
    if (last_words_) until = std::min(until, *last_words_);
    return Pull::at(std::min(until, now() + kLook));  // nothing else tells of a stop
  }
  return input().ended() ? Pull::ended() : Pull::woken();
}

bool ModelNode::take_input() {
  if (waiting_.size() >= room()) return false;
  const BlockRef block = input().next();
  if (!block) return false;
  bool readable = true;
  Transcript event = event_of(*block, readable);
  if (!readable) return damaged.add(), true;
  if (auto question = question_of(*block, std::move(event))) {
    question->id = next_id_++;
    question->header = block->header;
    question->came = now();
    waiting_.push_back(std::move(*question));
  }
  return true;
}

Transcript ModelNode::event_of(const Block& block, bool& readable) const {
  if (ins().front()->format().codec != "transcript")
    return {.kind = Transcript::Kind::final, .text = std::string(block.text())};
  auto event = decode_transcript(block.text());
  readable = event.has_value();
  return readable ? std::move(*event) : Transcript{};
}

void ModelNode::ask_next() {
  while (!current_ && !waiting_.empty()) {
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    asked_ = now();
    pieces_of_answer_ = 0;
    longest_handover_ = {};
    ChatRequest request = request_for(*current_);
    if (request.messages.empty())
      end(nullptr);  // nothing to ask after all
    else
      answerer_->ask(current_->id, std::move(request));
  }
}

bool ModelNode::take_events() {
  const auto event = answerer_->next();
  if (!event) return false;
  if (!current_ || event->id != current_->id) return true;
  switch (event->what) {
    case Answerer::What::piece:
      if (pieces_of_answer_++ == 0) first_piece_at_ = event->at;
      last_piece_at_ = event->at;
      pieces.add();
      current_->answer += event->text;
      take_piece(*current_, event->text, event->at);
      longest_handover_ = std::max(longest_handover_, now() - event->at);
      break;
    case Answerer::What::done:
      answers.add();
      prompt_tokens.add(model_->usage().prompt_tokens);
      reused_tokens.add(model_->usage().reused_tokens);
      end(nullptr);
      break;
    case Answerer::What::failed: {
      const Error error{"", event->text};
      end(&error);
      break;
    }
  }
  return true;
}

void ModelNode::expire() {
  if (!current_ || params.deadline <= 0 || now() < asked_ + from_seconds(params.deadline)) return;
  answerer_->cancel(current_->id);
  const Error error{"deadline", fmt::format("no whole answer within {:g} s", params.deadline.value())};
  end(&error);
}

// True when there was something.
bool ModelNode::give_up_the_rest() {
  if (!last_words_) last_words_ = now() + kLastWords;
  if (now() < *last_words_ || (!current_ && waiting_.empty())) return false;
  const Error stopped{"", "the run was stopped"};
  last_asked_ = true;
  for (;; waiting_.pop_front()) {
    if (current_) {
      answerer_->cancel(current_->id);
      settle(*current_, &stopped);
    }
    current_.reset();
    if (waiting_.empty()) return true;
    current_ = std::move(waiting_.front());
    request_for(*current_);
  }
}

void ModelNode::end(const Error* error) {
  if (pieces_of_answer_ > 0) {
    first_piece.set(seconds(first_piece_at_ - asked_));
    if (pieces_of_answer_ > 1)
      per_piece.set(seconds(last_piece_at_ - first_piece_at_) / static_cast<double>(pieces_of_answer_ - 1));
    handover.set(seconds(longest_handover_));
  }
  if (error) {
    failures.add();
    complain(error->text());
  }
  settle(*current_, error);
  current_.reset();
}

void ModelNode::emit_text(OutPort& out, std::string_view text, const BlockHeader& header) {
  while (!text.empty()) {
    const std::string_view part = fitting(text);
    BlockRef block = out.take();
    block->resize(part.size());
    std::memcpy(block->bytes().data(), part.data(), part.size());
    block->header.capture_time = header.capture_time;
    block->header.position = header.position;
    block->header.frames = header.frames;
    block->header.flags = kIndependent | (header.flags & kDiscontinuity);
    out.emit(std::move(block));
    text.remove_prefix(part.size());
  }
}

void ModelNode::complain(const std::string& message) {
  if (message == std::exchange(complaint_, message)) return;
  std::fputs(fmt::format("language model: {}\n", message).c_str(), stderr);
}

}  // namespace sluice::llm
