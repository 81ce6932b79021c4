#include "apps/sluice-transcribe/protocol/form.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace sluice::transcribe {
namespace {

constexpr std::size_t kMaxBoundary = 70;  // RFC 2046 5.1.1

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The parameter `name` of a header field, as in: form-data; name="file"; filename="a.wav".
std::optional<std::string> parameter(std::string_view field, std::string_view name) {
  while (true) {
    const std::size_t semicolon = field.find(';');
    if (semicolon == std::string_view::npos) return std::nullopt;
    field.remove_prefix(semicolon + 1);
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const bool wanted = same_text(trimmed(field.substr(0, equals)), name);
    field = trimmed(field.substr(equals + 1));
    std::string value;
    if (field.starts_with('"')) {
      std::size_t n = 1;
      for (; n < field.size() && field[n] != '"'; ++n) {
        if (field[n] == '\\' && n + 1 < field.size()) ++n;
        value += field[n];
      }
      field.remove_prefix(std::min(n + 1, field.size()));
    } else {
      value = trimmed(field.substr(0, field.find(';')));
    }
    if (wanted) return value;
  }
}

Error malformed(const std::string& what) {
  return {"", "the form is malformed: " + what};
}

// Name and file name from the header of a part.
Status read_header(std::string_view header, FormField& field) {
  while (!header.empty()) {
    const std::size_t end = std::min(header.find("\r\n"), header.size());
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(std::min(end + 2, header.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !same_text(line.substr(0, colon), "Content-Disposition")) continue;
    const auto name = parameter(line, "name");
    if (!name) return malformed("a part has no name");
    field.name = *name;
    field.filename = parameter(line, "filename").value_or("");
    return {};
  }
  return malformed("a part has no Content-Disposition");
}

}  // namespace

Result<std::vector<FormField>> parse_form(std::string_view content_type, std::string_view body) {
  if (!same_text(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
    return std::unexpected(Error{"", "the request is no form: send multipart/form-data"});
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary)
    return std::unexpected(malformed("it has no boundary"));
  const std::string first = "--" + *boundary, next = "\r\n" + first;
  std::size_t at = body.starts_with(first) ? first.size() : body.find(next);
  if (at == std::string_view::npos) return std::unexpected(malformed("its boundary is not in it"));
  if (!body.starts_with(first)) at += next.size();
  std::vector<FormField> fields;
  while (!body.substr(at).starts_with("--")) {
    const std::size_t line = body.find("\r\n", at);
    const std::size_t header = line == std::string_view::npos ? line : line + 2;
    const std::size_t blank = header == std::string_view::npos ? header : body.find("\r\n\r\n", line);
    const std::size_t end = blank == std::string_view::npos ? blank : body.find(next, blank + 2);
    if (end == std::string_view::npos) return std::unexpected(malformed("a part has no end"));
    if (fields.size() == kMaxFormFields) return std::unexpected(malformed("it has too many parts"));
    FormField field;
    const std::string_view lines = blank > header ? body.substr(header, blank - header) : std::string_view{};
    if (Status status = read_header(lines, field); !status) return std::unexpected(status.error());
    const std::size_t value = std::min(blank + 4, end);
    field.value = body.substr(value, end - value);
    fields.push_back(std::move(field));
    at = end + next.size();
  }
  return fields;
}

}  // namespace sluice::transcribe
