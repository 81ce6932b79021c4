#include "nodes/speech/utterance_node.h"

#include <algorithm>

namespace sluice::speech {
namespace {

constexpr double kMostBacklog =
    60;  // s of audio for finals; then frames are left where they are, and their source waits

}  // namespace

Status UtteranceNode::configure() {
  Format format = in.format();
  format.media = "text";
  format.codec = "transcript";
  out.set_spec(format, 0, kMaxTranscriptBytes);
  set_delay(from_seconds(partials > 0 ? partials.value() : quick_end.value()));
  return {};
}

Status UtteranceNode::prepare() {
  auto loaded = load();
  if (!loaded) return loaded.error();
  utterances_.emplace(UtteranceSettings{.partials_s = partials, .quick_end_s = quick_end});
  captions_.emplace(loaded->language);
  workers_ = Workers::shared();
  recogniser_ = std::make_shared<Recogniser>(std::move(loaded->model), *workers_, [this] { host().wake(); });
  return {};
}

Pull UtteranceNode::pull() REALTIME {
  while (auto result = recogniser_->next()) publish(std::move(*result));
  take_frames();
  if (in.ended() && !std::exchange(closed_, true)) follow_up(utterances_->close());
  partials_shed.set(static_cast<double>(recogniser_->shed()));
  backlog.set(recogniser_->backlog_s());
  return closed_ && recogniser_->idle() ? Pull::ended() : Pull::woken();
}

void UtteranceNode::take_frames() noexcept {
  while (recogniser_->backlog_s() < kMostBacklog) {
    const BlockRef block = in.next();
    if (!block) return;
    if (in.gap()) follow_up(utterances_->close());
    follow_up(
        utterances_->push(std::as_const(*block).as<SpeechFrame>(), block->header.position, block->header.capture_time));
  }
}

void UtteranceNode::follow_up(Utterances::Asked asked) {
  if (asked.job) recogniser_->submit(std::move(*asked.job));
  if (!asked.ended_by_pause) return;
  if (pause_ && pause_->job.pause == *asked.ended_by_pause) {
    finals.add();
    emit(captions_->final(*pause_));
    pause_.reset();
  } else {
    awaited_pauses_.push_back(*asked.ended_by_pause);
  }
}

void UtteranceNode::publish(RecogniserResult result) {
  if (!result.recognised) return fail(result.recognised.error().text());
  const RecogniserJob& job = result.job;
  const bool pause = job.kind == RecogniserJob::Kind::pause;
  const bool ended = pause && !awaited_pauses_.empty() && awaited_pauses_.front() == job.pause;  // decoded in order
  if (job.kind == RecogniserJob::Kind::final || ended) {
    if (ended) awaited_pauses_.pop_front();
    finals.add();
    return emit(captions_->final(result));
  }
  emit(captions_->partial(result));
  if (!pause) return;
  if (is_whole_sentence(*result.recognised)) utterances_->whole_sentence(job.pause);
  pause_ = std::move(result);
}

void UtteranceNode::emit(const Caption& caption) {
  const std::string event = encode(caption.transcript);
  BlockRef block = out.take();
  block->resize(event.size());
  std::ranges::copy(std::as_bytes(std::span(event)).first(block->bytes().size()), block->bytes().begin());
  block->header.capture_time = caption.captured;
  block->header.position = caption.position;
  block->header.frames = 0;
  block->header.flags = kIndependent;
  out.emit(std::move(block));
}

void UtteranceNode::stop() {
  if (recogniser_) recogniser_->close();
  recogniser_.reset();
  workers_.reset();
}

}  // namespace sluice::speech
