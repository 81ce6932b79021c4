#include "engine/node/plugin_loader.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <string_view>

#include "engine/core/shared_library.h"

namespace sluice {
namespace {

struct Closer {
  void operator()(void* library) const { ::dlclose(library); }
};
using Library = std::unique_ptr<void, Closer>;

constexpr const char* kRemedy = "build it again with the headers that this sluice installs";

// What the dynamic linker says, in words that lead on.
std::string link_failure(const std::string& file) {
  std::string reason = ::dlerror();
  if (reason.starts_with(file + ": ")) reason.erase(0, file.size() + 2);
  const auto says = [&](std::string_view text) { return reason.find(text) != std::string::npos; };
  if (reason.starts_with("cannot open shared object file: No such file"))  // it is there, but passed over
    return "is a library for another kind of machine: build it for this one";
  if (says("ELF") || says("file too short") || says("invalid"))
    return fmt::format("is not a shared library for this machine ({}): link it with -shared", reason);
  if (says("undefined symbol"))
    return fmt::format("needs what this sluice does not have ({}): link what it uses, or {}", reason, kRemedy);
  return fmt::format("cannot be loaded: {}", reason);
}

// One name for one file; with a slash in it, since dlopen searches for bare names.
std::string path_of(const std::string& file) {
  std::error_code failed;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(file, failed), failed).string();
}

Result<Library> open_library(const std::string& file) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    return std::unexpected(Error{file, failed || !std::filesystem::exists(file, failed)
                                           ? "there is no such plug-in: give the path of its .so file"
                                           : "is not a file: give the path of a plug-in's .so file"});
  const std::string path = path_of(file);
  if (is_cut_off(path)) return std::unexpected(Error{file, "is cut off: copy or link it again"});
  Library library(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library) return std::unexpected(Error{file, link_failure(path)});
  return library;
}

// The node is made and described, so that what is wrong with it shows now.
Status add_node(const NodeRecord* record, const std::string& file, Registry& registry) {
  if (!record || !record->type || !*record->type || !record->doc || !record->make)
    return Error{file, "registers a node without a type, a sentence or a class"};
  if (registry.contains(record->type)) {
    const std::string other = registry.describe(record->type).plugin;
    return Error{file, fmt::format("there is a node type '{}' already ({}): rename one of them", record->type,
                                   other.empty() ? "built in" : "of " + other)};
  }
  try {
    registry.add(*record, path_of(file));
    registry.describe(record->type);
    return {};
  } catch (const std::exception& error) {
    return Error{file, fmt::format("its node '{}' cannot be made: {}", record->type, error.what())};
  } catch (...) {
    return Error{file, fmt::format("its node '{}' cannot be made: its constructor throws", record->type)};
  }
}

bool is_loaded(const SluicePlugin& plugin, const std::string& file, const Registry& registry) {
  if (plugin.first == plugin.last || !registry.contains((*plugin.first)->type)) return false;
  return registry.describe((*plugin.first)->type).plugin == path_of(file);
}

}  // namespace

Status check_plugin(const SluicePlugin& plugin, const std::string& file) {
  if (plugin.abi != kPluginAbi || plugin.bytes != sizeof(SluicePlugin))
    return Error{file,
                 fmt::format("is a plug-in of ABI {}, and this sluice takes {}: {}", plugin.abi, kPluginAbi, kRemedy)};
  if (std::string_view(plugin.engine) != kEngineVersion)
    return Error{file,
                 fmt::format("was built for sluice {}, and this is {}: {}", plugin.engine, kEngineVersion, kRemedy)};
  if (std::string_view(plugin.toolchain) != kToolchain)
    return Error{file, fmt::format("was built with {}, and this sluice with {}: build it with the same",
                                   plugin.toolchain, kToolchain)};
  if (plugin.layout != node_layout())
    return Error{file, fmt::format("was built with other headers of sluice {}: {}", kEngineVersion, kRemedy)};
  return {};
}

Status register_plugin(const SluicePlugin& plugin, const std::string& file, Registry& registry) {
  if (plugin.first == plugin.last) return Error{file, "registers no node: its nodes end with REGISTER_NODE(...)"};
  Registry with_it = registry;
  for (const NodeRecord* const* record = plugin.first; record != plugin.last; ++record)
    if (Status status = add_node(*record, file, with_it); !status) return status;
  registry = std::move(with_it);
  return {};
}

bool is_plugin_loaded(const std::string& file, const Registry& registry) {
  return registry.has_plugin(path_of(file));
}

Status load_plugin(const std::string& file, Registry& registry) {
  Result<Library> library = open_library(file);
  if (!library) return library.error();
  const auto entry = reinterpret_cast<decltype(&sluice_plugin)>(::dlsym(library->get(), "sluice_plugin"));
  if (!entry)
    return Error{file, "is a shared library but no plug-in: one of its files must say SLUICE_PLUGIN(\"its name\")"};
  const SluicePlugin* const plugin = entry();
  if (!plugin) return Error{file, "is no plug-in: its sluice_plugin() returns nothing"};
  if (Status status = check_plugin(*plugin, file); !status) return status;
  if (is_loaded(*plugin, file, registry)) return {};
  if (Status status = register_plugin(*plugin, file, registry); !status) return status;
  library->release();
  return {};
}

}  // namespace sluice
