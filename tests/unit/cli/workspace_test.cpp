#include "controller/cli/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/release_flow.h"
#include "tests/unit/cli/run_gannet.h"

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class WorkspaceTest : public testing::Test {
 protected:
  WorkspaceTest() {
    bench_.write("gannet.yaml", kProjectYaml);
    bench_.write("inventory.yaml", kInventoryYaml);
    options_.project_file = bench_.path("gannet.yaml");
  }
  Workspace good(Needs needs) {
    auto loaded = load_workspace(options_, needs);
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().front().context);
    return loaded ? std::move(*loaded) : Workspace{};
  }
  Error bad(Needs needs) {
    const auto loaded = load_workspace(options_, needs);
    EXPECT_FALSE(loaded);
    return loaded ? Error{} : loaded.error().front();
  }
  static std::vector<std::string> names(const Workspace& workspace) {
    std::vector<std::string> names;
    for (const auto& host : workspace.hosts) names.push_back(host.name);
    return names;
  }

  Workbench bench_;
  GlobalOptions options_;
};

TEST_F(WorkspaceTest, AllHostsWithoutSelection) {
  const auto workspace = good(Needs::kInventory);
  EXPECT_THAT(names(workspace), ElementsAre("db", "pi-1", "pi-2"));
  EXPECT_TRUE(workspace.environment.empty());
  EXPECT_THAT(*workspace.hosts[0].ssh.known_hosts_file, HasSubstr("/.ssh/known_hosts"));
}

TEST_F(WorkspaceTest, EnvironmentAndSelectorsAreAnded) {
  options_.environment = "home";
  EXPECT_THAT(names(good(Needs::kInventory)), ElementsAre("db", "pi-2"));
  options_.selectors = {"role=pi"};
  EXPECT_THAT(names(good(Needs::kInventory)), ElementsAre("pi-2"));
  options_.selectors = {"role=pi", "pi-1"};
  EXPECT_EQ(bad(Needs::kInventory).context,
            "no host matches all of: site=home and role=pi and pi-1");
}

TEST_F(WorkspaceTest, ReleasesNeedAnEnvironmentWhenThereAreSeveral) {
  const auto error = bad(Needs::kProject);
  EXPECT_EQ(error.context, "the project has 2 environments: lab, home");
  EXPECT_EQ(error.hint, "name one: --env lab");
}

TEST_F(WorkspaceTest, UnknownEnvironmentNamesTheNearest) {
  options_.environment = "hme";
  EXPECT_EQ(bad(Needs::kInventory).hint, "did you mean \"home\"?");
}

TEST_F(WorkspaceTest, ErrorsOfSelectorsNameTheOption) {
  options_.selectors = {"role=pi,,("};
  EXPECT_THAT(bad(Needs::kInventory).context, HasSubstr("--on"));
  options_.selectors = {"rol=pi"};
  EXPECT_THAT(bad(Needs::kInventory).context, HasSubstr("rol"));
}

TEST_F(WorkspaceTest, UnknownServiceNamesTheNearest) {
  const auto workspace = good(Needs::kInventory);
  EXPECT_TRUE(check_services(workspace.project, {"web", "api"}));
  const auto error = check_services(workspace.project, {"wbe"});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().context, "unknown service \"wbe\"");
  EXPECT_EQ(error.error().hint, "did you mean \"web\"?");
}

TEST_F(WorkspaceTest, OnlyHostsThatRunTheServicesAreKept) {
  auto workspace = good(Needs::kInventory);
  ASSERT_TRUE(keep_hosts_with(workspace, {"web"}));
  EXPECT_THAT(names(workspace), ElementsAre("pi-1", "pi-2"));
  workspace.hosts.resize(0);
  EXPECT_EQ(keep_hosts_with(workspace, {"web"}).error().context, "no selected host runs web");
}

TEST_F(WorkspaceTest, MissingFilesAreNamed) {
  options_.project_file = bench_.path("other.yaml");
  EXPECT_THAT(bad(Needs::kInventory).context, HasSubstr("other.yaml"));
}

TEST(RemainingHosts, AreAllThatAreNotDone) {
  std::vector<HostRecord> hosts(7);
  const std::vector<Outcome> outcomes{
      Outcome::kDeployed, Outcome::kUnchanged, Outcome::kRolledBack, Outcome::kFailed,
      Outcome::kSkipped,  Outcome::kUnknown,   Outcome::kUnreachable};
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    hosts[i].host = "h" + std::to_string(i);
    hosts[i].outcome = outcomes[i];
  }
  EXPECT_THAT(remaining_hosts(hosts), ElementsAre("h2", "h3", "h4", "h5", "h6"));
  EXPECT_THAT(remaining_hosts({}), SizeIs(0));
}

}  // namespace
}  // namespace gannet::controller
