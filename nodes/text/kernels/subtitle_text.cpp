#include "nodes/text/kernels/subtitle_text.h"

#include <algorithm>
#include <cmath>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

std::string digits(std::int64_t value, std::size_t least) {
  const std::string text = std::to_string(value);
  return text.size() < least ? std::string(least - text.size(), '0') + text : text;
}

// WebVTT 6.4: cue text knows tags and references, and "-->" would end it. SubRip players know a few tags only.
std::string escaped(const std::string& line, SubtitleFormat format) {
  std::string out;
  for (const char c : printable(line)) {
    if (format == SubtitleFormat::vtt && c == '&')
      out += "&amp;";
    else if (format == SubtitleFormat::vtt && c == '<')
      out += "&lt;";
    else if (format == SubtitleFormat::vtt && c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string time_text(double time_s, SubtitleFormat format) {
  const std::int64_t ms = std::llround(std::clamp(time_s, 0.0, 1e12) * 1000);
  return digits(ms / 3'600'000, 2) + ':' + digits(ms / 60'000 % 60, 2) + ':' + digits(ms / 1000 % 60, 2) +
         (format == SubtitleFormat::srt ? ',' : '.') + digits(ms % 1000, 3);
}

std::string subtitle_head(SubtitleFormat format) {
  return format == SubtitleFormat::vtt ? "WEBVTT\n\n" : "";
}

std::string subtitle_cue(const Cue& cue, std::uint64_t number, SubtitleFormat format) {
  std::string text = std::to_string(number) + '\n';
  text += time_text(cue.start_s, format) + " --> " + time_text(cue.end_s, format) + '\n';
  for (const std::string& line : cue.lines) text += escaped(line, format) + '\n';
  return text + '\n';
}

}  // namespace sluice::text
