// What a source client and an Icecast server say to each other, as text. Icecast 2.4.4, tried.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "nodes/net/icecast_source.h"
#include "nodes/net/kernels/mp3_frame.h"

namespace sluice::net {

/// The request that opens a stream: PUT, Expect: 100-continue, ice-* fields. Holds the password.
std::string put_request(const IcecastConfig& config, const std::optional<Mp3Frame>& stream);

/// The request that tells listeners what plays now (/admin/metadata). Holds the password.
std::string title_request(const IcecastConfig& config, std::string_view title);

/// The status code of a response head; 0 when it is not HTTP.
int response_status(std::string_view head);

/// Why a server did not take the stream, for people: "the password is wrong (401)".
std::string refusal_text(std::string_view head);

}  // namespace sluice::net
