#include <gtest/gtest.h>

#include "agent/probes/pi_probes.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

constexpr const char* kThrottled = "sys/devices/platform/soc/soc:firmware/get_throttled";

protocol::Finding throttling_of(const std::string& flags) {
  const TempDir tree;
  tree.write(kThrottled, flags);
  return probe(make_check(CheckKind::kThrottling), {tree.path()});
}

TEST(TemperatureProbe, ReadsARecordedRaspberryPi) {
  const auto finding = probe(make_check(CheckKind::kTemperature), pi4());
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, "48.68 °C (cpu-thermal)");
  EXPECT_EQ(value_of(finding, "millidegrees"), "48686");
}

TEST(TemperatureProbe, FailsAboveTheLimit) {
  protocol::Check check = make_check(CheckKind::kTemperature);
  check.max_value = 4'500;
  const auto finding = probe(check, pi4());
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.hint,
            "wanted: at most 45 °C; let it cool down, or give it a heat sink or a fan");
}

TEST(TemperatureProbe, TakesTheHottestZoneAndSkipsUnreadableOnes) {
  const TempDir tree;
  tree.write("sys/class/thermal/thermal_zone0/temp", "-5250\n");
  tree.write("sys/class/thermal/thermal_zone1/temp", "81000\n");
  tree.write("sys/class/thermal/thermal_zone1/type", "gpu\n");
  tree.write("sys/class/thermal/thermal_zone2/temp", "broken\n");
  const auto finding = probe(make_check(CheckKind::kTemperature), {tree.path()});
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "81 °C (gpu)");
}

TEST(TemperatureProbe, ShowsDegreesBelowZero) {
  const TempDir tree;
  tree.write("sys/class/thermal/thermal_zone0/temp", "-5250\n");
  EXPECT_EQ(probe(make_check(CheckKind::kTemperature), {tree.path()}).message,
            "-5.25 °C (thermal_zone0)");
}

TEST(TemperatureProbe, PassesWhereThereIsNoSensorAndSaysSo) {
  const TempDir tree;
  const auto finding = probe(make_check(CheckKind::kTemperature), {tree.path()});
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, "not measured: this host has no temperature sensor");
}

TEST(ThrottlingProbe, FailsForWhatIsSoNow) {
  const auto finding = probe(make_check(CheckKind::kThrottling), pi4());
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "now: under-voltage, throttled");
  EXPECT_EQ(value_of(finding, "flags"), "0x50005");
}

TEST(ThrottlingProbe, WarnsOfWhatWasSoSinceBoot) {
  const auto finding = throttling_of("a0000\n");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_EQ(finding.message, "since boot: frequency capped, soft temperature limit; not now");
}

TEST(ThrottlingProbe, PassesWithoutFlagsInBothSpellings) {
  EXPECT_EQ(throttling_of("0\n").message, "no under-voltage and no throttling since boot");
  EXPECT_EQ(throttling_of("0x0\n").severity, Severity::kPass);
}

TEST(ThrottlingProbe, FallsBackToTheVoltageSensor) {
  const TempDir tree;
  tree.write("sys/class/hwmon/hwmon0/name", "nvme\n");
  tree.write("sys/class/hwmon/hwmon2/name", "rpi_volt\n");
  tree.write("sys/class/hwmon/hwmon2/in0_lcrit_alarm", "1\n");
  EXPECT_EQ(probe(make_check(CheckKind::kThrottling), {tree.path()}).message, "now: under-voltage");
}

TEST(ThrottlingProbe, PassesOnOtherHardwareAndSaysSo) {
  const TempDir tree;
  EXPECT_EQ(probe(make_check(CheckKind::kThrottling), {tree.path()}).message,
            "not measured: this host has no Raspberry Pi firmware");
}

}  // namespace
}  // namespace gannet::agent
