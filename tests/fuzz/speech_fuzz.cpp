// What strangers send to the speech server, and a recogniser's answers to it: no dialog may crash, act out of turn, or
// send what is not JSON; no form may be read beyond its end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/sluice-transcribe/protocol/openai.h"
#include "apps/sluice-transcribe/protocol/reception.h"

namespace {

using namespace sluice;
using namespace sluice::transcribe;

void require(bool holds) {
  if (!holds) std::abort();
}

// The input, taken apart from its beginning.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view text() {  // up to the next 0xFF, which is in no UTF-8
    const std::string_view part = rest_.substr(0, rest_.find('\xFF'));
    rest_.remove_prefix(std::min(part.size() + 1, rest_.size()));
    return part;
  }

 private:
  std::string_view rest_;
};

// The connection's side, which knows what may follow what.
class Connection {
 public:
  explicit Connection(std::string_view path) : dialog_(make_dialog(path)) {}

  // False when the dialog has closed.
  bool step(std::uint8_t kind, std::string_view text) {
    if (kind % 8 == 0 && !finishing_) dialog_->on_text(text, actions_);
    if (kind % 8 == 1 && !finishing_) dialog_->on_binary(std::as_bytes(std::span(text)), actions_);
    if (kind % 8 >= 2 && kind % 8 <= 4 && streaming_) dialog_->on_transcript(transcript(kind, text), actions_);
    if (kind % 8 == 5 && streaming_) dialog_->on_taken(samples_, actions_);
    if (kind % 8 == 6 && finishing_) {
      finishing_ = streaming_ = false;
      dialog_->on_end(1.0, actions_);
    }
    if (kind % 8 == 7) dialog_->on_refusal(kGoingAway, std::string(text), actions_);
    return obey();
  }

 private:
  static Transcript transcript(std::uint8_t kind, std::string_view text) {
    Transcript said{
        .kind = static_cast<Transcript::Kind>(kind % 8 - 2), .segment = kind / 64u, .start_s = 1, .end_s = 2};
    said.text = text;
    said.stable_words = kind / 32u;
    if (kind >= 128) said.words = {{std::string(text), 1, 2, 0.5}};
    return said;
  }

  bool obey() {
    bool open = true;
    for (const Action& action : actions_.take()) {
      require(open);  // nothing comes after closing
      switch (action.kind) {
        case Action::Kind::begin:
          require(!streaming_ && is_usable_rate(action.request.rate_hz));
          streaming_ = true;
          samples_ = 0;
          break;
        case Action::Kind::audio:
          require(streaming_ && !finishing_);
          samples_ += action.samples.size();
          for (const float sample : action.samples) require(sample >= -1 && sample <= 1);
          break;
        case Action::Kind::finish:
          require(streaming_ && !finishing_);
          finishing_ = true;
          break;
        case Action::Kind::send:
          require(nlohmann::json::accept(action.text));
          break;
        case Action::Kind::close:
          open = false;
          break;
      }
    }
    return open;
  }

  std::unique_ptr<Dialog> dialog_;
  Actions actions_;
  bool streaming_ = false, finishing_ = false;
  std::uint64_t samples_ = 0;
};

void converse(Input& input) {
  constexpr std::string_view kPaths[] = {"/", "/funasr", "/funasr/realtime", "/vosk", "/whisper"};
  Connection connection(kPaths[input.byte() % 5]);
  while (!input.empty()) {
    const std::uint8_t kind = input.byte();
    if (!connection.step(kind, input.text())) return;
  }
}

void upload(Input& input) {
  const std::string type(input.text());
  const std::string_view body = input.text();
  const auto request = parse_transcription(type, body);
  if (!request) {
    require(nlohmann::json::accept(error_body(request.error())));
    return;
  }
  require(request->file.data() >= body.data() &&
          request->file.data() + request->file.size() <= body.data() + body.size());
  Transcript said{.kind = Transcript::Kind::final, .start_s = 1, .end_s = 2, .text = std::string(request->file)};
  (void)answer_of(*request, {said}, 2);
  (void)delta_event(request->file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  if (input.byte() % 2 == 0)
    converse(input);
  else
    upload(input);
  return 0;
}
