#include "nodes/net/kernels/icy.h"

#include <cstdint>

namespace sluice::net {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kApostrophe = "\xE2\x80\x99";   // U+2019

// Length of the well-formed UTF-8 sequence at the front of `text`, or 0 (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if ((lead & 0xF0) == 0xE0) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0, surrogate = lead == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90, beyond = lead == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string clean_utf8(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    std::string_view piece = length == 0 ? kReplacement : text.substr(0, length);
    if (length == 1 && (static_cast<std::uint8_t>(text[0]) < 0x20 || text[0] == 0x7F)) piece = " ";
    if (clean.size() + piece.size() > max_bytes) break;
    clean += piece;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

std::string icy_metadata_block(std::string_view title) {
  constexpr std::string_view kOpen = "StreamTitle='", kClose = "';";
  constexpr std::size_t kMaxText = 255 * 16;
  std::string escaped;
  for (std::size_t i = 0; i < title.size(); ++i) {
    const bool ends_early = title[i] == '\'' && i + 1 < title.size() && title[i + 1] == ';';
    escaped += ends_early ? kApostrophe : title.substr(i, 1);
  }
  std::string text{kOpen};
  text += clean_utf8(escaped, kMaxText - kOpen.size() - kClose.size());
  text += kClose;
  const std::size_t units = (text.size() + 15) / 16;
  text.resize(units * 16, '\0');
  return static_cast<char>(units) + text;
}

}  // namespace sluice::net
