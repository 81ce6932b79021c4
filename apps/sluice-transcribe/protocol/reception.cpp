#include "apps/sluice-transcribe/protocol/reception.h"

#include "apps/sluice-transcribe/protocol/funasr.h"
#include "apps/sluice-transcribe/protocol/realtime.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "apps/sluice-transcribe/protocol/vosk.h"
#include "apps/sluice-transcribe/protocol/whisper_live.h"

namespace sluice::transcribe {
namespace {

std::unique_ptr<Dialog> dialog_for(std::string_view first_message) {
  if (begins_realtime(first_message)) return make_realtime_dialog();
  const nlohmann::json object = object_of(first_message);
  if (object.is_null()) return nullptr;
  if (object.contains("uid")) return make_whisper_live_dialog();
  if (object.contains("config") || object.contains("eof")) return make_vosk_dialog();
  return make_funasr_dialog();
}

// Until the first message; then the dialog that it asks for.
class Reception final : public Dialog {
 public:
  void on_text(std::string_view message, Actions& actions) override {
    if (!chosen_) chosen_ = dialog_for(message);
    if (chosen_) return chosen_->on_text(message, actions);
    on_refusal(kInvalidPayload, "this message is of no protocol that is spoken here: FunASR, Vosk, WhisperLive",
               actions);
  }
  void on_binary(std::span<const std::byte> message, Actions& actions) override {
    if (!chosen_) chosen_ = make_vosk_dialog();
    chosen_->on_binary(message, actions);
  }
  void on_transcript(const Transcript& transcript, Actions& actions) override {
    if (chosen_) chosen_->on_transcript(transcript, actions);
  }
  void on_taken(std::uint64_t samples, Actions& actions) override {
    if (chosen_) chosen_->on_taken(samples, actions);
  }
  void on_end(double audio_s, Actions& actions) override {
    if (chosen_) chosen_->on_end(audio_s, actions);
  }
  void on_refusal(CloseCode code, const std::string& message, Actions& actions) override {
    if (chosen_) return chosen_->on_refusal(code, message, actions);
    actions.send(text_of({{"error", message}}));
    actions.close(code, message);
  }

 private:
  std::unique_ptr<Dialog> chosen_;
};

}  // namespace

std::unique_ptr<Dialog> make_dialog(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/funasr") return make_funasr_dialog();
  if (path == "/funasr/realtime") return make_realtime_dialog();
  if (path == "/vosk") return make_vosk_dialog();
  if (path == "/whisper") return make_whisper_live_dialog();
  return std::make_unique<Reception>();
}

}  // namespace sluice::transcribe
