#include "apps/common/plugins.h"

#include <cstdlib>
#include <sstream>

#include "engine/node/plugin_loader.h"

namespace sluice::apps {
namespace {

void load_each(const std::vector<std::string>& files, const std::string& named_by, std::vector<Diagnostic>& errors) {
  for (const std::string& file : files)
    if (const Status status = load_plugin(file, Registry::global()); !status)
      errors.push_back({.mark = {.file = named_by}, .message = status.error().text()});
}

std::vector<std::string> files_of_environment() {
  std::vector<std::string> files;
  if (const char* variable = std::getenv("SLUICE_PLUGINS")) {
    std::istringstream list(variable);
    for (std::string file; std::getline(list, file, ':');)
      if (!file.empty()) files.push_back(file);
  }
  return files;
}

}  // namespace

std::vector<Diagnostic> load_plugins(const std::vector<std::string>& files) {
  std::vector<Diagnostic> errors;
  load_each(files_of_environment(), "SLUICE_PLUGINS", errors);
  load_each(files, "--plugin", errors);
  return errors;
}

}  // namespace sluice::apps
