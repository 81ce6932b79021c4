#include "nodes/mp3/kernels/id3.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::mp3 {
namespace {

// ID3v1's list and Winamp's extension of it, as in appendix A of the ID3v2.3 document.
constexpr std::array<std::string_view, 126> kGenres = {"Blues",
                                                       "Classic Rock",
                                                       "Country",
                                                       "Dance",
                                                       "Disco",
                                                       "Funk",
                                                       "Grunge",
                                                       "Hip-Hop",
                                                       "Jazz",
                                                       "Metal",
                                                       "New Age",
                                                       "Oldies",
                                                       "Other",
                                                       "Pop",
                                                       "R&B",
                                                       "Rap",
                                                       "Reggae",
                                                       "Rock",
                                                       "Techno",
                                                       "Industrial",
                                                       "Alternative",
                                                       "Ska",
                                                       "Death Metal",
                                                       "Pranks",
                                                       "Soundtrack",
                                                       "Euro-Techno",
                                                       "Ambient",
                                                       "Trip-Hop",
                                                       "Vocal",
                                                       "Jazz+Funk",
                                                       "Fusion",
                                                       "Trance",
                                                       "Classical",
                                                       "Instrumental",
                                                       "Acid",
                                                       "House",
                                                       "Game",
                                                       "Sound Clip",
                                                       "Gospel",
                                                       "Noise",
                                                       "AlternRock",
                                                       "Bass",
                                                       "Soul",
                                                       "Punk",
                                                       "Space",
                                                       "Meditative",
                                                       "Instrumental Pop",
                                                       "Instrumental Rock",
                                                       "Ethnic",
                                                       "Gothic",
                                                       "Darkwave",
                                                       "Techno-Industrial",
                                                       "Electronic",
                                                       "Pop-Folk",
                                                       "Eurodance",
                                                       "Dream",
                                                       "Southern Rock",
                                                       "Comedy",
                                                       "Cult",
                                                       "Gangsta",
                                                       "Top 40",
                                                       "Christian Rap",
                                                       "Pop/Funk",
                                                       "Jungle",
                                                       "Native American",
                                                       "Cabaret",
                                                       "New Wave",
                                                       "Psychadelic",
                                                       "Rave",
                                                       "Showtunes",
                                                       "Trailer",
                                                       "Lo-Fi",
                                                       "Tribal",
                                                       "Acid Punk",
                                                       "Acid Jazz",
                                                       "Polka",
                                                       "Retro",
                                                       "Musical",
                                                       "Rock & Roll",
                                                       "Hard Rock",
                                                       "Folk",
                                                       "Folk-Rock",
                                                       "National Folk",
                                                       "Swing",
                                                       "Fast Fusion",
                                                       "Bebob",
                                                       "Latin",
                                                       "Revival",
                                                       "Celtic",
                                                       "Bluegrass",
                                                       "Avantgarde",
                                                       "Gothic Rock",
                                                       "Progressive Rock",
                                                       "Psychedelic Rock",
                                                       "Symphonic Rock",
                                                       "Slow Rock",
                                                       "Big Band",
                                                       "Chorus",
                                                       "Easy Listening",
                                                       "Acoustic",
                                                       "Humour",
                                                       "Speech",
                                                       "Chanson",
                                                       "Opera",
                                                       "Chamber Music",
                                                       "Sonata",
                                                       "Symphony",
                                                       "Booty Bass",
                                                       "Primus",
                                                       "Porn Groove",
                                                       "Satire",
                                                       "Slow Jam",
                                                       "Club",
                                                       "Tango",
                                                       "Samba",
                                                       "Folklore",
                                                       "Ballad",
                                                       "Power Ballad",
                                                       "Rhythmic Soul",
                                                       "Freestyle",
                                                       "Duet",
                                                       "Punk Rock",
                                                       "Drum Solo",
                                                       "A capella",
                                                       "Euro-House",
                                                       "Dance Hall"};
constexpr std::uint8_t kNoGenre = 255;
constexpr char kUtf8 = 3;        // text encoding byte, 2.4 4.
constexpr char kFrontCover = 3;  // picture type, 2.4 4.14.

using Tag = std::string;  // bytes

// A number in four bytes of seven bits each. 2.4 6.2.
void append_synchsafe(Tag& out, std::size_t value) {
  for (int shift = 21; shift >= 0; shift -= 7) out += static_cast<char>(value >> shift & 0x7f);
}

void append_frame(Tag& out, std::string_view id, const Tag& body) {
  out += id;
  append_synchsafe(out, body.size());
  out.append(2, '\0');  // flags
  out += body;
}

void append_text(Tag& out, std::string_view id, std::string_view text) {
  if (text.empty()) return;
  Tag body(1, kUtf8);
  body += text;
  append_frame(out, id, body);
}

void append_comment(Tag& out, std::string_view text) {
  if (text.empty()) return;
  Tag body(1, kUtf8);
  body.append(3, 'X');  // a language that is not known
  body += '\0';         // no description
  body += text;
  append_frame(out, "COMM", body);
}

void append_user_text(Tag& out, std::string_view name, std::string_view value) {
  Tag body(1, kUtf8);
  body += name;
  body += '\0';
  body += value;
  append_frame(out, "TXXX", body);
}

void append_picture(Tag& out, std::span<const std::uint8_t> picture) {
  if (picture.empty()) return;
  Tag body(1, '\0');  // the description's encoding
  body += picture_type(picture);
  body += '\0';
  body += kFrontCover;
  body += '\0';  // no description
  body.append(picture.begin(), picture.end());
  append_frame(out, "APIC", body);
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::size_t> genre_number(std::string_view genre) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(genre.data(), genre.data() + genre.size(), number);
  if (error == std::errc{} && end == genre.data() + genre.size() && number < kGenres.size()) return number;
  const auto at = std::ranges::find_if(kGenres, [genre](std::string_view name) { return same_word(name, genre); });
  if (at == kGenres.end()) return std::nullopt;
  return static_cast<std::size_t>(at - kGenres.begin());
}

std::string latin1(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i++]);
    std::uint32_t c = lead < 0x80 ? lead : lead & (lead < 0xe0 ? 0x1fu : lead < 0xf0 ? 0x0fu : 0x07u);
    for (; i < utf8.size() && (static_cast<unsigned char>(utf8[i]) & 0xc0) == 0x80; ++i)
      c = c << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3fu);
    out += c < 0x100 ? static_cast<char>(c) : '?';
  }
  return out;
}

}  // namespace

bool Id3Fields::empty() const {
  for (const std::string* field : {&title, &artist, &album, &year, &comment, &track, &genre})
    if (!field->empty()) return false;
  return user.empty() && cover.empty();
}

std::string_view picture_type(std::span<const std::uint8_t> bytes) {
  constexpr std::array<std::uint8_t, 3> kJpeg = {0xff, 0xd8, 0xff};
  constexpr std::array<std::uint8_t, 4> kPng = {0x89, 'P', 'N', 'G'};
  if (bytes.size() >= kJpeg.size() && std::ranges::equal(bytes.first(kJpeg.size()), kJpeg)) return "image/jpeg";
  if (bytes.size() >= kPng.size() && std::ranges::equal(bytes.first(kPng.size()), kPng)) return "image/png";
  return {};
}

std::string_view genre_name(std::string_view genre) {
  const auto number = genre_number(genre);
  return number ? kGenres[*number] : std::string_view{};
}

std::string id3v2(const Id3Fields& fields) {
  Tag frames;
  append_text(frames, "TIT2", fields.title);
  append_text(frames, "TPE1", fields.artist);
  append_text(frames, "TALB", fields.album);
  append_text(frames, "TDRC", fields.year);
  append_text(frames, "TRCK", fields.track);
  const std::string_view listed = genre_name(fields.genre);
  append_text(frames, "TCON", listed.empty() ? std::string_view(fields.genre) : listed);
  append_comment(frames, fields.comment);
  append_text(frames, "TSSE", fields.encoder);
  for (const auto& [name, value] : fields.user) append_user_text(frames, name, value);
  append_picture(frames, fields.cover);
  Tag tag = "ID3";
  tag += {4, 0, 0};  // version 2.4.0, no flags
  append_synchsafe(tag, frames.size());
  return tag + frames;
}

std::array<std::uint8_t, 128> id3v1(const Id3Fields& fields) {
  std::array<std::uint8_t, 128> tag{};
  const auto put = [&tag](std::size_t at, std::size_t size, std::string_view utf8) {
    const std::string text = latin1(utf8);
    std::copy_n(text.begin(), std::min(size, text.size()), tag.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, 3, "TAG");
  put(3, 30, fields.title);
  put(33, 30, fields.artist);
  put(63, 30, fields.album);
  put(93, 4, fields.year);
  unsigned track = 0;
  std::from_chars(fields.track.data(), fields.track.data() + fields.track.size(), track);
  const bool numbered = track > 0 && track < 256;
  put(97, numbered ? 28 : 30, fields.comment);
  if (numbered) tag[126] = static_cast<std::uint8_t>(track);
  const auto genre = genre_number(fields.genre);
  tag[127] = genre ? static_cast<std::uint8_t>(*genre) : kNoGenre;
  return tag;
}

}  // namespace sluice::mp3
