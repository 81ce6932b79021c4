#include "nodes/llm/kernels/sound.h"

#include <gtest/gtest.h>

namespace sluice::llm {
namespace {

TEST(Sound, OfWhatIsMisheardIsNear) {
  for (const auto& [heard, said] : {std::pair{"clubs", "cloves"},
                                    {"tarethandsheep", "tearathinsheet"},
                                    {"tin", "thin"},
                                    {"canpairs", "cannedpears"},
                                    {"sheep", "sheet"},
                                    {"kowalsky", "kowalski"}})
    EXPECT_LT(sound_distance(heard, said).value(), 0.4) << heard;
}

TEST(Sound, OfWhatIsNotIsFar) {
  for (const auto& [heard, other] : {std::pair{"maria", "marcus"},
                                     {"yellow", "purple"},
                                     {"weather", "temperature"},
                                     {"bought", "sold"},
                                     {"", "not"},
                                     {"brown", "kowalski"}})
    EXPECT_GT(sound_distance(heard, other).value(), 0.4) << heard;
}

TEST(Sound, OfIdeographsIsNotWritten) {
  EXPECT_FALSE(sound_distance("三", "四"));
  EXPECT_TRUE(sound_distance("caf\xC3\xA9", "coffee"));
}

}  // namespace
}  // namespace sluice::llm
