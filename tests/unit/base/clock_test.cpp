#include "base/clock.h"

#include <gtest/gtest.h>

namespace gannet {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Clock, FormatsUtc) {
  EXPECT_EQ(format_utc(WallTime(seconds(0))), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_utc(WallTime(seconds(1'795'428'072))), "2026-11-23T10:01:12Z");
  EXPECT_EQ(format_compact_utc(WallTime(seconds(1'795'428'072))), "20261123T100112Z");
}

TEST(Clock, CutsOffPartsOfASecondAlsoBefore1970) {
  EXPECT_EQ(format_utc(WallTime(nanoseconds(1'999'999'999))), "1970-01-01T00:00:01Z");
  EXPECT_EQ(format_utc(WallTime(nanoseconds(-1))), "1969-12-31T23:59:59Z");
}

TEST(Clock, KnowsLeapDays) {
  EXPECT_EQ(format_compact_utc(WallTime(seconds(951'782'400))), "20000229T000000Z");
}

TEST(SystemClock, AdvancesWhileItSleeps) {
  SystemClock clock;
  const SteadyTime before = clock.steady();
  const WallTime wall = clock.wall();
  clock.sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(clock.steady() - before, std::chrono::milliseconds(2));
  EXPECT_GT(wall, WallTime(seconds(1'700'000'000)));
}

}  // namespace
}  // namespace gannet
