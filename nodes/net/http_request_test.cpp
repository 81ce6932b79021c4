#include "nodes/net/http_request.h"

#include <gtest/gtest.h>

#include <string_view>

namespace sluice::net {
namespace {

int status_of(std::string_view head) {
  const auto request = parse_request({head.data(), head.size()});
  return request ? 200 : request.error().status;
}

TEST(HttpRequest, ReadsWhatAPlayerSends) {
  const std::string_view head =
      "GET /live.mp3?burst=250 HTTP/1.1\r\nHost: LOCALHOST:8000\r\nIcy-MetaData: 1\r\nOrigin: http://localhost\r\n"
      "Range: bytes=0-\r\n\r\n";
  const auto request = parse_request({head.data(), head.size()});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, Method::get);
  EXPECT_EQ(request->path, "/live.mp3");
  EXPECT_EQ(request->host, "localhost");
  EXPECT_EQ(request->origin, "http://localhost");
  EXPECT_TRUE(request->icy_metadata);
  EXPECT_EQ(request->burst, std::chrono::milliseconds(250));
}

TEST(HttpRequest, ReadsHttp10WithoutAnyField) {
  const std::string_view head = "HEAD /%6cive HTTP/1.0\r\n\r\n";
  const auto request = parse_request({head.data(), head.size()});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, Method::head);
  EXPECT_EQ(request->path, "/live");
  EXPECT_FALSE(request->icy_metadata);
  EXPECT_FALSE(request->burst);
}

TEST(HttpRequest, RefusesPrecisely) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 200);
  EXPECT_EQ(status_of("OPTIONS * HTTP/1.1\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET * HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of(""), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01\x02 TLS hello\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /%00 HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a%2 HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nno colon here\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /live.mp3?burst=soon HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /live.mp3?burst=-5 HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"), 405);
  EXPECT_EQ(status_of("BREW /pot HTTP/1.1\r\n\r\n"), 405);
  EXPECT_EQ(status_of("GET / HTTP/3.0\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET /" + std::string(3000, 'a') + " HTTP/1.1\r\n\r\n"), 414);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: " + std::string(9000, 'a') + "\r\n\r\n"), 431);
}

TEST(HttpRequest, BoundsAHugeBurst) {
  const std::string_view head = "GET /live.mp3?burst=99999999999999999999 HTTP/1.1\r\n\r\n";
  EXPECT_EQ(parse_request({head.data(), head.size()})->burst, std::chrono::hours(1));
}

TEST(HttpRequestHead, EndsAtTheEmptyLineHoweverItIsCutUp) {
  const std::string_view head = "GET / HTTP/1.1\r\n\r\nrest";
  for (std::size_t searched = 0; searched < 18; ++searched) {
    EXPECT_EQ(request_head_length({head.data(), head.size()}, searched), 18u);
  }
  EXPECT_EQ(request_head_length({head.data(), 17}), 0u);
}

TEST(HttpRequestHead, IsGivenUpOnWhenItCannotFitAnyMore) {
  EXPECT_FALSE(head_too_large(std::string("GET / HTTP/1.1\r\nX: y")));
  EXPECT_EQ(head_too_large(std::string(3000, 'G'))->status, 414);
  EXPECT_EQ(head_too_large("GET / HTTP/1.1\r\n" + std::string(kMaxHeaderBytes, 'x'))->status, 431);
}

}  // namespace
}  // namespace sluice::net
