// Plug-ins of a program: those that its user names, and those of the environment.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/spec.h"

namespace sluice::apps {

// Loads the files of $SLUICE_PLUGINS (with ':' between them) and then `files` into the global registry; what is loaded
// already stays. An error for each that is refused. Before other threads use the registry.
std::vector<Diagnostic> load_plugins(const std::vector<std::string>& files);

}  // namespace sluice::apps
