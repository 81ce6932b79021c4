// GraphSpec -> text: a flat graph in the YAML form, as a user could have written it.
#pragma once

#include <string>
#include <vector>

#include "engine/graph/spec.h"

namespace sluice {

// Composites appear expanded; a name "enc/bank" becomes "enc_bank". Reading the text again gives the same graph.
// `plugins`: files to name under that key.
std::string to_yaml(const GraphSpec& spec, const std::vector<std::string>& plugins = {});

}  // namespace sluice
