// A vocabulary of Llama's layout with a few pieces of one's own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nodes/speech/kernels/vocabulary.h"

namespace sluice::speech {

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t n = 0; n < bytes.size(); n += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (n + k < bytes.size() ? static_cast<unsigned char>(bytes[n + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) text += n + k > bytes.size() ? '=' : kAlphabet[bits >> (18 - 6 * k) & 63];
  }
  return text;
}

// Ids 0 to 258 are <unk>, <s>, </s> and the bytes; `pieces` follow.
inline std::string vocabulary_lines(const std::vector<std::string>& pieces) {
  std::vector<std::string> all{"<unk>", "<s>", "</s>"};
  for (int byte = 0; byte < 256; ++byte) all.emplace_back(1, static_cast<char>(byte));
  all.insert(all.end(), pieces.begin(), pieces.end());
  std::string lines;
  for (std::size_t id = 0; id < all.size(); ++id) lines += base64(all[id]) + " " + std::to_string(id) + "\n";
  return lines;
}

inline Vocabulary vocabulary_of(const std::vector<std::string>& pieces) {
  return *Vocabulary::parse(vocabulary_lines(pieces));
}

}  // namespace sluice::speech
