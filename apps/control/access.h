// Who may use a control plane: on loopback the programs of this machine, elsewhere those who know the token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/control/http.h"
#include "engine/core/result.h"

namespace sluice::control {

// Thread-safe. Nothing here is ever printed or logged.
class Access {
 public:
  // `loopback`: bound to this machine only. `token`: asked of every request when not empty.
  Access(bool loopback, std::string token) : loopback_(loopback), token_(std::move(token)) {}

  // Nothing when the request may be answered. Refused are: on loopback a Host that this machine does not have (a page
  // elsewhere that had its own name point here: DNS rebinding), 421; a web page of another origin (CSRF), 403; a
  // request without the token (Authorization: Bearer TOKEN, RFC 6750, or ?token=TOKEN), 401.
  std::optional<Response> refuse(const Request& request) const;

 private:
  bool knows_token(const Request& request) const;

  bool loopback_;
  std::string token_;
};

// Takes as long for a wrong text as for the right one, whatever their contents.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// $SLUICE_CONTROL_TOKEN, else the first line of the file that $SLUICE_CONTROL_TOKEN_FILE names; empty when neither is
// set. Errors: an unreadable file; a token shorter than 16 characters or with others than visible ASCII.
Result<std::string> token_of_environment();

}  // namespace sluice::control
