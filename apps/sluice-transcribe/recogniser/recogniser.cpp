#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "engine/graph/quote.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace sluice::transcribe {
namespace {

constexpr const char* kRate = "16 kHz";  // what the recognisers take

// "phrase 20" -> phrase and 20.
Hotword hotword_of_line(const std::string& line) {
  const std::size_t at = line.find_last_of(" \t:");
  if (at != std::string::npos && line.find_first_not_of("0123456789.", at + 1) == std::string::npos &&
      at + 1 < line.size()) {
    const auto weighed = parse_hotwords(fmt::format("{{\"{}\":\"{}\"}}", line.substr(0, at), line.substr(at + 1)));
    if (weighed.size() == 1) return weighed.front();
  }
  const auto plain = parse_hotwords(line + ",");
  return plain.empty() ? Hotword{} : plain.front();
}

}  // namespace

Result<Recogniser> parse_recogniser(const std::string& text) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) return Recogniser{.type = text};
  if (!text.ends_with(')'))
    return std::unexpected(Error{"--recogniser", fmt::format("'{}' is not of the form TYPE(PARAM=VALUE, ...)", text)});
  return Recogniser{.type = text.substr(0, open), .params = text.substr(open + 1, text.size() - open - 2)};
}

Recogniser finals_only(Recogniser recogniser) {
  if (recogniser.type == Recogniser{}.type && recogniser.params.find("partials") == std::string::npos)
    recogniser.params += recogniser.params.empty() ? "partials=0 s" : ", partials=0 s";
  return recogniser;
}

std::string recogniser_chain(const Recogniser& recogniser, const std::vector<Hotword>& hotwords) {
  std::vector<Hotword> all = recogniser.hotwords;
  all.insert(all.end(), hotwords.begin(), hotwords.end());
  std::string params = recogniser.params;
  if (!all.empty()) params += fmt::format("{}hotwords={}", params.empty() ? "" : ", ", quoted_value(to_text(all)));
  return fmt::format("mono: channels(1) -> rate: resample({}) -> asr: {}{}", kRate, recogniser.type,
                     params.empty() ? "" : '(' + params + ')');
}

Result<std::vector<Hotword>> read_hotwords(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected(Error{"--hotwords", fmt::format("{}: {}", path, std::strerror(errno))});
  std::vector<Hotword> hotwords;
  std::size_t bytes = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (Hotword hotword = hotword_of_line(line); !hotword.phrase.empty()) hotwords.push_back(std::move(hotword));
    bytes += line.size();
    if (hotwords.size() > kMaxHotwords || bytes > kMaxHotwordBytes)
      return std::unexpected(
          Error{"--hotwords", fmt::format("{}: is longer than {} phrases or {} KiB: keep those that matter", path,
                                          kMaxHotwords, kMaxHotwordBytes >> 10)});
  }
  return hotwords;
}

}  // namespace sluice::transcribe
