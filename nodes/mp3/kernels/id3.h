// ID3 tags: version 2.4 before the music, in UTF-8, and version 1.1 behind it. id3.org: "ID3 tag version 2.4.0 - Main
// structure" and "- Native Frames"; "ID3v1" by E. Kemp, track number by M. Mutschler.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::mp3 {

// Text in UTF-8; what is empty is left out.
struct Id3Fields {
  std::string title, artist, album, year, comment;
  std::string track;                                      // "3" or "3/12"
  std::string genre;                                      // a name, or a number of ID3v1's list
  std::string encoder;                                    // settings
  std::vector<std::pair<std::string, std::string>> user;  // TXXX: name and value
  std::vector<std::uint8_t> cover;                        // a JPEG or PNG file

  bool empty() const;
};

// "image/jpeg", "image/png", or empty for bytes that are neither.
std::string_view picture_type(std::span<const std::uint8_t> bytes);

// The name that a genre has in ID3v1's list, for a number or for a name in any case; empty when it is not listed.
std::string_view genre_name(std::string_view genre);

// The tag's bytes. Equal sizes of all fields give equal sizes of the tag.
std::string id3v2(const Id3Fields& fields);

// ISO 8859-1, cut to the 30 (comment 28) characters there are; other characters become '?'.
std::array<std::uint8_t, 128> id3v1(const Id3Fields& fields);

}  // namespace sluice::mp3
