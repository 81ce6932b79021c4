#include "engine/graph/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/graph/live_nodes_for_tests.h"

namespace sluice {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

std::string refusal(const std::string& yaml) {
  const Plan plan = plan_of(yaml);
  EXPECT_THAT(plan.diagnostics(), SizeIs(1));
  return plan.diagnostics().empty() ? "" : plan.diagnostics()[0].message;
}

TEST(Advice, IsTheLongestRoundTimeThatFits) {
  EXPECT_THAT(refusal("latency: 45 ms\nnodes: { a: { type: device, block: 40 ms }, b: socket }\nlinks: [ a -> b ]\n"),
              AllOf(HasSubstr("the largest share is what may wait on a -> b (2 blocks of 40.0 ms)"),
                    HasSubstr("'a.block: 20 ms' brings it to 40.0 ms, or raise the budget to 81 ms")));
}

TEST(Advice, GivenIsKnownToWork) {
  EXPECT_TRUE(
      plan_of("latency: 45 ms\nnodes: { a: { type: device, block: 20 ms }, b: socket }\nlinks: [ a -> b ]\n").ok());
}

TEST(Advice, BeginsWithWhatTakesMost) {
  EXPECT_THAT(
      refusal("latency: 100 ms\nnodes: { a: { type: device, delay: 30 ms }, b: { type: pass, delay: 60 ms }, c: { "
              "type: end, queue: 40 ms } }\nlinks: [ a -> b -> c ]\n"),
      AllOf(HasSubstr("the largest share is 'b' (pass, 60.0 ms)"), HasSubstr("'b.delay: 20 ms' brings it to 90.0 ms")));
}

TEST(Advice, ThatIsNotEnoughSaysHowFarItGets) {
  EXPECT_THAT(
      refusal("latency: 10 ms\nnodes: { a: { type: device, delay: 20 ms }, b: { type: pass, delay: 30 ms }, c: end "
              "}\nlinks: [ a -> b -> c ]\n"),
      HasSubstr("'b.delay: 100 us' brings it to 20.1 ms, or raise the budget to 51 ms"));
}

TEST(Advice, NamesThePartThatCannotBeChangedToo) {
  EXPECT_THAT(refusal("latency: 5 ms\nnodes: { a: free, p: pacer, b: end }\nlinks: [ a -> p -> b ]\n"),
              AllOf(HasSubstr("the largest share is 'p' (pacer, 10.0 ms)"),
                    HasSubstr("shorten it, or raise the budget to 11 ms")));
}

TEST(Advice, IsGivenOncePerSourceAndSink) {
  EXPECT_THAT(
      plan_of("latency: 10 ms\nnodes: { a: device, b: { type: pass, delay: 30 ms }, c: { type: pass, delay: 40 ms }, "
              "m: mix, e: end }\nlinks: [ a -> b -> m, a -> c -> m -> e ]\n")
          .diagnostics(),
      SizeIs(1));
}

}  // namespace
}  // namespace sluice
