#include "nodes/llm/chat_api.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace sluice::llm {
namespace {

using nlohmann::json;

constexpr std::size_t kMostOfAMessage = 300;  // bytes of a server's own words

// {"error": {"message": "..."}}, {"error": "..."} or, from FastAPI, {"detail": "..."}.
std::optional<std::string> message_of(const json& object) {
  if (!object.is_object()) return std::nullopt;
  const auto text = [](const json& value) -> std::optional<std::string> {
    if (value.is_string()) return value.get<std::string>().substr(0, kMostOfAMessage);
    return std::nullopt;
  };
  for (const char* key : {"error", "detail"}) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) continue;
    if (found->is_object() && found->contains("message")) return text((*found)["message"]);
    return text(*found).value_or("an error that it does not describe");
  }
  return std::nullopt;
}

}  // namespace

std::string request_body(const ChatRequest& request, std::string_view model) {
  json body{{"model", model},
            {"stream", true},
            {"temperature", request.sampling.temperature},
            {"max_tokens", request.max_tokens}};
  for (const ChatMessage& message : request.messages)
    body["messages"].push_back({{"role", message.role}, {"content", message.content}});
  if (request.sampling.top_p < 1) body["top_p"] = request.sampling.top_p;
  if (request.sampling.top_k > 0) body["top_k"] = request.sampling.top_k;
  if (request.sampling.temperature > 0) body["seed"] = request.sampling.seed;
  if (!request.stop.empty()) body["stop"] = request.stop;
  if (request.json) body["response_format"] = {{"type", "json_object"}};
  if (!request.grammar.empty()) body["grammar"] = request.grammar;  // llama-server's own
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Chunk> parse_chunk(std::string_view text) try {
  const json object = json::parse(text);
  if (const auto message = message_of(object)) return std::unexpected(Error{"server", *message});
  const json& choices = object.at("choices");
  if (choices.empty()) return Chunk{};  // usage alone
  const auto& choice = choices.at(0).get_ref<const json::object_t&>();
  Chunk chunk;
  for (const char* part : {"delta", "message"})
    if (const auto found = choice.find(part); found != choice.end() && found->second.contains("content"))
      if (const json& content = found->second.at("content"); content.is_string())
        chunk.content = content.get<std::string>();
  const auto reason = choice.find("finish_reason");
  chunk.finished = reason != choice.end() && !reason->second.is_null();
  return chunk;
} catch (const json::exception&) {
  return std::unexpected(Error{"server", "what it sends is not a chat completion"});
}

std::string error_text(int status, std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  const auto message = object.is_discarded() ? std::nullopt : message_of(object);
  return message ? fmt::format("HTTP {}: {}", status, *message) : fmt::format("HTTP {}", status);
}

}  // namespace sluice::llm
