#include "engine/stream/transcript.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kKinds = {"partial", "final", "corrected"};  // by Transcript::Kind

json to_json(const TranscriptWord& word) {
  return {{"text", word.text}, {"start", word.start_s}, {"end", word.end_s}, {"confidence", word.confidence}};
}

TranscriptWord word_from(const json& object) {
  return {.text = object.at("text").get<std::string>(),
          .start_s = object.value("start", 0.0),
          .end_s = object.value("end", 0.0),
          .confidence = object.value("confidence", 1.0)};
}

Transcript transcript_from(const json& object) {
  const auto kind = std::ranges::find(kKinds, object.at("kind").get<std::string>());
  if (kind == kKinds.end()) throw std::invalid_argument("kind: neither partial nor final nor corrected");
  Transcript transcript{.kind = static_cast<Transcript::Kind>(kind - kKinds.begin()),
                        .segment = object.at("segment").get<std::uint64_t>(),
                        .start_s = object.value("start", 0.0),
                        .end_s = object.value("end", 0.0),
                        .text = object.at("text").get<std::string>(),
                        .stable_words = object.value("stable_words", std::size_t{0}),
                        .words = {},
                        .original = object.value("original", ""),
                        .language = object.value("language", "")};
  if (const auto words = object.find("words"); words != object.end())
    for (const json& word : *words) transcript.words.push_back(word_from(word));
  return transcript;
}

}  // namespace

std::string encode(const Transcript& transcript) {
  json object{{"kind", kKinds[static_cast<std::size_t>(transcript.kind)]},
              {"segment", transcript.segment},
              {"start", transcript.start_s},
              {"end", transcript.end_s},
              {"text", transcript.text}};
  if (transcript.kind == Transcript::Kind::partial) object["stable_words"] = transcript.stable_words;
  for (const TranscriptWord& word : transcript.words) object["words"].push_back(to_json(word));
  if (!transcript.original.empty()) object["original"] = transcript.original;
  if (!transcript.language.empty()) object["language"] = transcript.language;
  const auto line = [&] { return object.dump(-1, ' ', false, json::error_handler_t::replace); };
  std::string text = line();
  if (text.size() <= kMaxTranscriptBytes) return text;
  object.erase("words");
  return line();
}

Result<Transcript> decode_transcript(std::string_view text) try {
  return transcript_from(json::parse(text));
} catch (const std::exception& error) {  // nlohmann's say which key
  return std::unexpected(Error{"transcript", error.what()});
}

}  // namespace sluice
