#include "nodes/llm/http_url.h"

#include <gmock/gmock.h>

namespace sluice::llm {
namespace {

using testing::HasSubstr;

TEST(HttpUrl, NamesTheCompletions) {
  EXPECT_EQ(parse_url("http://localhost:11434").value(),
            (HttpUrl{false, "localhost", "11434", "/v1/chat/completions"}));
  EXPECT_EQ(parse_url("https://api.example.org/v1/").value(),
            (HttpUrl{true, "api.example.org", "443", "/v1/chat/completions"}));
  EXPECT_EQ(parse_url("http://[::1]:80/x/v1/chat/completions").value(),
            (HttpUrl{false, "::1", "80", "/x/v1/chat/completions"}));
}

TEST(HttpUrl, SaysWhatIsWrong) {
  EXPECT_THAT(parse_url("ftp://x").error().message, HasSubstr("http://"));
  EXPECT_THAT(parse_url("http://").error().message, HasSubstr("host"));
  EXPECT_THAT(parse_url("http://x:99999").error().message, HasSubstr("port"));
  EXPECT_THAT(parse_url("http://x:80y").error().message, HasSubstr("port"));
  EXPECT_THAT(parse_url("http://me:secret@x").error().message, HasSubstr("environment"));
  EXPECT_THAT(parse_url("http://a b").error().message, HasSubstr("space"));
  EXPECT_THAT(parse_url("http://[::1").error().message, HasSubstr("IPv6"));
}

TEST(HttpUrl, IsNoFile) {
  EXPECT_TRUE(is_url("http://localhost"));
  EXPECT_FALSE(is_url("models/qwen.gguf"));
}

}  // namespace
}  // namespace sluice::llm
