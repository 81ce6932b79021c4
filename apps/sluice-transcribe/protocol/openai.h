// POST /v1/audio/transcriptions as OpenAI documents it (API reference, "Create transcription"): the form's fields, and
// answers in its formats. Pure text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/sluice-transcribe/protocol/hotwords.h"
#include "engine/core/result.h"
#include "engine/stream/transcript.h"

namespace sluice::transcribe {

struct TranscriptionRequest {
  enum class Format : std::uint8_t { json, text, srt, vtt, verbose_json };

  std::string_view file;  // the audio, within the request's body
  Format format = Format::json;
  bool stream = false;                  // server-sent events
  bool words = false, segments = true;  // of verbose_json
  std::vector<Hotword> hotwords{};      // an addition of ours, as in other servers
};

// `model`, `language`, `prompt` and `temperature` are taken and have no effect: there is one model. An error's `where`
// is the field.
Result<TranscriptionRequest> parse_transcription(std::string_view content_type, std::string_view body);

struct Answer {
  std::string body, content_type;
};

// What was recognised of `duration_s` seconds. Finals only, in order; corrections in place of what they correct.
Answer answer_of(const TranscriptionRequest& request, const std::vector<Transcript>& transcripts, double duration_s);

// Server-sent events: text that is appended, and the last one with all of it.
std::string delta_event(std::string_view delta);
std::string done_event(std::string_view text);

// All utterances as one text.
std::string whole_text(const std::vector<Transcript>& transcripts);

// {"error": {"message", "type", "param", "code"}}.
std::string error_body(const Error& error);
// {"object": "list", "data": [...]}: the one model, under its own name and that which clients ask for.
std::string models_body(std::string_view model);

}  // namespace sluice::transcribe
