#include "nodes/llm/kernels/sse.h"

#include <gmock/gmock.h>

#include <vector>

namespace sluice::llm {
namespace {

using testing::ElementsAre;

std::vector<std::string> events(std::string_view stream, std::size_t piece) {
  SseReader reader;
  std::vector<std::string> all;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    EXPECT_TRUE(reader.feed(stream.substr(at, piece)));
    while (auto event = reader.next()) all.push_back(*event);
  }
  return all;
}

TEST(Sse, ComesInPiecesOfAnySize) {
  constexpr std::string_view kStream =
      "\xEF\xBB\xBF: keep-alive\n\ndata: {\"a\":1}\n\nevent: x\ndata:two\ndata: lines\r\n\r\nid: 7\n\ndata\n\rdata: "
      "[DONE]\r\r";
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece)
    EXPECT_THAT(events(kStream, piece), ElementsAre("{\"a\":1}", "two\nlines", "", "[DONE]")) << piece;
}

TEST(Sse, AnEventThatIsCutOffIsNone) {
  EXPECT_THAT(events("data: whole\n\ndata: cut", 5), ElementsAre("whole"));
}

TEST(Sse, GivesUpOnAnEventWithoutEnd) {
  SseReader reader;
  const std::string piece(4096, 'x');
  bool taken = true;
  for (std::size_t n = 0; taken && n < 2 * SseReader::kMaxEvent / piece.size(); ++n) taken = reader.feed(piece);
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace sluice::llm
