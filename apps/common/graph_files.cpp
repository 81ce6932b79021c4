#include "apps/common/graph_files.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace sluice::apps {
namespace fs = std::filesystem;

std::vector<std::string> graph_path() {
  std::vector<std::string> folders;
  if (const char* variable = std::getenv("SLUICE_GRAPHS")) {
    std::istringstream list(variable);
    for (std::string folder; std::getline(list, folder, ':');)
      if (!folder.empty()) folders.push_back(folder);
  }
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) folders.push_back((program.parent_path().parent_path() / "share/sluice/graphs").string());
  return folders;
}

std::string find_graph(const std::string& name) {
  std::error_code failed;
  if (fs::exists(name, failed) && !fs::is_directory(name, failed)) return name;
  return find_own_graph(name);
}

std::string find_own_graph(const std::string& name) {
  std::error_code failed;
  for (const std::string& folder : graph_path())
    for (const std::string& file : {name, name + ".yaml"})
      if (fs::is_regular_file(fs::path(folder) / file, failed)) return (fs::path(folder) / file).string();
  return name;
}

}  // namespace sluice::apps
