// GraphSpec -> text: a flat graph in the YAML form, as a user could have written it.
#pragma once

#include <string>

#include "engine/graph/spec.h"

namespace sluice {

// Composites appear expanded; a name "enc/bank" becomes "enc_bank". Reading the text again gives the same graph.
std::string to_yaml(const GraphSpec& spec);

}  // namespace sluice
