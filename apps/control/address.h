// Where a control plane is: "[ADDRESS:]PORT".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace sluice::control {

// True for the names and addresses of the machine itself: "localhost", "127.0.0.1", "::1", "x.localhost".
bool is_loopback_name(std::string_view host);

struct Address {
  std::string host = "127.0.0.1";  // an IP address, or a name to be resolved by a client
  std::uint16_t port = 8001;       // 0, where one listens: any free port

  bool operator==(const Address&) const = default;
  bool loopback() const { return is_loopback_name(host); }  // only this machine gets there
  std::string text() const;                                 // "127.0.0.1:8001", "[::1]:8001"
};

// "8002", "0.0.0.0:8001", "[::1]:8001", "studio:8001", "http://studio:8001/". Empty: the default.
Result<Address> parse_address(std::string_view text);

}  // namespace sluice::control
