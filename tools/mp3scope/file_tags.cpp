#include "tools/mp3scope/file_tags.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::mp3scope {
namespace {

std::uint32_t big_endian(Bytes bytes, std::size_t at, int bits_each) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << bits_each | bytes[at + i];
  return value;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
  } else if (c < 0x10000) {
    out += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
            static_cast<char>(0x80 | (c & 0x3f))};
  } else {
    out += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
            static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
  }
}

std::string from_latin1(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes)
    if (byte != 0) append_utf8(out, byte);
  return out;
}

std::string from_utf16(Bytes bytes, bool big) {
  std::string out;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint32_t unit = big ? bytes[i] << 8 | bytes[i + 1] : bytes[i + 1] << 8 | bytes[i];
    if (unit == 0xfffe) {
      big = !big;
    } else if (unit >= 0xd800 && unit < 0xdc00) {
      high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      append_utf8(out, 0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)));
    } else if (unit != 0xfeff && unit != 0) {
      append_utf8(out, unit);
    }
  }
  return out;
}

// Encoding byte first: ID3v2.4, 4.
std::string from_id3_text(Bytes bytes) {
  if (bytes.empty()) return {};
  const Bytes text = bytes.subspan(1);
  if (bytes[0] == 1) return from_utf16(text, false);
  if (bytes[0] == 2) return from_utf16(text, true);
  if (bytes[0] == 0) return from_latin1(text);
  std::string out(text.begin(), text.end());
  std::erase(out, '\0');
  return out;
}

std::string id3_value(std::string_view id, Bytes body) {
  if (id == "APIC" && body.size() > 2) {
    const auto mime_end = std::find(body.begin() + 1, body.end(), 0);
    return fmt::format("{}, {} bytes", std::string(body.begin() + 1, mime_end), body.size());
  }
  if (id == "COMM" && body.size() > 4) {
    std::vector<std::uint8_t> text(body.begin() + 4, body.end());  // behind the language
    text.insert(text.begin(), body[0]);
    return from_id3_text(text);
  }
  if (id == "TXXX" && !body.empty() && (body[0] == 0 || body[0] == 3)) {
    const auto end = std::find(body.begin() + 1, body.end(), 0);
    return std::string(body.begin() + 1, end) + " = " + std::string(std::min(end + 1, body.end()), body.end());
  }
  if (id.starts_with('T')) return from_id3_text(body);
  if (id.starts_with('W')) return from_latin1(body);
  return fmt::format("{} bytes", body.size());
}

FileTag read_id3v2(Bytes file, const Piece& piece) {
  const Bytes tag = file.subspan(piece.offset, piece.size);
  FileTag out{
      .kind = fmt::format("ID3v2.{}", tag[3]), .offset = piece.offset, .size = piece.size, .fields = {}, .fault = {}};
  const std::size_t promised = 10 + big_endian(tag, 6, 7) + ((tag[5] & 0x10) != 0 ? 10 : 0);
  if (promised > tag.size()) out.fault = fmt::format("{} bytes, but the file has only {}", promised, tag.size());
  if (tag[3] < 3 || tag[3] > 4) return out;  // ID3v2.2 has frames of another shape
  std::size_t at = 10;
  if ((tag[5] & 0x40) != 0 && at + 4 <= tag.size())  // extended header: v2.3 does not count its own size field
    at += tag[3] == 4 ? big_endian(tag, at, 7) : 4 + static_cast<std::size_t>(big_endian(tag, at, 8));
  while (at + 10 <= tag.size() && tag[at] != 0) {
    const std::string id(tag.begin() + static_cast<std::ptrdiff_t>(at),
                         tag.begin() + static_cast<std::ptrdiff_t>(at) + 4);
    const std::size_t size = big_endian(tag, at + 4, tag[3] == 4 ? 7 : 8);
    if (!std::ranges::all_of(id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }) ||
        size > tag.size() - at - 10) {
      out.fault = fmt::format("frame at byte {} runs beyond the tag or has no name", piece.offset + at);
      return out;
    }
    out.fields.emplace_back(id, id3_value(id, tag.subspan(at + 10, size)));
    at += 10 + size;
  }
  return out;
}

FileTag read_id3v1(Bytes file, const Piece& piece) {
  const Bytes tag = file.subspan(piece.offset, piece.size);
  const bool has_track = tag[125] == 0 && tag[126] != 0;
  FileTag out{
      .kind = has_track ? "ID3v1.1" : "ID3v1", .offset = piece.offset, .size = piece.size, .fields = {}, .fault = {}};
  const auto field = [&](const char* name, std::size_t at, std::size_t size) {
    std::string text = from_latin1(tag.subspan(at, size));
    text.erase(text.find_last_not_of(' ') + 1);
    if (!text.empty()) out.fields.emplace_back(name, text);
  };
  field("title", 3, 30);
  field("artist", 33, 30);
  field("album", 63, 30);
  field("year", 93, 4);
  field("comment", 97, has_track ? 28 : 30);
  if (has_track) out.fields.emplace_back("track", fmt::format("{}", tag[126]));
  out.fields.emplace_back("genre", fmt::format("{}", tag[127]));
  return out;
}

FileTag plain(const Piece& piece, const char* kind) {
  return {.kind = kind, .offset = piece.offset, .size = piece.size, .fields = {}, .fault = {}};
}

}  // namespace

FileTags read_tags(Bytes file, const FileReport& report) {
  FileTags tags;
  for (const Piece& piece : report.tags) {
    if (piece.kind == PieceKind::kId3v2) tags.push_back(read_id3v2(file, piece));
    if (piece.kind == PieceKind::kId3v1) tags.push_back(read_id3v1(file, piece));
    if (piece.kind == PieceKind::kApe) tags.push_back(plain(piece, "APE"));
    if (piece.kind == PieceKind::kLyrics3) tags.push_back(plain(piece, "Lyrics3"));
  }
  return tags;
}

}  // namespace sluice::mp3scope
