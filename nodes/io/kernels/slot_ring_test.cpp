#include "nodes/io/kernels/slot_ring.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::io {
namespace {

TEST(SlotRing, GivesSlotsInOrderUntilItIsFull) {
  SlotRing<int> ring(2, 0);
  EXPECT_EQ(ring.front(), nullptr);
  *ring.fillable() = 1;
  ring.publish();
  *ring.fillable() = 2;
  ring.publish();
  EXPECT_EQ(ring.fillable(), nullptr);
  EXPECT_EQ(ring.waiting(), 2u);
  EXPECT_EQ(*ring.front(), 1);
  ring.pop();
  EXPECT_NE(ring.fillable(), nullptr);
  EXPECT_EQ(*ring.front(), 2);
}

TEST(SlotRing, AnUnpublishedSlotIsNotSeen) {
  SlotRing<int> ring(4, 0);
  *ring.fillable() = 7;
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(SlotRing, TwoThreadsSeeEverySlotOnce) {
  constexpr int kCount = 200000;
  SlotRing<int> ring(8, 0);
  std::thread producer([&] {
    for (int n = 0; n < kCount;) {
      if (int* slot = ring.fillable()) {
        *slot = n++;
        ring.publish();
      } else {
        std::this_thread::yield();
      }
    }
  });
  bool in_order = true;
  for (int n = 0; n < kCount;) {
    if (const int* slot = ring.front()) {
      in_order = in_order && *slot == n++;
      ring.pop();
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace sluice::io
