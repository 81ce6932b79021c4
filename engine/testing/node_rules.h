// What must hold for every node, whoever wrote it: read off its declarations, and tried with formats of every kind.
//   EXPECT_THAT(sluice::broken_rules("my.node"), testing::IsEmpty());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/node/node.h"

namespace sluice {

// One sentence for each rule that the node type breaks:
//   - defaults lie inside their ranges, and what lies outside is refused by an error that names the parameter;
//   - type, ports, parameters and counters are named in lower_snake, each name once, each with a sentence on what it
//   is;
//   - configure() takes a format or refuses it by an error that names a part of the node.
// Makes nodes and configures them; prepares and runs none.
std::vector<std::string> broken_rules(std::string_view type, const Registry& registry = Registry::global());

}  // namespace sluice
