#include "nodes/text/kernels/placeholders.h"

#include <gtest/gtest.h>

namespace sluice::text {
namespace {

std::optional<std::string> value_of(std::string_view name) {
  if (name == "text") return "x {{text}}";
  return std::nullopt;
}

TEST(Placeholders, AreFilledInOnce) {
  EXPECT_EQ(fill_in("a {{text}} b {{ text }}", value_of), "a x {{text}} b x {{text}}");
}

TEST(Placeholders, StayWhereTheyAreNone) {
  EXPECT_EQ(fill_in("{{other}} {{ {text}} }} {{", value_of), "{{other}} {{ {text}} }} {{");
  EXPECT_EQ(fill_in("", value_of), "");
}

TEST(Placeholders, NameTheOneThatIsUnknown) {
  const auto known = [](std::string_view name) { return name == "text"; };
  EXPECT_EQ(unknown_placeholder("{{text}} {{txt}}", known), "txt");
  EXPECT_FALSE(unknown_placeholder("{{text}} {", known));
}

}  // namespace
}  // namespace sluice::text
