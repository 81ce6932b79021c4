#include "nodes/speech/models.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace sluice::speech {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

fs::path program_folder() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : program.parent_path();
}

}  // namespace

std::string models_folder() {
  if (const char* const named = std::getenv("SLUICE_MODELS"); named && *named) return named;
  const fs::path program = program_folder();
  for (const char* const relative : {"../models", "../share/sluice/models"})
    if (const fs::path folder = (program / relative).lexically_normal(); !program.empty() && is_folder(folder))
      return folder.string();
  return SLUICE_MODELS_FOLDER;
}

std::string how_to_fetch() {
  return "`tools/setup models` fetches it ($SLUICE_MODELS names another folder)";
}

Result<std::string> find_model(std::string_view name, std::string_view where) {
  if (name.find('/') != std::string_view::npos && is_there(name)) return std::string(name);
  const fs::path path = fs::path(models_folder()) / name;
  if (!name.empty() && is_there(path)) return path.string();
  return std::unexpected(
      Error{std::string(where), fmt::format("there is no '{}' in {}; {}", name, models_folder(), how_to_fetch())});
}

}  // namespace sluice::speech
