// The power of whole machines fails: at every journalled step of a deployment, and while a restore
// repairs the one before. Each machine has a disk of its own that loses what was not synced.
#include <algorithm>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

constexpr const char* kSteps = "/var/steps";
constexpr std::size_t kMachines = 10;

using Tree = std::map<std::string, std::string>;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string seconds_of(const std::string& version) {
  return version == "v1" ? "1000001" : "1000002";
}

/// The tag of the release that `status` says is in force; "" when it says none.
std::string tag_in_force(const nlohmann::json& host) {
  for (const auto& service : host.at("services")) {
    for (const auto& kept : service.at("kept")) {
      if (kept.at("release") == service.at("current")) return kept.at("tag");
    }
  }
  return {};
}

class PowerCut : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override {
    return std::vector<MachineOptions>(kMachines, {.disk = "64M"});
  }

  void prepare() override {
    for (const std::string version : {"v2", "v1"}) {
      deploy(version);
      trees_[version] = host().tree("/srv/app");
    }
    ASSERT_NE(trees_["v1"], trees_["v2"]);
  }

  /// The command line of the unit's process.
  [[nodiscard]] static std::string unit_of(const Machine& machine) {
    return machine
        .run("tr '\\0' ' ' < /proc/$(systemctl show --value -p MainPID app.service)/cmdline")
        .output;
  }

  /// "v2" changes content and mode of a file of "v1", removes one and adds one in a new folder.
  void write_version(const std::string& version) {
    const bool one = version == "v1";
    fleet().write_project(
        "strategy: { watchdog: 5s, max_failures: 100, on_failure: continue }\n"
        "services:\n  app:\n    files:\n      - { content: \"" +
        version + "\\n\", mode: \"" + (one ? "0640" : "0600") +
        "\", dest: /srv/app/app.conf }\n      - { content: \"only " + version +
        "\\n\", dest: /srv/app/" + version +
        "/only.conf }\n    before: \"true\"\n    after: \"true\"\n"
        "    systemd: { exec: \"/bin/sleep " +
        seconds_of(version) +
        "\" }\n"
        "    health: { checks: [ { file: /srv/app/" +
        (sick_ && !one ? "nowhere" : "app.conf") + " } ], stable_for: 50ms, timeout: 500ms }\n");
  }

  void deploy(const std::string& version, const std::vector<std::string>& more = {}) {
    write_version(version);
    std::vector<std::string> words = {"deploy", "-y", "--tag", version};
    words.insert(words.end(), more.begin(), more.end());
    const Output run = fleet().json(words);
    ASSERT_EQ(run.exit_code, sick_ && version == "v2" ? 3 : 0) << run.all();
  }

  /// Names of the steps of a deployment from v1 to v2, from its first session to its last.
  std::vector<std::string> steps_of_a_deployment() {
    host().set_session_environment({{"GANNET_TEST_STEPS_FILE", kSteps}});
    deploy("v2", {"--on", "h1"});
    std::istringstream text(host().read(kSteps));
    host().set_session_environment({});
    deploy("v1", {"--on", "h1"});
    std::vector<std::string> names;
    for (std::string line; std::getline(text, line);) names.push_back(line);
    return names;
  }

  /// Deploys v2 everywhere and cuts the power of machine i when it stands behind step first + i.
  void cut_at(std::size_t first, std::size_t count) {
    std::vector<std::string> names;
    std::string on;
    for (std::size_t i = 0; i < count; ++i) {
      host(i).sh(std::string("rm -f ") + kSteps);
      host(i).set_session_environment(
          {{"GANNET_TEST_STEPS_FILE", kSteps}, {"GANNET_TEST_STOP_AT", std::to_string(first + i)}});
      names.push_back(host(i).name());
      on += (on.empty() ? "" : "|") + host(i).name();
    }
    write_version("v2");
    const auto gannet = fleet().start({"deploy", "-y", "--tag", "v2", "--on", on});
    for (std::size_t i = 0; i < count; ++i) {
      wait_until(
          host(i).name() + " at step " + std::to_string(first + i),
          [&] { return lines_of(host(i).read(kSteps)) == first + i || !gannet->running(); },
          std::chrono::seconds(30));
    }
    ASSERT_TRUE(gannet->running()) << gannet->wait().all();
    fleet().order("crash", names);
    gannet->signal(SIGKILL);
    EXPECT_EQ(gannet->wait().exit_code, 128 + SIGKILL);
    for (std::size_t i = 0; i < count; ++i) host(i).set_session_environment({});
    fleet().order("start", names);
    for (std::size_t i = 0; i < count; ++i) {  // nobody asks: what starts at boot has to do it
      wait_until(
          host(i).name() + " to settle, cut at step " + std::to_string(first + i),
          [&] { return host(i).journal().empty(); }, std::chrono::seconds(30));
    }
  }

  /// The release that is whole on the machine; it is what `status` says, too. "" when it is none.
  std::string release_on(std::size_t index, const Output& status) {
    const std::string& name = host(index).name();
    const Tree tree = host(index).tree("/srv/app");
    for (const std::string version : {"v1", "v2"}) {
      if (tree != trees_[version]) continue;
      EXPECT_EQ(tag_in_force(host_entry(status, name)), version) << status.all();
      EXPECT_EQ(unit_of(host(index)), "/bin/sleep " + seconds_of(version) + " ");
      EXPECT_EQ(host(index).sh("systemctl is-enabled app.service"), "enabled");
      return version;
    }
    ADD_FAILURE() << name << " has neither release: " << testing::PrintToString(tree);
    return {};
  }

  std::map<std::string, Tree> trees_;
  bool sick_ = false;  ///< v2 does not pass its gate: it is put back
};

TEST_F(PowerCut, AtEachStepLeavesOneReleaseWholeAndSaysWhich) {
  const std::vector<std::string> steps = steps_of_a_deployment();
  ASSERT_GT(steps.size(), 10U) << testing::PrintToString(steps);
  const auto decided = std::find(steps.begin(), steps.end(), "journal committing");
  ASSERT_NE(decided, steps.end()) << testing::PrintToString(steps);
  const auto committing = static_cast<std::size_t>(std::distance(steps.begin(), decided)) + 1;

  for (std::size_t first = 1; first <= steps.size(); first += kMachines) {
    const std::size_t count = std::min(kMachines, steps.size() - first + 1);
    cut_at(first, count);
    const Output status = fleet().json({"status"});
    ASSERT_EQ(status.exit_code, 0) << status.all();
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE("power cut behind step " + std::to_string(first + i) + ", " +
                   steps[first + i - 1]);
      EXPECT_EQ(release_on(i, status), first + i < committing ? "v1" : "v2");
    }
    if (HasFailure()) return;
    deploy("v1");
  }
}

TEST_F(PowerCut, InTheMiddleOfARestoreIsMadeGoodByTheNextBoot) {
  sick_ = true;
  const std::vector<std::string> steps = steps_of_a_deployment();
  const auto begun = std::find(steps.begin(), steps.end(), "services undone");
  ASSERT_NE(begun, steps.end()) << testing::PrintToString(steps);
  ASSERT_NE(std::find(begun, steps.end(), "services back"), steps.end());
  const auto restoring = static_cast<std::size_t>(std::distance(steps.begin(), begun)) + 1;

  for (std::size_t first = restoring; first <= steps.size(); first += kMachines) {
    const std::size_t count = std::min(kMachines, steps.size() - first + 1);
    cut_at(first, count);
    const Output status = fleet().json({"status"});
    ASSERT_EQ(status.exit_code, 0) << status.all();
    for (std::size_t i = 0; i < count; ++i) {
      SCOPED_TRACE("power cut behind step " + std::to_string(first + i) + ", " +
                   steps[first + i - 1]);
      EXPECT_EQ(release_on(i, status), "v1");
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace gannet::test
