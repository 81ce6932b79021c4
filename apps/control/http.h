// HTTP as the rest of the control plane sees it: plain values, whatever library carries them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sluice::control {

struct Request {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, begins with '/'
  std::string query;   // as sent, without the question mark
  std::string host;    // Host field with its port; empty when not sent
  std::string origin;  // Origin field; empty when not sent
  std::string authorization, content_type;
  std::string body;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields = {};  // further header fields
};

// {"error": message}.
Response refusal(int status, const std::string& message);

}  // namespace sluice::control
