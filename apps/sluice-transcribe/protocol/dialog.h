// A conversation with a client of a speech server: messages in, actions out. It knows no socket and no recogniser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/sluice-transcribe/protocol/hotwords.h"
#include "engine/stream/transcript.h"

namespace sluice::transcribe {

// What a stream of audio is, and how it is to be recognised.
struct StreamRequest {
  double rate_hz = 16000;
  std::vector<Hotword> hotwords{};

  bool operator==(const StreamRequest&) const = default;
};

inline constexpr double kMinRate = 8000, kMaxRate = 48000;  // Hz

// Close codes of a WebSocket, RFC 6455 7.4.1.
enum CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kUnsupportedData = 1003,
  kInvalidPayload = 1007,
  kPolicyViolation = 1008,
  kTryAgainLater = 1013,
};

struct Action {
  enum class Kind : std::uint8_t {
    begin,   // a stream as `request` says; none is under way
    audio,   // of the stream that began: `samples`, mono, full scale +-1
    finish,  // the stream has ended: on_end() follows when all of it is recognised. Nothing is heard meanwhile
    send,    // `text`, as a text message
    close,   // with `code`, because of `text`
  };
  Kind kind;
  StreamRequest request{};
  std::vector<float> samples{};
  std::string text{};
  CloseCode code = kNormal;

  bool operator==(const Action&) const = default;
};

class Actions {
 public:
  void begin(StreamRequest request) { list_.push_back({.kind = Action::Kind::begin, .request = std::move(request)}); }
  void audio(std::vector<float> samples) {
    if (!samples.empty()) list_.push_back({.kind = Action::Kind::audio, .samples = std::move(samples)});
  }
  void finish() { list_.push_back({.kind = Action::Kind::finish}); }
  void send(std::string text) { list_.push_back({.kind = Action::Kind::send, .text = std::move(text)}); }
  void close(CloseCode code, std::string reason) {
    list_.push_back({.kind = Action::Kind::close, .text = std::move(reason), .code = code});
  }
  const std::vector<Action>& list() const { return list_; }
  std::vector<Action> take() { return std::exchange(list_, {}); }

 private:
  std::vector<Action> list_;
};

// One connection's. One thread at a time. No input makes it throw or grow without bound but by what was recognised.
class Dialog {
 public:
  virtual ~Dialog() = default;
  // Messages of the client; none while a stream is being finished.
  virtual void on_text(std::string_view message, Actions& actions) = 0;
  virtual void on_binary(std::span<const std::byte> message, Actions& actions) = 0;
  // What the recogniser says of the stream under way.
  virtual void on_transcript(const Transcript& transcript, Actions& actions) = 0;
  // It has taken so many samples of the stream.
  virtual void on_taken(std::uint64_t, Actions&) {}
  // All of a finished stream of `audio_s` seconds is recognised.
  virtual void on_end(double audio_s, Actions& actions) = 0;
  // There can be no stream (none is free, a limit is reached, the recogniser failed): tells the client and closes.
  virtual void on_refusal(CloseCode code, const std::string& message, Actions& actions) = 0;
};

// Whether a rate can be recognised; else the client is told `message`.
bool is_usable_rate(double rate_hz);
std::string unusable_rate_text(double rate_hz);

}  // namespace sluice::transcribe
