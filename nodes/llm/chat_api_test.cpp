#include "nodes/llm/chat_api.h"

#include <gmock/gmock.h>

namespace sluice::llm {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ChatApi, SendsOnlyWhatIsAskedFor) {
  const ChatRequest request{.messages = {{"system", "be brief"}, {"user", "hi \xff"}}};
  const std::string body = request_body(request, "m");
  EXPECT_THAT(body, HasSubstr(R"("temperature":0.0)"));
  for (const char* key : {"top_p", "top_k", "seed", "stop", "response_format", "grammar"})
    EXPECT_THAT(body, Not(HasSubstr(std::string("\"") + key + "\":"))) << key;
  ChatRequest more = request;
  more.sampling = {.temperature = 0.5, .top_p = 0.9, .top_k = 40, .seed = 7};
  more.stop = {"\n"};
  more.json = true;
  EXPECT_THAT(request_body(more, "m"),
              AllOf(HasSubstr(R"("top_p":0.9)"), HasSubstr(R"("top_k":40)"), HasSubstr(R"("seed":7)"),
                    HasSubstr(R"("stop":["\n"])"), HasSubstr("json_object")));
}

TEST(ChatApi, ReadsChunks) {
  EXPECT_EQ(parse_chunk(R"({"choices":[{"delta":{"content":"a"},"finish_reason":null}]})")->content, "a");
  EXPECT_TRUE(parse_chunk(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})")->finished);
  EXPECT_EQ(parse_chunk(R"({"choices":[{"delta":{"role":"assistant","content":null}}]})")->content, "");
  EXPECT_EQ(parse_chunk(R"({"choices":[],"usage":{"total_tokens":3}})")->content, "");
  EXPECT_EQ(parse_chunk(R"({"error":{"message":"no"}})").error().message, "no");
  EXPECT_EQ(parse_chunk(R"({"error":"no","choices":[]})").error().message, "no");
  EXPECT_TRUE(parse_chunk(R"({"error":null,"choices":[]})"));
  for (const char* bad : {"", "{}", "[]", "7", R"({"choices":7})", R"({"choices":[7]})", "{\"choices\":"})
    EXPECT_FALSE(parse_chunk(bad)) << bad;
}

TEST(ChatApi, SaysWhatAServerSays) {
  EXPECT_EQ(error_text(500, ""), "HTTP 500");
  EXPECT_EQ(error_text(422, R"({"detail":"field required"})"), "HTTP 422: field required");
  EXPECT_EQ(error_text(400, R"({"error":{"message":"too long"}})"), "HTTP 400: too long");
}

}  // namespace
}  // namespace sluice::llm
