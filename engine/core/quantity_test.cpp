#include "engine/core/quantity.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Quantity, ReadsUnitsAsPeopleWriteThem) {
  EXPECT_DOUBLE_EQ(*parse_quantity("10 ms", "s"), 0.01);
  EXPECT_DOUBLE_EQ(*parse_quantity("10ms", "s"), 0.01);
  EXPECT_DOUBLE_EQ(*parse_quantity("44.1 kHz", "Hz"), 44100);
  EXPECT_DOUBLE_EQ(*parse_quantity("1.2 MHz", "Hz"), 1.2e6);
  EXPECT_DOUBLE_EQ(*parse_quantity("64 KiB", "B"), 65536);
  EXPECT_DOUBLE_EQ(*parse_quantity("-16 LUFS", "LUFS"), -16);
  EXPECT_DOUBLE_EQ(*parse_quantity("+3 dB", "dB"), 3);
  EXPECT_DOUBLE_EQ(*parse_quantity("128", "kbit/s"), 128);
  EXPECT_DOUBLE_EQ(*parse_quantity("128 kbps", "kbit/s"), 128);
}

TEST(Quantity, RefusesAForeignUnitAndNamesTheAllowedOnes) {
  const auto wrong = parse_quantity("10 kHz", "s");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("ms"), std::string::npos);
}

TEST(Quantity, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "fast", "nan", "inf", "1e999", "12 34", "0x10 s", "--3"})
    EXPECT_FALSE(parse_quantity(text, "s")) << text;
}

TEST(Quantity, FormatsInTheReadableUnit) {
  EXPECT_EQ(format_quantity(0.01, "s"), "10 ms");
  EXPECT_EQ(format_quantity(44100, "Hz"), "44.1 kHz");
  EXPECT_EQ(format_quantity(65536, "B"), "64 KiB");
  EXPECT_EQ(format_quantity(3, ""), "3");
}

}  // namespace
}  // namespace sluice
