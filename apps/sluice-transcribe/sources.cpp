#include "apps/sluice-transcribe/sources.h"
#include "engine/graph/quote.h"

#include <fmt/format.h>

namespace sluice::transcribe {
namespace {

std::string sink(const TranscribeOptions& options, bool live, const std::string& name) {
  const std::string write = fmt::format("file.write({})", quoted_value(options.output));
  const std::string events = options.llm.empty() ? "events=final" : "events=corrected";
  if (options.format == "srt" || options.format == "vtt")
    return fmt::format("text.subtitles(format={}, live={}, {}) -> {}", options.format, live, events, write);
  if (options.format == "jsonl") return fmt::format("text.jsonl(partials={}) -> {}", options.partials, write);
  if (live && options.format == "auto" && options.output == "-") return fmt::format("text.terminal({})", events);
  return fmt::format("text.lines({}{}) -> {}", events, name.empty() ? "" : ", name=" + quoted_value(name), write);
}

// What stands between the recogniser and the text.
std::string corrector(const TranscribeOptions& options) {
  if (options.llm.empty()) return "";
  const std::string name =
      options.llm_name.empty() ? "" : fmt::format(", server_model={}", quoted_value(options.llm_name));
  return fmt::format("correct: llm.correct(model={}{}, deadline=10 s, most_waiting=64) -> ", quoted_value(options.llm),
                     name);
}

apps::GraphRequest request_of(const TranscribeOptions& options, const std::string& source, bool live,
                              const std::string& name) {
  return {.file = {},
          .line = fmt::format("{} -> {} -> {}{}", source, recogniser_chain(options.recogniser), corrector(options),
                              sink(options, live, name)),
          .vars = {},
          .replacements = {},
          .plugins = options.plugins};
}

}  // namespace

apps::GraphRequest microphone_graph(const TranscribeOptions& options) {
  const std::string device = options.device.empty() ? "" : fmt::format("device={}, ", quoted_value(options.device));
  return request_of(options, fmt::format("mic: audio.capture({}channels=1, block=20 ms)", device), true, "");
}

apps::GraphRequest file_graph(const TranscribeOptions& options, const std::string& path, const std::string& name) {
  const bool live = path == "-";  // its feeder is the clock
  return request_of(options, fmt::format("file: file.read({}{})", quoted_value(path), live ? ", live=true" : ""), live,
                    name);
}

std::string ending(const std::string& format) {
  return format == "auto" ? "txt" : format;
}

}  // namespace sluice::transcribe
