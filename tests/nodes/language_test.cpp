// In a graph file some keys stand beside a node's parameters, and must not be mistaken for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/node/registry.h"

namespace sluice {
namespace {

TEST(EveryNodesParameter, IsNamedUnlikeTheKeysOfTheLanguage) {
  for (const std::string& type : Registry::global().types())
    for (const ParamInfo& param : Registry::global().describe(type).params)
      for (const char* key : {"type", "use", "cut", "fuse", "pin", "priority"}) EXPECT_NE(param.name, key) << type;
}

}  // namespace
}  // namespace sluice
