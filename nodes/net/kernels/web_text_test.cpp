#include "nodes/net/kernels/web_text.h"

#include <gtest/gtest.h>

namespace sluice::net {
namespace {

TEST(Target, SplitsPathAndQuery) {
  EXPECT_EQ(split_target("/live.mp3?burst=100&x").path, "/live.mp3");
  EXPECT_EQ(split_target("/live.mp3?burst=100&x").query, "burst=100&x");
  EXPECT_EQ(split_target("http://host:8000/a?b").path, "/a");
  EXPECT_EQ(split_target("http://host").path, "/");
  EXPECT_EQ(split_target("/a#part").path, "/a");
  EXPECT_EQ(split_target("?q").path, "/");
}

TEST(Query, FindsTheFirstValueOfAKey) {
  EXPECT_EQ(query_value("a=1&burst=2&burst=3", "burst"), "2");
  EXPECT_EQ(query_value("burst", "burst"), "");
  EXPECT_FALSE(query_value("aburst=2&", "burst"));
}

TEST(PercentCoding, GoesBothWays) {
  EXPECT_EQ(percent_encode("T\xC3\xAFtle & more"), "T%C3%AFtle%20%26%20more");
  EXPECT_EQ(percent_decode("T%C3%aftle%20%26%20more"), "T\xC3\xAFtle & more");
  EXPECT_FALSE(percent_decode("50%"));
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Url, IsTakenApart) {
  const auto url = parse_url("icecast://source:p%40ss@radio.example:8010/live.mp3");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "icecast");
  EXPECT_EQ(url->user, "source");
  EXPECT_EQ(url->password, "p@ss");
  EXPECT_EQ(url->host, "radio.example");
  EXPECT_EQ(url->port, 8010);
  EXPECT_EQ(url->path, "/live.mp3");
  EXPECT_EQ(parse_url("icecast://[::1]:8000/x")->host, "::1");
}

TEST(Url, ErrorsDoNotRepeatThePassword) {
  for (const auto* text :
       {"icecast://source:s3cret@host:0/x", "icecast://source:s3cret@", "icecast://a:s3cret/x@h/m"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().find("s3cret"), std::string::npos);
  }
}

TEST(Url, IsScrubbedOfItsPassword) {
  EXPECT_EQ(scrub_url("icecast://source:s3cret@host:8000/x"), "icecast://***@host:8000/x");
  EXPECT_EQ(scrub_url("icecast://a:s3/c@r?et@host/x"), "icecast://***@host/x");
  EXPECT_EQ(scrub_url("source:s3cret@host"), "***@host");
  EXPECT_EQ(scrub_url("icecast://host:8000/x"), "icecast://host:8000/x");
}

}  // namespace
}  // namespace sluice::net
