#include "nodes/speech/kernels/vocabulary.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sluice::speech {
namespace {

constexpr std::string_view kSpaceMark = "\u2581";  // SentencePiece's "lower one eighth block"
constexpr int kFirstByte = 3, kFirstPiece = 259;   // <unk>, <s>, </s>, then <0x00> to <0xFF>
constexpr int kPieces = 32000;                     // what follows are tokens for times

// RFC 4648, table 1; -1 for other characters.
int base64_value(char c) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return {};
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if ((held += 6) >= 8) bytes += static_cast<char>((bits >> (held -= 8)) & 0xff);
  }
  return bytes;
}

std::string with_spaces(std::string piece) {
  for (auto at = piece.find(kSpaceMark); at != std::string::npos; at = piece.find(kSpaceMark))
    piece.replace(at, kSpaceMark.size(), " ");
  return piece;
}

// Length of the UTF-8 character that begins with `lead` (RFC 3629, 3).
std::size_t character_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

}  // namespace

std::optional<Vocabulary> Vocabulary::parse(std::string_view lines) {
  Vocabulary vocabulary;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    std::size_t id = 0;
    const auto parsed = std::from_chars(line.data() + blank + 1, line.data() + line.size(), id);
    auto bytes = decode_base64(line.substr(0, blank));
    if (parsed.ec != std::errc{} || id != vocabulary.pieces_.size() || !bytes) return {};
    vocabulary.pieces_.push_back(with_spaces(std::move(*bytes)));
    if (id >= static_cast<std::size_t>(kFirstPiece) && id < static_cast<std::size_t>(kPieces))
      vocabulary.ids_.emplace(vocabulary.pieces_.back(), static_cast<int>(id));
  }
  if (vocabulary.size() <= static_cast<std::size_t>(kFirstPiece)) return {};
  return vocabulary;
}

std::string_view Vocabulary::piece(int token) const {
  if (token < kFirstByte || token >= kPieces || token >= static_cast<int>(pieces_.size())) return {};
  return pieces_[static_cast<std::size_t>(token)];
}

std::string Vocabulary::text(const std::vector<int>& tokens) const {
  std::string text;
  for (const int token : tokens) text += piece(token);
  return text.starts_with(' ') ? text.substr(1) : text;
}

int Vocabulary::find(std::string_view piece) const {
  const auto found = ids_.find(std::string(piece));
  return found == ids_.end() ? -1 : found->second;
}

std::vector<int> Vocabulary::encode(std::string_view text) const {
  const std::string spaced = " " + std::string(text);
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < spaced.size();) {
    const std::size_t length = std::min(character_length(spaced[at]), spaced.size() - at);
    parts.push_back(std::string_view(spaced).substr(at, length));
    at += length;
  }
  for (;;) {
    int best = -1;
    std::size_t where = 0;
    for (std::size_t n = 0; n + 1 < parts.size(); ++n) {
      const int id = find({parts[n].data(), parts[n].size() + parts[n + 1].size()});
      if (id >= 0 && (best < 0 || id < best)) best = id, where = n;
    }
    if (best < 0) break;
    parts[where] = {parts[where].data(), parts[where].size() + parts[where + 1].size()};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
  std::vector<int> tokens;
  for (const std::string_view part : parts) {
    if (const int id = find(part); id >= 0) {
      tokens.push_back(id);
    } else {
      for (const char byte : part) tokens.push_back(kFirstByte + static_cast<unsigned char>(byte));
    }
  }
  return tokens;
}

}  // namespace sluice::speech
