#include "apps/sluice-transcribe/protocol/whisper_live.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "apps/sluice-transcribe/protocol/pcm.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;

constexpr std::string_view kEndOfAudio = "END_OF_AUDIO";
constexpr double kMinutesToWait = 1;  // told to clients for whom there is no place
// The stock client keeps segments for its subtitle file from this backend only, and tells backends apart by nothing
// else.
constexpr const char* kBackend = "faster_whisper";

class WhisperLiveDialog final : public Dialog {
 public:
  void on_text(std::string_view message, Actions& actions) override {
    if (message == kEndOfAudio) return end(actions);
    const json object = object_of(message);
    if (object.is_null() || !object.contains("uid"))
      return on_refusal(kInvalidPayload, "the first message is a JSON object with a uid", actions);
    uid_ = object["uid"];
    language_ = text_or(object, "language", "");
    words_ = flag_or(object, "word_timestamps", false);
    shown_ = static_cast<std::size_t>(std::clamp(number_or(object, "send_last_n_segments", 10), 1.0, 1000.0));
    if (flag_or(object, "raw_pcm_input", false)) pcm_ = PcmDecoder(PcmDecoder::Encoding::s16);
    request_.hotwords = parse_hotwords(text_or(object, "hotwords", ""));
    actions.send(text_of({{"uid", uid_}, {"message", "SERVER_READY"}, {"backend", kBackend}}));
  }

  void on_binary(std::span<const std::byte> message, Actions& actions) override {
    const std::string_view text{reinterpret_cast<const char*>(message.data()), message.size()};
    if (text == kEndOfAudio) return end(actions);
    if (uid_.is_null()) return on_refusal(kPolicyViolation, "audio came before the JSON object with a uid", actions);
    if (!streaming_) actions.begin(request_);
    streaming_ = true;
    actions.audio(pcm_.decode(message));
  }

  void on_transcript(const Transcript& transcript, Actions& actions) override {
    tell_language(transcript, actions);
    if (transcript.kind == Transcript::Kind::partial) {
      partial_ = segment(transcript, false);
    } else if (transcript.kind == Transcript::Kind::final) {
      partial_ = nullptr;
      if (!transcript.text.empty()) complete_.emplace_back(transcript.segment, segment(transcript, true));
      if (complete_.size() > shown_) complete_.pop_front();
    } else {
      for (auto& [number, one] : complete_)
        if (number == transcript.segment) one["text"] = text_of_segment(transcript);
    }
    send_segments(actions);
  }

  void on_end(double, Actions& actions) override {
    partial_ = nullptr;
    send_segments(actions);
    actions.close(kNormal, "");
  }

  void on_refusal(CloseCode code, const std::string& message, Actions& actions) override {
    if (code == kTryAgainLater)
      actions.send(text_of({{"uid", uid_}, {"status", "WAIT"}, {"message", kMinutesToWait}}));
    else if (code == kPolicyViolation && streaming_)
      actions.send(text_of({{"uid", uid_}, {"message", "DISCONNECT"}}));
    else
      actions.send(text_of({{"uid", uid_}, {"status", "ERROR"}, {"message", message}}));
    actions.close(code, message);
  }

 private:
  void end(Actions& actions) {
    if (streaming_) return actions.finish();
    actions.close(kNormal, "");
  }

  // Whisper's texts begin with a blank: the client puts them together without one.
  static std::string text_of_segment(const Transcript& transcript) {
    return ' ' + text::join_words(text::split_words(transcript.text));
  }

  json segment(const Transcript& transcript, bool completed) const {
    json one = {{"start", fmt::format("{:.3f}", transcript.start_s)},
                {"end", fmt::format("{:.3f}", transcript.end_s)},
                {"text", text_of_segment(transcript)},
                {"completed", completed}};
    if (!words_) return one;
    one["words"] = json::array();
    for (const TranscriptWord& word : transcript.words)
      one["words"].push_back(
          {{"word", ' ' + word.text}, {"start", word.start_s}, {"end", word.end_s}, {"probability", word.confidence}});
    return one;
  }

  void tell_language(const Transcript& transcript, Actions& actions) {
    if (!language_.empty() || transcript.language.empty()) return;
    language_ = transcript.language;
    actions.send(text_of({{"uid", uid_}, {"language", language_}, {"language_prob", 1.0}}));
  }

  void send_segments(Actions& actions) const {
    json segments = json::array();
    for (const auto& [number, one] : complete_) segments.push_back(one);
    if (!partial_.is_null()) segments.push_back(partial_);
    if (!segments.empty()) actions.send(text_of({{"uid", uid_}, {"segments", segments}}));
  }

  json uid_;
  std::string language_;
  bool words_ = false;
  std::size_t shown_ = 10;
  StreamRequest request_;

  bool streaming_ = false;
  PcmDecoder pcm_{PcmDecoder::Encoding::f32};
  std::deque<std::pair<std::uint64_t, json>> complete_;  // by number of the segment
  json partial_;
};

}  // namespace

std::unique_ptr<Dialog> make_whisper_live_dialog() {
  return std::make_unique<WhisperLiveDialog>();
}

}  // namespace sluice::transcribe
