#include "engine/run/byte_ring.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace sluice {
namespace {

bool put(ByteRing& ring, const std::string& head, const std::string& tail) {
  if (!ring.has_room(head.size() + tail.size())) return false;
  ring.begin(head.size() + tail.size());
  ring.append(std::as_bytes(std::span(head)));
  ring.append(std::as_bytes(std::span(tail)));
  ring.end();
  return true;
}

std::string taken(ByteRing& ring) {
  std::vector<std::byte> message;
  if (!ring.take(message)) return "nothing";
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

TEST(ByteRing, GivesMessagesBackInOrder) {
  ByteRing ring(64);
  EXPECT_EQ(taken(ring), "nothing");
  EXPECT_TRUE(put(ring, "one ", "two"));
  EXPECT_TRUE(put(ring, "", ""));
  EXPECT_EQ(taken(ring), "one two");
  EXPECT_EQ(taken(ring), "");
  EXPECT_EQ(taken(ring), "nothing");
}

TEST(ByteRing, RefusesWhatDoesNotFitAndKeepsTheRest) {
  ByteRing ring(64);
  EXPECT_TRUE(put(ring, std::string(40, 'a'), ""));
  EXPECT_FALSE(put(ring, std::string(9, 'b'), ""));
  EXPECT_TRUE(put(ring, std::string(8, 'c'), ""));
  EXPECT_EQ(taken(ring), std::string(40, 'a'));
  EXPECT_EQ(taken(ring), std::string(8, 'c'));
  EXPECT_FALSE(ring.has_room(64));
}

TEST(ByteRing, KeepsMessagesWholeAcrossItsEndAndBetweenThreads) {
  ByteRing ring(128);
  constexpr std::size_t kMessages = 20'000;
  std::thread writer([&ring] {
    for (std::size_t n = 0; n < kMessages; ++n) {
      const std::string text(n % 61, static_cast<char>('a' + n % 26));
      ring.wait_for_room(text.size());
      put(ring, text.substr(0, n % 7), text.substr(std::min(text.size(), n % 7)));
    }
  });
  std::vector<std::byte> message;
  for (std::size_t n = 0; n < kMessages; ++n) {
    while (!ring.take(message)) std::this_thread::yield();
    ASSERT_EQ(message.size(), n % 61);
    for (const std::byte b : message) ASSERT_EQ(static_cast<char>(b), static_cast<char>('a' + n % 26));
  }
  writer.join();
}

}  // namespace
}  // namespace sluice
