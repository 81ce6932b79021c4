#include "nodes/speech/models.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "engine/core/shared_library.h"

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

Result<void*> load_library(std::string_view name, std::string_view what, int flags,
                           std::initializer_list<std::string_view> needs) {
  const auto failure = [what](const std::string& why) {
    return std::unexpected(Error{"model", fmt::format("{} cannot be loaded: {}", what, why)});
  };
  const auto found = find_model(name, "model");
  if (!found) return std::unexpected(found.error());
  std::error_code ignored;
  const fs::path path = fs::weakly_canonical(*found, ignored);  // the linker looks for others beside the file itself
  std::vector<fs::path> files{path};
  for (const std::string_view other : needs) files.push_back(path.parent_path() / other);
  for (const fs::path& file : files)
    if (is_cut_off(file))
      return failure(fmt::format("{} is cut off; remove it, then {}", file.string(), how_to_fetch()));
  void* const library = ::dlopen(path.c_str(), flags);
  if (!library) return failure(::dlerror());
  return library;
}

}  // namespace sluice::speech
