// Phrases that a client expects to be said, in the forms that clients send them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::transcribe {

struct Hotword {
  std::string phrase;
  double weight = 1;  // 1: as usual

  bool operator==(const Hotword&) const = default;
};

inline constexpr std::size_t kMaxHotwords = 1000;           // more are not looked at,
inline constexpr std::size_t kMaxHotwordBytes = 16 * 1024;  // nor are those after as many bytes

// FunASR: the text of a JSON object ({"phrase": 20}, weights also as strings) or array, or plain words with commas,
// line ends or, where there are neither, blanks between. 20 is FunASR's usual weight; up to 1.5 a weight is taken as it
// is.
std::vector<Hotword> parse_hotwords(std::string_view text);

// As the recognisers' parameter `hotwords` takes them: "phrase:0.5, phrase".
std::string to_text(const std::vector<Hotword>& hotwords);

}  // namespace sluice::transcribe
