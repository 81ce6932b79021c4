// Loads plug-ins (plugin.h) into a registry.
#pragma once

#include <string>

#include "engine/core/result.h"
#include "engine/node/plugin.h"

namespace sluice {

// The last thing to be checked before code of a plug-in runs: made for this engine, by this compiler and library?
// `file` stands before the message; the message says what to do.
Status check_plugin(const SluicePlugin& plugin, const std::string& file);

// Adds its nodes, all or none: each is made once, and none may have the type of another.
Status register_plugin(const SluicePlugin& plugin, const std::string& file, Registry& registry);

// Loads the shared library `file` (a path, not a name along the library path) and adds its nodes. A file that is loaded
// already adds nothing. On failure the library is closed and the registry as before. It stays loaded until the process
// ends: nodes may be made at any time. Not real-time safe; as Registry::add() with other threads.
// A plug-in is code: what it does is done with the rights of the process.
Status load_plugin(const std::string& file, Registry& registry);

// Whether load_plugin(file) has added nodes to `registry`. Any thread, as Registry's questions.
bool is_plugin_loaded(const std::string& file, const Registry& registry);

}  // namespace sluice
