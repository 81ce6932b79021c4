#include "apps/sluice-transcribe/protocol/funasr.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "apps/sluice-transcribe/protocol/pcm.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "nodes/text/kernels/agreement.h"
#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;

constexpr const char* kOnlyPcm = "ERROR. Real-time transcription service ONLY SUPPORT PCM stream.";
constexpr std::size_t kMaxName = 1024;  // bytes of wav_name that are kept

// Text that a client has put together so far: what comes next begins with a blank where one belongs.
class Appended {
 public:
  std::string next(const std::string& text) {
    const std::string with_blank = text::joins_without_space(end_, text) ? text : ' ' + text;
    if (!text.empty()) end_ = text;
    return with_blank;
  }

 private:
  std::string end_;
};

class FunAsrDialog final : public Dialog {
 public:
  void on_text(std::string_view message, Actions& actions) override {
    const json object = object_of(message);
    if (object.is_null()) return on_refusal(kInvalidPayload, "ERROR. The message is not a JSON object.", actions);
    if (!configure(object, actions)) return;
    const bool ends = !flag_or(object, "is_speaking", true) || flag_or(object, "is_finished", false);
    if (!ends) return;
    acknowledge_ = flag_or(object, "is_end", false);
    ending_ = true;
    if (streaming_) return actions.finish();
    on_end(0, actions);
  }

  void on_binary(std::span<const std::byte> message, Actions& actions) override {
    if (!streaming_) actions.begin(request_);
    streaming_ = true;
    actions.audio(pcm_.decode(message));
  }

  void on_transcript(const Transcript& transcript, Actions& actions) override {
    const std::vector<std::string> words = text::split_words(transcript.text);
    switch (transcript.kind) {
      case Transcript::Kind::partial:
        if (mode_ != Mode::offline) say_words(agreement_.update(words, transcript.stable_words), actions);
        break;
      case Transcript::Kind::final:
        on_final(transcript, words, actions);
        break;
      case Transcript::Kind::corrected:  // nothing that a client has put together can be taken back
        break;
    }
  }

  void on_end(double, Actions& actions) override {
    json last = held_.is_null() ? message_of(final_mode(), mode_ == Mode::offline ? everything_ : "") : held_;
    last["is_final"] = true;
    if (acknowledge_) last["is_end"] = true;
    actions.send(text_of(last));
    forget_stream();
  }

  void on_refusal(CloseCode code, const std::string& message, Actions& actions) override {
    json refusal = message_of(final_mode(), message);
    refusal["is_final"] = true;
    if (acknowledge_) refusal["is_end"] = true;
    actions.send(text_of(refusal));
    actions.close(code, message);
  }

 private:
  enum class Mode : std::uint8_t { two_pass, online, offline };

  // False when the client was refused.
  bool configure(const json& object, Actions& actions) {
    const std::string mode = text_or(object, "mode", "");
    if (!mode.empty()) mode_ = mode == "online" ? Mode::online : mode == "offline" ? Mode::offline : Mode::two_pass;
    name_ = text_or(object, "wav_name", name_).substr(0, kMaxName);
    times_ = flag_or(object, "timestamps", times_);
    const std::string format = text_or(object, "wav_format", "pcm");
    if (format != "pcm" && format != "PCM") {
      on_refusal(kUnsupportedData, kOnlyPcm, actions);
      return false;
    }
    request_.rate_hz = rate_or(object, "audio_fs", request_.rate_hz);
    if (!is_usable_rate(request_.rate_hz)) {
      on_refusal(kUnsupportedData, "ERROR. " + unusable_rate_text(request_.rate_hz), actions);
      return false;
    }
    if (const auto found = object.find("hotwords"); found != object.end())
      request_.hotwords = parse_hotwords(found->is_string() ? found->get<std::string>() : text_of(*found));
    return true;
  }

  void on_final(const Transcript& transcript, const std::vector<std::string>& words, Actions& actions) {
    const std::vector<std::string> rest = agreement_.finish(words);
    if (mode_ == Mode::online) return say_words(rest, actions);
    if (words.empty()) return;
    if (mode_ == Mode::offline) {
      everything_ += confirmed_.next(text::join_words(words));
      return;
    }
    json message = message_of("2pass-offline", confirmed_.next(text::join_words(words)));
    online_ = confirmed_;
    add_times(transcript, message);
    if (!held_.is_null()) actions.send(text_of(held_));
    held_ = nullptr;
    if (ending_)
      held_ = std::move(message);  // it may be the last
    else
      actions.send(text_of(message));
  }

  void say_words(const std::vector<std::string>& words, Actions& actions) {
    std::string text;
    for (const std::string& word : words) text += online_.next(word);
    if (!text.empty()) actions.send(text_of(message_of(mode_ == Mode::online ? "online" : "2pass-online", text)));
  }

  void add_times(const Transcript& transcript, json& message) const {
    if (!times_ || transcript.words.empty()) return;
    json pairs = json::array();
    for (const TranscriptWord& word : transcript.words)
      pairs.push_back({std::llround(word.start_s * 1000), std::llround(word.end_s * 1000)});
    message["timestamp"] = pairs.dump();
    message["stamp_sents"] = json::array({{{"text_seg", transcript.text},
                                           {"punc", ""},
                                           {"start", std::llround(transcript.start_s * 1000)},
                                           {"end", std::llround(transcript.end_s * 1000)},
                                           {"ts_list", pairs}}});
  }

  const char* final_mode() const {
    return mode_ == Mode::online ? "online" : mode_ == Mode::offline ? "offline" : "2pass-offline";
  }

  json message_of(const char* mode, const std::string& text) const {
    return {{"mode", mode}, {"text", text}, {"wav_name", name_}, {"is_final", false}};
  }

  // What was set stays for the next stream of the connection.
  void forget_stream() {
    streaming_ = ending_ = acknowledge_ = false;
    held_ = nullptr;
    everything_.clear();
    agreement_ = {};
    confirmed_ = {};
    online_ = {};
    pcm_.reset();
  }

  Mode mode_ = Mode::two_pass;
  std::string name_ = "wav-default-id";
  bool times_ = false;
  StreamRequest request_;

  bool streaming_ = false, ending_ = false, acknowledge_ = false;
  PcmDecoder pcm_;
  text::Agreement agreement_;
  Appended confirmed_;      // finals
  Appended online_;         // and the words after them
  std::string everything_;  // offline: all finals
  json held_;               // a final that may be the last message
};

}  // namespace

std::unique_ptr<Dialog> make_funasr_dialog() {
  return std::make_unique<FunAsrDialog>();
}

}  // namespace sluice::transcribe
