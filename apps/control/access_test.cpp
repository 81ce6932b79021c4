#include "apps/control/access.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "apps/control/address.h"

namespace sluice::control {
namespace {

constexpr const char* kToken = "0123456789abcdef";

Request request_to(const std::string& host, const std::string& path = "/metrics") {
  Request request;
  request.method = "GET";
  request.path = path;
  request.host = host;
  return request;
}

int status_of(const Access& access, const Request& request) {
  const auto refused = access.refuse(request);
  return refused ? refused->status : 200;
}

TEST(Access, OnLoopbackTheMachinesOwnNamesAreServed) {
  const Access access(true, "");
  for (const char* host : {"localhost:8001", "127.0.0.1:8001", "127.0.0.1", "[::1]:8001", "LocalHost", "a.localhost"})
    EXPECT_EQ(status_of(access, request_to(host)), 200) << host;
}

TEST(Access, OnLoopbackAForeignHostIsRefusedAsDnsRebinding) {
  const Access access(true, "");
  for (const char* host : {"evil.example:8001", "127.evil.example", "127.0.0.1.evil.example", "localhost.evil.example"})
    EXPECT_EQ(status_of(access, request_to(host)), 421) << host;
}

TEST(Access, PagesOfOtherOriginsAreRefused) {
  const Access access(true, "");
  Request request = request_to("localhost:8001");
  request.origin = "http://localhost:8001";
  EXPECT_EQ(status_of(access, request), 200);
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost:8000", "http://localhost:8001.evil.example"}) {
    request.origin = origin;
    EXPECT_EQ(status_of(access, request), 403) << origin;
  }
}

TEST(Access, ATokenIsAskedOfEveryRequestForData) {
  const Access access(false, kToken);
  Request request = request_to("studio:8001");
  EXPECT_EQ(status_of(access, request), 401);
  request.authorization = std::string("Bearer ") + kToken;
  EXPECT_EQ(status_of(access, request), 200);
  request.authorization = std::string("bearer ") + kToken;
  EXPECT_EQ(status_of(access, request), 200);
  for (const std::string wrong : {"Bearer ", "Bearer 0123456789abcdeX", "Bearer 0123456789abcde",
                                  "Bearer 0123456789abcdef0", "Basic 0123456789abcdef", "0123456789abcdef"}) {
    request.authorization = wrong;
    EXPECT_EQ(status_of(access, request), 401) << wrong;
  }
  request.authorization.clear();
  request.query = std::string("x=1&token=") + kToken;
  EXPECT_EQ(status_of(access, request), 200);
}

TEST(Access, ThePageItselfHoldsNoDataAndNeedsNoToken) {
  const Access access(false, kToken);
  EXPECT_EQ(status_of(access, request_to("studio:8001", "/")), 200);
  EXPECT_EQ(status_of(access, request_to("studio:8001", "/control.js")), 200);
  EXPECT_EQ(status_of(access, request_to("studio:8001", "/graph.json")), 401);
  Request changing = request_to("studio:8001", "/");
  changing.method = "POST";
  EXPECT_EQ(status_of(access, changing), 401);
}

TEST(Access, TextsAreComparedWhole) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcabc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_FALSE(equal_in_constant_time("abc", ""));
  EXPECT_FALSE(equal_in_constant_time("", "abc"));
}

class TokenOfEnvironment : public testing::Test {
 protected:
  void SetUp() override { TearDown(); }
  void TearDown() override {
    ::unsetenv("SLUICE_CONTROL_TOKEN");
    ::unsetenv("SLUICE_CONTROL_TOKEN_FILE");
  }
};

TEST_F(TokenOfEnvironment, ComesFromTheVariableOrAFile) {
  EXPECT_EQ(token_of_environment().value(), "");
  ::setenv("SLUICE_CONTROL_TOKEN", kToken, 1);
  EXPECT_EQ(token_of_environment().value(), kToken);
  ::unsetenv("SLUICE_CONTROL_TOKEN");
  const std::string file = testing::TempDir() + "/token";
  std::ofstream(file) << kToken << "\nmore\n";
  ::setenv("SLUICE_CONTROL_TOKEN_FILE", file.c_str(), 1);
  EXPECT_EQ(token_of_environment().value(), kToken);
}

TEST_F(TokenOfEnvironment, RefusesWhatIsTooShortOrUnreadableAndNeverRepeatsIt) {
  ::setenv("SLUICE_CONTROL_TOKEN", "secret", 1);
  ASSERT_FALSE(token_of_environment());
  EXPECT_EQ(token_of_environment().error().text().find("secret"), std::string::npos);
  ::setenv("SLUICE_CONTROL_TOKEN", "with blanks in it 0123456789", 1);
  EXPECT_FALSE(token_of_environment());
  ::unsetenv("SLUICE_CONTROL_TOKEN");
  ::setenv("SLUICE_CONTROL_TOKEN_FILE", "/gone/token", 1);
  EXPECT_FALSE(token_of_environment());
}

TEST(Address, IsReadInEveryForm) {
  EXPECT_EQ(parse_address("").value(), (Address{"127.0.0.1", 8001}));
  EXPECT_EQ(parse_address("8011").value(), (Address{"127.0.0.1", 8011}));
  EXPECT_EQ(parse_address("0.0.0.0:8001").value(), (Address{"0.0.0.0", 8001}));
  EXPECT_EQ(parse_address("[::1]:80").value(), (Address{"::1", 80}));
  EXPECT_EQ(parse_address("http://studio:8001/").value(), (Address{"studio", 8001}));
  EXPECT_EQ((Address{"::1", 80}).text(), "[::1]:80");
}

TEST(Address, SaysWhatItsFormIs) {
  for (const char* text :
       {"radio", "1:2:3", "99999", "-1", "8001x", ":", ":8001", "[zz]:80", "::1:80", "a b:80", "127.0.0.1"}) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find("[ADDRESS:]PORT"), std::string::npos);
  }
}

TEST(Address, KnowsWhatIsThisMachineOnly) {
  for (const char* host : {"127.0.0.1", "127.3.2.1", "localhost", "::1"})
    EXPECT_TRUE((Address{host, 1}).loopback()) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "studio"}) EXPECT_FALSE((Address{host, 1}).loopback()) << host;
}

}  // namespace
}  // namespace sluice::control
