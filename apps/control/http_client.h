// The client side: one request to a control plane, with a time limit.
#pragma once

#include <chrono>
#include <string>

#include "apps/control/address.h"

namespace sluice::control {

struct Call {
  std::string method = "GET";
  std::string target = "/";  // as it goes over the wire
  std::string body = {}, content_type = {};
  std::string token = {};                 // sent as Authorization: Bearer when not empty
  std::chrono::milliseconds time{5'000};  // for everything
};

struct Answer {
  int status = 0;
  std::string body;
};

// Errors: nothing listens there, or does not answer in time. Not realtime-safe.
Result<Answer> call(const Address& address, const Call& call);

}  // namespace sluice::control
