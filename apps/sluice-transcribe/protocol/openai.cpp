#include "apps/sluice-transcribe/protocol/openai.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "apps/sluice-transcribe/protocol/form.h"
#include "apps/sluice-transcribe/protocol/text_of.h"
#include "nodes/text/kernels/characters.h"
#include "nodes/text/kernels/subtitle_text.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;
using Format = TranscriptionRequest::Format;

constexpr std::array<std::pair<std::string_view, Format>, 5> kFormats = {{{"json", Format::json},
                                                                          {"text", Format::text},
                                                                          {"srt", Format::srt},
                                                                          {"vtt", Format::vtt},
                                                                          {"verbose_json", Format::verbose_json}}};

std::optional<Format> format_of(std::string_view name) {
  for (const auto& [known, format] : kFormats)
    if (known == name) return format;
  return std::nullopt;
}

bool is_true(std::string_view value) {
  return value == "true" || value == "True" || value == "1";
}

// verbose_json names the language in English.
std::string language_name(const std::vector<Transcript>& transcripts) {
  for (const Transcript& transcript : transcripts)
    if (!transcript.language.empty()) return transcript.language.starts_with("en") ? "english" : transcript.language;
  return "unknown";
}

std::vector<text::TimedWord> words_of(const Transcript& transcript) {
  if (transcript.words.empty()) return text::spread_words(transcript.text, transcript.start_s, transcript.end_s);
  std::vector<text::TimedWord> words;
  for (const TranscriptWord& word : transcript.words) words.push_back({word.text, word.start_s, word.end_s});
  return words;
}

std::string subtitles(const std::vector<Transcript>& transcripts, text::SubtitleFormat format) {
  text::CueMaker maker({}, true);
  std::string out = text::subtitle_head(format);
  std::uint64_t number = 0;
  const auto write = [&](const std::vector<text::Cue>& cues) {
    for (const text::Cue& cue : cues) out += text::subtitle_cue(cue, ++number, format);
  };
  for (const Transcript& transcript : transcripts) write(maker.add(words_of(transcript)));
  write(maker.finish());
  return out;
}

json verbose(const TranscriptionRequest& request, const std::vector<Transcript>& transcripts, double duration_s) {
  json answer = {{"task", "transcribe"},
                 {"language", language_name(transcripts)},
                 {"duration", duration_s},
                 {"text", whole_text(transcripts)}};
  if (request.words) answer["words"] = json::array();
  if (request.segments) answer["segments"] = json::array();
  for (const Transcript& transcript : transcripts) {
    if (request.segments)
      answer["segments"].push_back({{"id", answer["segments"].size()},
                                    {"start", transcript.start_s},
                                    {"end", transcript.end_s},
                                    {"text", transcript.text}});
    if (request.words)
      for (const text::TimedWord& word : words_of(transcript))
        answer["words"].push_back({{"word", word.text}, {"start", word.start_s}, {"end", word.end_s}});
  }
  return answer;
}

Status read_field(const FormField& field, TranscriptionRequest& request) {
  const std::string value(field.name == "file" ? "" : field.value);
  if (field.name == "file") {
    request.file = field.value;
  } else if (field.name == "response_format") {
    const auto format = format_of(value);
    if (!format)
      return Error{"response_format", fmt::format("'{}' is none of json, text, srt, vtt, verbose_json", value)};
    request.format = *format;
  } else if (field.name == "stream") {
    request.stream = is_true(value);
  } else if (field.name == "hotwords") {
    request.hotwords = parse_hotwords(value);
  } else if (field.name == "timestamp_granularities[]" || field.name == "timestamp_granularities") {
    if (value != "word" && value != "segment")
      return Error{"timestamp_granularities", fmt::format("'{}' is neither word nor segment", value)};
    request.words |= value == "word";
  }
  return {};
}

}  // namespace

Result<TranscriptionRequest> parse_transcription(std::string_view content_type, std::string_view body) {
  const auto fields = parse_form(content_type, body);
  if (!fields) return std::unexpected(fields.error());
  TranscriptionRequest request;
  bool segments = false, granularities = false;
  for (const FormField& field : *fields) {
    if (Status status = read_field(field, request); !status) return std::unexpected(status.error());
    if (!field.name.starts_with("timestamp_granularities")) continue;
    granularities = true;
    segments |= field.value == "segment";
  }
  request.segments = segments || !granularities;
  if (request.file.empty()) return std::unexpected(Error{"file", "there is no audio: send it as the field `file`"});
  if (request.stream && request.format != Format::json && request.format != Format::text)
    return std::unexpected(Error{"response_format", "only json and text can be streamed"});
  return request;
}

std::string whole_text(const std::vector<Transcript>& transcripts) {
  std::string text;
  for (const Transcript& transcript : transcripts)
    for (const std::string& word : text::split_words(transcript.text)) text::append_word(text, word);
  return text;
}

Answer answer_of(const TranscriptionRequest& request, const std::vector<Transcript>& transcripts, double duration_s) {
  switch (request.format) {
    case Format::json:
      return {text_of({{"text", whole_text(transcripts)}}), "application/json"};
    case Format::text:
      return {whole_text(transcripts) + '\n', "text/plain; charset=utf-8"};
    case Format::srt:
      return {subtitles(transcripts, text::SubtitleFormat::srt), "application/x-subrip; charset=utf-8"};
    case Format::vtt:
      return {subtitles(transcripts, text::SubtitleFormat::vtt), "text/vtt; charset=utf-8"};
    case Format::verbose_json:
      return {text_of(verbose(request, transcripts, duration_s)), "application/json"};
  }
  return {};
}

std::string delta_event(std::string_view delta) {
  return "data: " + text_of({{"type", "transcript.text.delta"}, {"delta", delta}}) + "\n\n";
}

std::string done_event(std::string_view text) {
  return "data: " + text_of({{"type", "transcript.text.done"}, {"text", text}}) + "\n\n";
}

std::string error_body(const Error& error) {
  json detail = {{"message", error.text()}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", nullptr}};
  if (!error.where.empty()) detail["param"] = error.where;
  return text_of({{"error", detail}});
}

std::string models_body(std::string_view model) {
  json list = json::array();
  for (const std::string_view name : {model, std::string_view("whisper-1")})
    list.push_back({{"id", name}, {"object", "model"}, {"created", 0}, {"owned_by", "sluice"}});
  return text_of({{"object", "list"}, {"data", list}});
}

}  // namespace sluice::transcribe
