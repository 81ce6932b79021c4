// The response side: heads and small bodies as text. Every response closes its connection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "nodes/net/http_request.h"

namespace sluice::net {

/// Which web pages of other origins may read what we serve. The microphone behind a loopback server is private, so
/// there only pages that themselves come from this machine may; a published server lets every player in.
struct AccessPolicy {
  bool published = false;  // meant for others: bound beyond loopback, or served on through a proxy

  /// False for a Host name that a server on loopback does not have: a page elsewhere that had its own name point
  /// here (DNS rebinding).
  bool serves_host(std::string_view host) const;

  /// Value of Access-Control-Allow-Origin for `origin`; empty when there is none.
  std::string allowed_origin(std::string_view origin) const;
};

/// What a stream says of itself in its head.
struct StreamHeader {
  std::string content_type, name, genre, description;
  int bitrate_kbps = 0;           // 0: not known yet, not sent
  std::size_t meta_interval = 0;  // icy-metaint; 0 when the client did not ask
};

std::string stream_head(const StreamHeader& stream, std::string_view allow_origin);

/// The head of a stream of server-sent events.
std::string event_stream_head(std::string_view allow_origin);

/// A whole response with `body`; for HEAD the same head without it. `extra` holds further header lines.
std::string document(int status, std::string_view content_type, std::string_view body, std::string_view allow_origin,
                     bool head_only, std::string_view extra = {});

/// A refusal with its sentence as plain text.
std::string refusal(const HttpError& error, std::string_view allow_origin, bool head_only);

/// 204: what may be asked of a resource, and what a browser may send from another origin.
std::string options_response(std::string_view allow_origin);

}  // namespace sluice::net
