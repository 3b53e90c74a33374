// Fifty hosts at once: the test that also runs under the thread sanitizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

TEST(FiftyHosts, DeployUnchangedAndRollBackTogether) {
  Fleet fleet({.hosts = 50});
  fleet.write_project(std::string(kOneWave) + web_service("one"));
  const Output first = fleet.json({"deploy", "-y"});
  EXPECT_EQ(first.exit_code, 0) << first.all();
  for (const FleetHost& host : fleet.hosts()) EXPECT_EQ(host.read("etc/app.conf"), "one\n");

  const Output again = fleet.json({"deploy", "-y"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
  for (const FleetHost& host : fleet.hosts()) EXPECT_EQ(outcome(again, host.name), "unchanged");

  fleet.write_project(std::string(kOneWave) + web_service("two"));
  const Output second = fleet.json({"deploy", "-y"});
  EXPECT_EQ(second.exit_code, 0) << second.all();
  const Output back = fleet.json({"rollback", "-y"});
  EXPECT_EQ(back.exit_code, 0) << back.all();
  for (const FleetHost& host : fleet.hosts()) EXPECT_EQ(host.read("etc/app.conf"), "one\n");
}

}  // namespace
}  // namespace gannet::test
