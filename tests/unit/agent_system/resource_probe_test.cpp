#include <gtest/gtest.h>

#include "agent/probes/resource_probes.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

TEST(DiskProbe, MeasuresTheNearestParentThatExists) {
  const TempDir temp;
  const auto finding = probe(make_check(CheckKind::kDisk, temp.path("not/yet/there")));
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(value_of(finding, "path"), temp.path());
  EXPECT_NE(finding.message.find(" on " + temp.path()), std::string::npos);
  EXPECT_TRUE(parse_unsigned(value_of(finding, "free_bytes")).has_value());
}

TEST(DiskProbe, FailsWhenBytesOrInodesAreMissing) {
  const TempDir temp;
  protocol::Check check = make_check(CheckKind::kDisk, temp.path());
  check.min_bytes = UINT64_MAX;
  const auto bytes = probe(check);
  EXPECT_EQ(bytes.severity, Severity::kFail);
  EXPECT_EQ(bytes.hint.find("free "), 0U) << bytes.hint;
  check.min_bytes = 0;
  check.min_count = UINT64_MAX;
  const auto inodes = probe(check);
  const bool counted = value_of(inodes, "free_inodes") != "(none)";  // btrfs counts none
  EXPECT_EQ(inodes.severity, counted ? Severity::kFail : Severity::kPass);
  EXPECT_EQ(inodes.hint.starts_with("remove "), counted) << inodes.hint;
}

TEST(DiskProbe, RefusesARelativePath) {
  EXPECT_EQ(probe(make_check(CheckKind::kDisk, "var")).message, "\"var\" is not an absolute path");
}

TEST(MemoryProbe, ReadsARecordedRaspberryPi) {
  protocol::Check check = make_check(CheckKind::kMemory);
  check.min_bytes = 2'954'120ULL * 1024;
  const auto enough = probe(check, pi4());
  EXPECT_EQ(enough.severity, Severity::kPass);
  EXPECT_EQ(value_of(enough, "available_bytes"), std::to_string(check.min_bytes));
  ++check.min_bytes;
  EXPECT_EQ(probe(check, pi4()).severity, Severity::kFail);
}

TEST(MemoryProbe, SaysWhenItCannotMeasure) {
  const TempDir empty;
  EXPECT_EQ(probe(make_check(CheckKind::kMemory), {empty.path()}).message,
            "cannot read the available memory from /proc/meminfo");
}

TEST(LoadProbe, DividesByTheCores) {
  protocol::Check check = make_check(CheckKind::kLoad);
  const auto finding = probe(check, pi4());
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, "load 0.52 on 4 cores: 0.13 per core");
  check.max_value = 12;
  const auto high = probe(check, pi4());
  EXPECT_EQ(high.severity, Severity::kFail);
  EXPECT_EQ(high.hint,
            "wanted: at most 0.12 per core; see what runs: ps -eo pcpu,comm --sort -pcpu");
}

TEST(LoadProbe, SaysWhenItCannotMeasure) {
  const TempDir tree;
  EXPECT_EQ(probe(make_check(CheckKind::kLoad), {tree.path()}).message,
            "cannot read the load from /proc/loadavg");
}

protocol::Finding clock_off(std::optional<std::chrono::milliseconds> ahead,
                            std::uint64_t limit_ms = 0) {
  protocol::Check check = make_check(CheckKind::kClock);
  check.max_value = limit_ms;
  NoProgress nobody;
  const HostTree tree;
  return run_check(check, ProbeContext{tree, nobody, ahead});
}

TEST(ClockProbe, ComparesWithTheController) {
  using std::chrono::milliseconds;
  EXPECT_EQ(clock_off(milliseconds(12)).message, "clock agrees with the controller's (12ms)");
  const auto ahead = clock_off(milliseconds(90'000));
  EXPECT_EQ(ahead.severity, Severity::kFail);
  EXPECT_EQ(ahead.message, "clock is 1m30s ahead of the controller's");
  EXPECT_EQ(value_of(ahead, "ahead_ms"), "90000");
  const auto behind = clock_off(milliseconds(-90'000), 90'000);
  EXPECT_EQ(behind.severity, Severity::kPass);
  EXPECT_EQ(behind.message, "clock is 1m30s behind the controller's");
}

TEST(ClockProbe, WarnsWhenTheControllersTimeIsNotKnown) {
  EXPECT_EQ(clock_off(std::nullopt).severity, Severity::kWarn);
}

}  // namespace
}  // namespace gannet::agent
