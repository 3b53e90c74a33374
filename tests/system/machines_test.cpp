// The fleet itself: what the other tests rely on when they cut cables and power.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/image_archive.h"
#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

class Machines : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override { return {{.disk = "64M"}}; }
};

TEST_F(Machines, PowerCutLosesWhatWasNotSyncedAndKeepsWhatWas) {
  const std::string boot = host().boot_id();
  host().sh("echo kept > /root/synced; sync; echo gone > /root/unsynced");

  host().order("crash");
  EXPECT_EQ(host().read("/root/synced"), "kept\n");
  EXPECT_FALSE(host().has("/root/unsynced"));

  host().order("start");
  EXPECT_NE(host().boot_id(), boot);
}

TEST_F(Machines, RebootBringsTheMachineBackByItself) {
  const std::string boot = host().boot_id();
  const std::string init = host().init();
  host().sh("systemctl reboot");

  wait_until(
      "another boot", [&] { return !host().init().empty() && host().init() != init; },
      std::chrono::seconds(30));
  host().order("wait");
  EXPECT_NE(host().boot_id(), boot);
}

TEST_F(Machines, GannetSeesWhatWasDoneToTheNetwork) {
  const std::vector<std::string> command = {"exec", "--timeout", "3s", "--", "true"};
  const Output reached = fleet().json(command);
  EXPECT_EQ(reached.exit_code, 0) << reached.all();

  host().order("cut");
  const Output cut = fleet().json(command);
  EXPECT_EQ(cut.exit_code, 4) << cut.all();

  host().order("mend");
  host().order("wait");
  const Output mended = fleet().json(command);
  EXPECT_EQ(mended.exit_code, 0) << mended.all();
}

class DockerMachine : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override { return {{.docker = true}}; }
};

TEST_F(DockerMachine, RunsImagesFromArchivesAndFromTheRegistry) {
  const auto file = fleet().project_dir() / "web.tar";
  const std::string id = write_image_archive(file, web_image("web:v1", "one"));
  host().write("/root/web.tar", read_file(file));
  host().sh("docker load -i /root/web.tar");
  EXPECT_EQ(host().sh("docker image inspect -f '{{.Id}}' web:v1"), id);
  host().sh("docker run -d -p 8080:8080 web:v1");
  wait_until("the server", [&] { return fleet().get(host(), "8080/") == "one\n"; });

  fleet().start_registry();
  fleet().push(file, "web:v1");
  host().sh(std::string("docker pull ") + kRegistry + "/web:v1");
  EXPECT_EQ(host().sh(std::string("docker image inspect -f '{{.Id}}' ") + kRegistry + "/web:v1"),
            id);
  EXPECT_THAT(host().sh("docker compose version --short"), testing::StartsWith("2."));
}

}  // namespace
}  // namespace gannet::test
