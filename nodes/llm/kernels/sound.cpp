#include "nodes/llm/kernels/sound.h"

#include <algorithm>
#include <string>

#include "nodes/llm/kernels/alignment.h"

namespace sluice::llm {
namespace {

// Vowels, h, w and y have no class; neither have accented letters.
std::string classes(std::string_view text) {
  //                                      abcdefghijklmnopqrstuvwxyz
  constexpr std::string_view kClassOf = ".123.12..22455.12623.1.2.2";
  std::string found;
  for (const char c : text)
    if (c >= 'a' && c <= 'z' && kClassOf[static_cast<std::size_t>(c - 'a')] != '.')
      found += kClassOf[static_cast<std::size_t>(c - 'a')];
  return found;
}

bool is_ideographic(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xE3; });  // from U+3000
}

}  // namespace

std::optional<double> sound_distance(std::string_view a, std::string_view b) {
  if (is_ideographic(a) || is_ideographic(b)) return std::nullopt;
  return (letter_distance(a, b) + letter_distance(classes(a), classes(b))) / 2;
}

}  // namespace sluice::llm
