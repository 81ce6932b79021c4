// JSON of strings that may hold anything.
#pragma once

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

namespace sluice::transcribe {

// U+FFFD in place of what is not UTF-8.
inline std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The object that a message holds; null when it holds none.
inline nlohmann::json object_of(std::string_view message) {
  nlohmann::json value = nlohmann::json::parse(message, nullptr, false);
  return value.is_object() ? value : nlohmann::json{};
}

// Values of a stranger's object: the one given where there is none of that type.
inline std::string text_or(const nlohmann::json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}
inline double number_or(const nlohmann::json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}
// Hz; some clients send a text.
inline double rate_or(const nlohmann::json& object, const char* key, double otherwise) {
  const std::string text = text_or(object, key, "");
  return text.empty() ? number_or(object, key, otherwise) : std::atof(text.c_str());
}
inline bool flag_or(const nlohmann::json& object, const char* key, bool otherwise) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  if (found->is_number()) return found->get<double>() != 0;
  return found->is_boolean() ? found->get<bool>() : otherwise;
}

}  // namespace sluice::transcribe
