#include "apps/sluice-transcribe/protocol/realtime.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "apps/sluice-transcribe/protocol/pcm.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;

constexpr double kRate = 16000;  // Hz

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool same_letters(char a, char b) {
  return std::toupper(static_cast<unsigned char>(a)) == b;
}

bool is(std::string_view message, std::string_view command) {
  return std::ranges::equal(message, command, same_letters);
}

// What follows `command` in a message that begins with it.
std::optional<std::string_view> after(std::string_view message, std::string_view command) {
  if (message.size() < command.size() || !is(message.substr(0, command.size()), command)) return {};
  return trimmed(message.substr(command.size()));
}

std::int64_t milliseconds_of(double time_s) {
  return std::llround(time_s * 1000);
}

class RealtimeDialog final : public Dialog {
 public:
  void on_text(std::string_view message, Actions& actions) override {
    message = trimmed(message);
    if (is(message, "START")) return start(actions);
    if (is(message, "STOP")) return stop(actions);
    if (is(message, "COMMIT"))
      return complain("the server finds the ends of utterances itself: COMMIT is not needed", actions);
    if (const auto phrases = after(message, "HOTWORDS:")) return set_hotwords(*phrases, actions);
    if (const auto language = after(message, "LANGUAGE:"))
      return actions.send(text_of({{"event", "language_set"}, {"language", *language}}));
    complain("unknown command: START, STOP, HOTWORDS:a,b and LANGUAGE:x are known", actions);
  }

  void on_binary(std::span<const std::byte> message, Actions& actions) override {
    if (!active_) return;
    std::vector<float> samples = pcm_.decode(message);
    if (!streaming_) actions.begin(request_);
    streaming_ = true;
    samples_ += samples.size();
    actions.audio(std::move(samples));
  }

  void on_transcript(const Transcript& transcript, Actions& actions) override {
    const std::string text = text::join_words(text::split_words(transcript.text));
    const auto start = milliseconds_of(transcript.start_s), end = milliseconds_of(transcript.end_s);
    switch (transcript.kind) {
      case Transcript::Kind::partial:
        partial_ = text;
        partial_start_ms_ = start;
        break;
      case Transcript::Kind::final:
        partial_.clear();
        partial_start_ms_ = end;
        if (!text.empty()) {
          sentences_.push_back({{"text", text}, {"start", start}, {"end", end}});
          segments_.push_back(transcript.segment);
        }
        break;
      case Transcript::Kind::corrected:
        if (const auto found = std::ranges::find(segments_, transcript.segment); found != segments_.end())
          sentences_[static_cast<std::size_t>(found - segments_.begin())]["text"] = text;
        break;
    }
    actions.send(text_of(state(false)));
  }

  void on_end(double, Actions& actions) override {
    actions.send(text_of(state(true)));
    actions.send(text_of({{"event", "stopped"}}));
    active_ = streaming_ = false;
  }

  void on_refusal(CloseCode code, const std::string& message, Actions& actions) override {
    complain(message, actions);
    actions.close(code, message);
  }

 private:
  void start(Actions& actions) {
    if (streaming_) return complain("a stream is under way: send STOP first", actions);
    active_ = true;
    samples_ = 0;
    sentences_ = json::array();
    segments_.clear();
    partial_.clear();
    partial_start_ms_ = 0;
    pcm_.reset();
    actions.send(text_of({{"event", "started"}}));
  }

  void stop(Actions& actions) {
    if (streaming_) return actions.finish();
    active_ = false;
    actions.send(text_of({{"event", "stopped"}}));
  }

  void set_hotwords(std::string_view phrases, Actions& actions) {
    request_.hotwords = parse_hotwords(std::string(phrases) + ',');  // commas, also around a single phrase
    json list = json::array();
    for (const Hotword& hotword : request_.hotwords) list.push_back(hotword.phrase);
    actions.send(text_of({{"event", "hotwords_set"}, {"hotwords", list}}));
  }

  void complain(std::string_view message, Actions& actions) const {
    actions.send(text_of({{"event", "error"}, {"error", message}}));
  }

  json state(bool final) const {
    return {{"sentences", sentences_},
            {"partial", final ? "" : partial_},
            {"partial_start_ms", final ? 0 : partial_start_ms_},
            {"duration_ms", milliseconds_of(static_cast<double>(samples_) / kRate)},
            {"is_final", final}};
  }

  StreamRequest request_{.rate_hz = kRate};
  bool active_ = false;     // between START and STOP
  bool streaming_ = false;  // and audio came
  PcmDecoder pcm_;
  std::uint64_t samples_ = 0;
  json sentences_ = json::array();
  std::vector<std::uint64_t> segments_;  // of the sentences
  std::string partial_;
  std::int64_t partial_start_ms_ = 0;
};

}  // namespace

std::unique_ptr<Dialog> make_realtime_dialog() {
  return std::make_unique<RealtimeDialog>();
}

bool begins_realtime(std::string_view message) {
  message = trimmed(message);
  return is(message, "START") || is(message, "STOP") || is(message, "COMMIT") || after(message, "HOTWORDS:") ||
         after(message, "LANGUAGE:") || after(message, "POSTPROCESS_HOTWORDS:");
}

}  // namespace sluice::transcribe
