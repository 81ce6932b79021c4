#include "apps/sluice-transcribe/protocol/hotwords.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "nodes/text/kernels/characters.h"

namespace sluice::transcribe {
namespace {

using nlohmann::json;

constexpr double kUsualFunAsrWeight = 20;  // modelscope/FunASR, runtime/docs/SDK_advanced_guide_online.md, "hotwords"
constexpr double kLeast = 0.5, kMost = 1.5;

double weight_of(double given) {
  if (!(given > 0)) return 1;
  return std::clamp(given <= kMost ? given : given / kUsualFunAsrWeight, kLeast, kMost);
}

double weight_of(const json& given) {
  if (given.is_number()) return weight_of(given.get<double>());
  if (!given.is_string()) return 1;
  const std::string& text = given.get_ref<const std::string&>();
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return weight_of(number);
}

// One line of words, without the marks that separate phrases and weights.
std::string plain(std::string_view phrase) {
  std::string text = text::printable(phrase);
  std::ranges::replace_if(
      text, [](char c) { return c == ',' || c == ':' || c == '"' || c == '$' || c == '\\'; }, ' ');
  return text::join_words(text::split_words(text));
}

void add(std::vector<Hotword>& hotwords, std::string_view phrase, double weight) {
  std::string text = plain(phrase);
  if (!text.empty() && hotwords.size() < kMaxHotwords) hotwords.push_back({std::move(text), weight});
}

// Those at the head that a recogniser's parameter has room for.
std::vector<Hotword> bounded(std::vector<Hotword> hotwords) {
  std::size_t bytes = 0;
  const auto beyond = std::ranges::find_if(
      hotwords, [&](const Hotword& one) { return (bytes += one.phrase.size()) > kMaxHotwordBytes; });
  hotwords.erase(beyond, hotwords.end());
  return hotwords;
}

std::vector<Hotword> from_json(const json& list) {
  std::vector<Hotword> hotwords;
  for (const auto& [key, value] : list.items()) {
    if (list.is_object())
      add(hotwords, key, weight_of(value));
    else if (value.is_string())
      add(hotwords, value.get_ref<const std::string&>(), 1);
  }
  return hotwords;
}

}  // namespace

std::vector<Hotword> parse_hotwords(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  if (text[first] == '{' || text[first] == '[') {
    const json parsed = json::parse(text, nullptr, false);
    if (parsed.is_structured()) return bounded(from_json(parsed));
  }
  const std::string_view separators = text.find_first_of(",\n") != std::string_view::npos ? ",\n" : " \t";
  std::vector<Hotword> hotwords;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    add(hotwords, text.substr(0, end), 1);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bounded(std::move(hotwords));
}

std::string to_text(const std::vector<Hotword>& hotwords) {
  std::string text;
  for (const auto& [phrase, weight] : hotwords) {
    if (!text.empty()) text += ", ";
    text += weight == 1 ? phrase : fmt::format("{}:{:g}", phrase, weight);
  }
  return text;
}

}  // namespace sluice::transcribe
