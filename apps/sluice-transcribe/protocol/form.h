// multipart/form-data, RFC 7578: what an HTML form, curl -F and the OpenAI clients send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace sluice::transcribe {

struct FormField {
  std::string name, filename;
  std::string_view value;  // within the body
};

inline constexpr std::size_t kMaxFormFields = 100;

// The fields of a body whose Content-Type is given. An error says what a client did wrong.
Result<std::vector<FormField>> parse_form(std::string_view content_type, std::string_view body);

}  // namespace sluice::transcribe
