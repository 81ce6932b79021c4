#include "apps/sluice-transcribe/protocol/vosk.h"

#include <deque>

#include "apps/sluice-transcribe/protocol/pcm.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;

constexpr double kUsualRate = 8000;  // Hz; VOSK_SAMPLE_RATE of the original

json words_of(const Transcript& transcript) {
  json words = json::array();
  for (const TranscriptWord& word : transcript.words)
    words.push_back({{"conf", word.confidence}, {"start", word.start_s}, {"end", word.end_s}, {"word", word.text}});
  return words;
}

class VoskDialog final : public Dialog {
 public:
  void on_text(std::string_view message, Actions& actions) override {
    const json object = object_of(message);
    if (object.is_null()) return on_refusal(kInvalidPayload, "the message is not a JSON object", actions);
    if (const auto config = object.find("config"); config != object.end()) return configure(*config, actions);
    ending_ = object.contains("eof");
    if (!ending_ && !object.contains("reset"))
      return on_refusal(kInvalidPayload, "neither config nor eof nor reset", actions);
    if (streaming_) return actions.finish();
    on_end(0, actions);
  }

  void on_binary(std::span<const std::byte> message, Actions& actions) override {
    if (!streaming_) actions.begin(request_);
    streaming_ = true;
    std::vector<float> samples = pcm_.decode(message);
    sent_ += samples.size();
    awaited_.push_back(sent_);
    actions.audio(std::move(samples));
    on_taken(taken_, actions);
  }

  void on_transcript(const Transcript& transcript, Actions&) override {
    if (transcript.kind == Transcript::Kind::partial) {
      partial_ = text::join_words(text::split_words(transcript.text));
    } else if (transcript.kind == Transcript::Kind::final) {
      partial_.clear();
      if (!transcript.text.empty()) finals_.push_back(transcript);
    }
  }

  void on_taken(std::uint64_t samples, Actions& actions) override {
    taken_ = samples;
    for (; !awaited_.empty() && awaited_.front() <= taken_; awaited_.pop_front()) reply(actions);
  }

  void on_end(double, Actions& actions) override {
    for (; !awaited_.empty(); awaited_.pop_front()) actions.send(text_of({{"partial", ""}}));
    actions.send(text_of(last_result()));
    if (ending_) actions.close(kNormal, "");
    streaming_ = false;
    sent_ = taken_ = 0;
    partial_.clear();
    finals_.clear();
    pcm_.reset();
  }

  void on_refusal(CloseCode code, const std::string& message, Actions& actions) override {
    actions.send(text_of({{"error", message}}));
    actions.close(code, message);
  }

 private:
  void configure(const json& config, Actions& actions) {
    if (!config.is_object()) return on_refusal(kInvalidPayload, "config is not an object", actions);
    request_.rate_hz = rate_or(config, "sample_rate", request_.rate_hz);
    if (!is_usable_rate(request_.rate_hz))
      return on_refusal(kUnsupportedData, unusable_rate_text(request_.rate_hz), actions);
    words_ = flag_or(config, "words", words_);
    alternatives_ = number_or(config, "max_alternatives", 0) >= 1;
    if (const auto phrases = config.find("phrase_list"); phrases != config.end())
      request_.hotwords = parse_hotwords(text_of(*phrases));
  }

  void reply(Actions& actions) {
    if (finals_.empty()) return actions.send(text_of({{"partial", partial_}}));
    actions.send(text_of(result(finals_.front())));
    finals_.pop_front();
  }

  json result(const Transcript& transcript) const {
    json one = {{"text", text::join_words(text::split_words(transcript.text))}};
    if (words_ && !transcript.words.empty()) one["result"] = words_of(transcript);
    if (!alternatives_) return one;
    double confidence = transcript.words.empty() ? 1 : 0;
    for (const TranscriptWord& word : transcript.words)
      confidence += word.confidence / static_cast<double>(transcript.words.size());
    one["confidence"] = confidence;
    return {{"alternatives", json::array({one})}};
  }

  // All that the client has not been told.
  json last_result() const {
    Transcript all;
    for (const Transcript& transcript : finals_) {
      text::append_word(all.text, transcript.text);
      all.words.insert(all.words.end(), transcript.words.begin(), transcript.words.end());
    }
    return result(all);
  }

  StreamRequest request_{.rate_hz = kUsualRate};
  bool words_ = true, alternatives_ = false;

  bool streaming_ = false, ending_ = false;
  PcmDecoder pcm_;
  std::uint64_t sent_ = 0, taken_ = 0;  // samples: of the client, by the recogniser
  std::deque<std::uint64_t> awaited_;   // ends of messages that have no reply yet, in samples
  std::string partial_;
  std::deque<Transcript> finals_;  // that the client has not been told
};

}  // namespace

std::unique_ptr<Dialog> make_vosk_dialog() {
  return std::make_unique<VoskDialog>();
}

}  // namespace sluice::transcribe
