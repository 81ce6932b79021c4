#include "engine/graph/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/graph/chain.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPath = 4096;  // bytes; PATH_MAX of Linux

bool is_file(const fs::path& path) {
  std::error_code failed;
  return path.native().size() < kLongestPath && fs::is_regular_file(path, failed);
}

// A graph file that can be used as a node says so.
bool offers_ports(const fs::path& path) {
  const Result<std::string> text = read_text_file(path, false);
  return text && text->find("\nexpose:") != std::string::npos;
}

bool could_be_type(std::string_view type) {
  return !type.empty() && type.find('/') == std::string_view::npos && is_name(type.substr(0, type.find('.')));
}

// "mp3.encode" -> "mp3_encode.yaml"
std::string file_of(std::string type) {
  std::ranges::replace(type, '.', '_');
  return type + ".yaml";
}

}  // namespace

const Descriptor* Catalogue::node(const std::string& type) {
  if (!registry_.contains(type)) return nullptr;
  const auto [entry, fresh] = descriptors_.try_emplace(type);
  if (fresh) entry->second = registry_.describe(type);
  return &entry->second;
}

std::optional<std::string> Catalogue::shipped(const std::string& type) const {
  for (const std::string& place : graph_path_)
    if (const fs::path file = fs::path(place) / file_of(type); is_file(file)) return file;
  return {};
}

std::optional<std::string> Catalogue::composite(const std::string& type, const std::string& folder) const {
  if (!could_be_type(type)) return {};
  if (const fs::path file = fs::path(folder) / file_of(type); is_file(file)) return file;
  return shipped(type);
}

std::optional<std::string> Catalogue::shadowed(const std::string& type, const std::string& folder) {
  if (!told_.emplace(type, folder).second) return {};
  const auto used = composite(type, folder), other = shipped(type);
  if (!used || !other || *used == *other) return {};
  const Result<std::string> text = read_text_file(*used, false), hidden = read_text_file(*other, false);
  return text && hidden && *text == *hidden ? std::nullopt : other;
}

std::optional<std::string> Catalogue::used_file(const std::string& path, const std::string& folder) const {
  if (is_file(fs::path(folder) / path)) return fs::path(folder) / path;
  if (is_file(path)) return path;
  for (const std::string& place : graph_path_)
    for (const fs::path& candidate : {fs::path(place) / path, fs::path(place) / fs::path(path).filename()})
      if (is_file(candidate)) return candidate;
  return {};
}

const std::vector<std::string>& Catalogue::types() {
  if (!types_.empty()) return types_;
  types_ = registry_.types();
  for (const auto& [type, file] : composites()) types_.push_back(type);
  std::ranges::sort(types_);
  return types_;
}

std::vector<std::pair<std::string, std::string>> Catalogue::composites() const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& place : graph_path_) {
    std::error_code failed;
    for (const fs::directory_entry& file : fs::directory_iterator(place, failed)) {
      std::string type = file.path().stem();
      const std::size_t underscore = type.find('_');
      if (file.path().extension() != ".yaml" || underscore == std::string::npos || !offers_ports(file.path())) continue;
      type[underscore] = '.';
      if (std::ranges::find(found, type, [](const auto& known) { return known.first; }) == found.end())
        found.emplace_back(std::move(type), file.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

const Document* Catalogue::document(const std::string& path, const Mark& mark, Report& report) {
  const auto [entry, fresh] = documents_.try_emplace(path);
  if (!fresh) return entry->second.get();
  const Result<std::string> text = read_text_file(path, false);
  if (!text) {
    report.error(mark, text.error().text());
    return nullptr;
  }
  auto document = std::make_unique<Document>(path, *text);
  if (document->parse(report)) entry->second = std::move(document);
  return entry->second.get();
}

}  // namespace sluice
