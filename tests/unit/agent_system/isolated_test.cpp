#include "agent/system/isolated.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunIsolated, ReturnsWhatTheWorkReturned) {
  NoProgress nobody;
  const protocol::Bytes big(200'000, std::byte{7});
  const auto result = run_isolated(seconds(20), nobody, [&] { return big; });
  ASSERT_TRUE(result.has_value());
  ASSERT_TRUE(result->has_value());
  EXPECT_EQ(**result, big);
}

TEST(RunIsolated, GivesUpAtTheLimit) {
  NoProgress nobody;
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run_isolated(milliseconds(50), nobody, [] {
    ::sleep(300);
    return protocol::Bytes{};
  });
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(20));
}

TEST(RunIsolated, GivesUpWhenAskedToStop) {
  StopAfter stop(1);
  const auto result = run_isolated(seconds(300), stop, [] {
    ::sleep(300);
    return protocol::Bytes{};
  });
  ASSERT_TRUE(result.has_value());
  EXPECT_FALSE(result->has_value());
}

TEST(RunIsolated, SaysSoWhenTheChildDies) {
  NoProgress nobody;
  const auto result = run_isolated(seconds(20), nobody, []() -> protocol::Bytes { ::_exit(9); });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().context, "the probe's process died");
}

TEST(RunIsolated, TheChildHoldsNoDescriptorOfOurs) {
  NoProgress nobody;
  const Pipe pipe = std::move(*make_pipe());
  const int ours = pipe.write.get();
  const auto result = run_isolated(seconds(20), nobody, [ours] {
    return protocol::Bytes(1, std::byte{::fcntl(ours, F_GETFD) < 0});
  });
  ASSERT_TRUE(result.has_value() && result->has_value());
  EXPECT_EQ((**result)[0], std::byte{1});
}

}  // namespace
}  // namespace gannet::agent
