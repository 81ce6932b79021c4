#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "nodes/speech/models.h"
#include "nodes/speech/sherpa_config.h"

namespace sluice::speech {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 64 * 1024;  // of a file of settings

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto from = text.find_first_not_of(kBlanks);
  return from == std::string_view::npos ? "" : text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<SherpaSettings> parse(std::string_view text, const std::string& where) {
  SherpaSettings settings;
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find_first_of(";\n"));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    item = trimmed(item);
    if (item.empty() || item.starts_with('#')) continue;
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || trimmed(item.substr(0, equals)).empty())
      return std::unexpected(Error{
          where, fmt::format("'{}' is neither KEY=VALUE, as in whisper.encoder=encoder.onnx, nor a file of such lines",
                             item)});
    const std::string key(trimmed(item.substr(0, equals)));
    if (!settings.emplace(key, trimmed(item.substr(equals + 1))).second)
      return std::unexpected(Error{where, fmt::format("'{}' is set twice", key)});
  }
  if (settings.empty()) return std::unexpected(Error{where, "names no model"});
  return settings;
}

// Each of the paths between commas, from `folder` where it is there.
std::string placed(const std::string& value, const fs::path& folder) {
  std::string all;
  for (std::string_view rest = value; !rest.empty();) {
    const std::string one(rest.substr(0, rest.find(',')));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    all += (all.empty() ? "" : ",") + (is_there(folder / one) ? (folder / one).string() : one);
  }
  return all;
}

}  // namespace

Result<SherpaSettings> read_sherpa_settings(const std::string& text, const std::string& where) {
  if (text.find('=') != std::string::npos) return parse(text, where);
  const auto path = find_model(text, where);
  if (!path)
    return std::unexpected(Error{where, fmt::format("'{}' is neither KEY=VALUE; KEY=VALUE nor a file of such lines, in "
                                                    "the folder of models ({}) or with its path",
                                                    text, models_folder())});
  std::error_code failed;
  const auto bytes = fs::file_size(*path, failed);  // fails for a folder
  if (failed || bytes > kMostBytes)
    return std::unexpected(Error{where, fmt::format("{} cannot be read as a file of settings", *path)});
  std::ifstream file(*path);
  const std::string lines{std::istreambuf_iterator<char>(file), {}};
  auto settings = parse(lines, where);
  if (!settings) return std::unexpected(Error{where, fmt::format("{}: {}", *path, settings.error().message)});
  const fs::path folder = fs::absolute(*path).parent_path();
  for (auto& [key, value] : *settings) value = placed(value, folder);
  return settings;
}

}  // namespace sluice::speech
