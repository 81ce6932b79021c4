// SHOUTcast/Icecast in-band metadata: after every `icy-metaint` bytes of audio one length byte (in units of 16 bytes)
// and that much text, padded with zeros. An unchanged title is the single byte 0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::net {

/// Audio bytes between two metadata blocks; what Icecast uses, so what clients are tried with.
constexpr std::size_t kIcyMetaInterval = 16000;

/// `text` as one line of valid UTF-8: each malformed sequence becomes U+FFFD, each control character a space; cut at
/// a character boundary to at most `max_bytes`. Allocates.
std::string clean_utf8(std::string_view text, std::size_t max_bytes = 4096);

/// The metadata block that announces `title`: at most 1 + 255 * 16 bytes, always 1 + a multiple of 16.
/// A "';" inside the title would end it early in every client: its apostrophe becomes U+2019.
std::string icy_metadata_block(std::string_view title);

}  // namespace sluice::net
