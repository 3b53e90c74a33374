#include "controller/report/live_area.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::controller {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr SteadyTime at(std::int64_t ms) { return SteadyTime(std::chrono::milliseconds(ms)); }

HostRecord done(const std::string& name, Outcome outcome, const std::string& message = {}) {
  HostRecord host;
  host.host = name;
  host.outcome = outcome;
  host.message = message;
  return host;
}

TEST(LiveArea, DrawsOneLinePerHostWithMarkNameSecondsAndPhase) {
  LiveArea area({"pi-1", "pi-22", "db"}, Style(false), false);
  area.enter("pi-1", "connect", at(0));
  area.enter("pi-1", "upload 3 files", at(500));
  area.enter("pi-22", "connect", at(0));
  area.finish(done("pi-22", Outcome::kFailed, "disk is full"), at(1'200));
  EXPECT_EQ(area.draw(at(2'400), {24, 60}),
            "| pi-1        2.4 s  upload 3 files\x1b[K\n"
            "x pi-22       1.2 s  failed: disk is full\x1b[K\n"
            ". db                 waiting\x1b[K\n"
            "\x1b[J");
}

TEST(LiveArea, RedrawsInPlace) {
  LiveArea area({"a", "b"}, Style(false), false);
  EXPECT_THAT(area.draw(at(0), {24, 40}), Not(StartsWith("\x1b[2F")));
  EXPECT_THAT(area.draw(at(100), {24, 40}), StartsWith("\x1b[2F"));
  EXPECT_EQ(area.erase(), "\x1b[2F\x1b[J");
  EXPECT_EQ(area.erase(), "");
}

TEST(LiveArea, LinesNeverWrap) {
  LiveArea area({"pi-1"}, Style(false), true);
  area.enter("pi-1", "a very long phase that does not fit into so narrow a terminal", at(0));
  const auto text = area.draw(at(0), {24, 40});
  EXPECT_THAT(text, HasSubstr("a very long phase…\x1b[K"));
}

TEST(LiveArea, TooManyHostsShowTheActiveOnesAndACount) {
  std::vector<std::string> names;
  for (int i = 1; i <= 50; ++i) names.push_back("pi-" + std::to_string(i));
  LiveArea area(names, Style(false), false);
  for (int i = 1; i <= 20; ++i)
    area.finish(done("pi-" + std::to_string(i), Outcome::kDeployed), at(1));
  area.finish(done("pi-21", Outcome::kUnreachable), at(1));
  area.enter("pi-30", "apply", at(0));
  area.enter("pi-31", "apply", at(0));
  EXPECT_EQ(area.draw(at(1'000), {10, 80}),
            "- pi-30       1.0 s  apply\x1b[K\n"
            "- pi-31       1.0 s  apply\x1b[K\n"
            "21 of 50 done (20 deployed, 1 unreachable), 2 running, 27 waiting\x1b[K\n"
            "\x1b[J");
}

TEST(LiveArea, MoreActiveHostsThanRowsAreCutToTheTerminal) {
  std::vector<std::string> names;
  for (int i = 1; i <= 50; ++i) names.push_back("pi-" + std::to_string(i));
  LiveArea area(names, Style(false), false);
  for (const auto& name : names) area.enter(name, "connect", at(0));
  const auto text = area.draw(at(0), {10, 80});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
  EXPECT_THAT(text, HasSubstr("0 of 50 done, 50 running, 0 waiting"));
}

TEST(LiveArea, PhasesOfHostsCannotDriveTheTerminal) {
  LiveArea area({"a"}, Style(false), false);
  area.enter("a", "evil\x1b[2J\nline", at(0));
  EXPECT_THAT(area.draw(at(0), {24, 80}), HasSubstr("evil\\x1b[2J line\x1b[K\n"));
}

TEST(LiveArea, TinyTerminalIsNoProblem) {
  LiveArea area({"a", "b", "c"}, Style(true), true);
  area.enter("a", "connect", at(0));
  EXPECT_FALSE(area.draw(at(0), {1, 1}).empty());
  EXPECT_FALSE(area.draw(at(0), {0, 0}).empty());
}

}  // namespace
}  // namespace gannet::controller
