// Where models and the libraries that run them are: what `tools/setup models` fills.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace sluice::speech {

// The folder: $SLUICE_MODELS, else <program>/../models (the build tree), else <program>/../share/sluice/models, else
// the one that the build knew. Thread-safe.
std::string models_folder();

// `name` itself when it is a path to something that is there, else that entry of the folder of models.
// The error, about `where`, names the command that fetches it.
Result<std::string> find_model(std::string_view name, std::string_view where);

// The library `name` of the folder of models is loaded for good, with flags of dlopen(); `what` is its name in errors,
// which are about the parameter model. `needs`: other libraries of the folder that the linker loads with it. A file
// that is cut off is told before the linker maps it.
Result<void*> load_library(std::string_view name, std::string_view what, int flags,
                           std::initializer_list<std::string_view> needs = {});

// The sentence that ends every message about something missing.
std::string how_to_fetch();

}  // namespace sluice::speech
