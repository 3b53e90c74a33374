#include "playbooks/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playbooks/validate/rules.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using inventory::Severity;
using testing::ElementsAre;
using testing::IsEmpty;

class ValidateTest : public testing::Test {
 protected:
  /// "error line: message [note] => hint" of every diagnostic.
  std::vector<std::string> validate(const std::string& text) {
    const auto project = load_project(folder_.write("gannet.yaml", "project: x\n" + text));
    if (!project) return {project.error().front().context};
    folder_.write("inventory.yaml",
                  "hosts:\n  pi-1: {labels: {role: pi}}\n  pi-2: {labels: {role: pi, gpu: yes}}\n"
                  "  web-1: {labels: {role: web}}\n");
    const auto hosts = load_inventory(*project);
    std::vector<std::string> found;
    for (const Diagnostic& one : validate_project(*project, *hosts)) {
      EXPECT_NE(find_rule(one.rule), nullptr) << one.message << " has the rule " << one.rule;
      std::string shown = one.severity == Severity::kError ? "error " : "warning ";
      shown += std::to_string(one.from.line) + ": " + one.message;
      if (!one.note.empty()) shown += " [" + one.note + "]";
      const std::string prefix = folder_.path().string() + "/";
      for (auto at = shown.find(prefix); at != std::string::npos; at = shown.find(prefix)) {
        shown.erase(at, prefix.size());
      }
      found.push_back(std::move(shown));
    }
    return found;
  }

  test::TempFolder folder_;
};

TEST_F(ValidateTest, FindsNothingInAGoodProject) {
  folder_.write("bin-aarch64", "x");
  folder_.write("prod.env", "TAG=1\n");
  EXPECT_THAT(validate("environments: {production: {env_file: prod.env}}\n"
                       "services:\n"
                       "  a: {files: [{src: \"bin-{{host.arch}}\", dest: \"/opt/${TAG}\"}]}\n"
                       "  b: {on: role=pi, files: [{content: x, dest: /b}]}\n"),
              IsEmpty());
}

TEST_F(ValidateTest, ComparesEnvFiles) {
  folder_.write("one.env", "TAG=1\nEXTRA=\n");
  folder_.write("two.env", "TAG=1\nTAG=2\n");
  folder_.write("compose.yml",
                "services:\n  a:\n    image: \"a:${TAG}\"\n"
                "    environment: [\"P=${PASS:?}\", \"D=${D:-1}\"]\n    env_file: .env\n");
  EXPECT_THAT(
      validate("environments: {one: {on: pi-1, env_file: one.env}, two: {env_file: two.env},\n"
               "  three: {on: role=web, env_file: two.env}}\n"
               "services: {a: {on: role=pi, compose: {file: compose.yml}}}\n"),
      testing::UnorderedElementsAre(
          "error 4: PASS is not set in environment one",
          "error 4: PASS is not set in environment two",
          "warning 2: EXTRA is set in one but not in three, two",
          "warning 2: EXTRA is set to nothing",
          "warning 2: TAG is set twice: this value wins over that of line 1"));
}

TEST_F(ValidateTest, LoadsEveryEnvironmentsFile) {
  folder_.write("bad.env", "A=1\nB\n");
  EXPECT_THAT(validate("environments:\n  one: {env_file: nope.env}\n  two: {env_file: bad.env}\n"
                       "services: {a: {files: [{content: x, dest: /a}]}}\n"),
              ElementsAre("error 3: environment \"one\": nope.env: no such file",
                          "error 4: environment \"two\": bad.env:2:1: \"B\" has no value",
                          "warning 5: service \"a\" matches no host of any environment"));
}

TEST_F(ValidateTest, SaysWhatAFleetWithoutADeadMansSwitchDoes) {
  const std::string services = "services: {a: {files: [{content: x, dest: /a}]}}\n";
  EXPECT_THAT(validate("strategy:\n  watchdog: 0s\n" + services),
              ElementsAre("warning 3: \"watchdog\" is 0: a host whose controller dies before the "
                          "commit keeps the unconfirmed release until it is restarted"));
  EXPECT_THAT(validate("strategy: {watchdog: 5s}\n" + services), IsEmpty());
}

TEST_F(ValidateTest, FindsVariablesThatOneEnvironmentLacks) {
  folder_.write("one.env", "TAG=1\n");
  folder_.write("two.env", "TAGS=1\n");
  EXPECT_THAT(validate("environments: {one: {env_file: one.env}, two: {env_file: two.env}}\n"
                       "services: {a: {files: [{content: \"${TAG}\", dest: /a}]}}\n"),
              ElementsAre("error 3: the variable \"TAG\" is not set in two.env "
                          "[did you mean \"TAGS\"?]",
                          "warning 1: TAGS is used by no service"));
}

TEST_F(ValidateTest, SaysOnWhichHostsANameIsUnknown) {
  EXPECT_THAT(validate("services:\n"
                       "  a: {files: [{content: \"{{label.gpu}}\", dest: /a, template: true}]}\n"
                       "  b: {files: [{content: \"{{nope}}\", dest: /b, template: true}]}\n"),
              ElementsAre("error 3: unknown name \"label.gpu\" in {{ }} (on pi-1 and 1 more)",
                          "error 4: unknown name \"nope\" in {{ }}"));
}

TEST_F(ValidateTest, FindsMissingSourcesAndUnknownSelectorNames) {
  EXPECT_THAT(
      validate("environments: {prod: {on: \"rol=pi\"}}\n"
               "services:\n  a: {on: pi-3, files: [{src: nope, dest: /a}]}\n"
               "  b: {files: [{src: \"bin-{{host.arch}}\", dest: /b}]}\n"),
      ElementsAre("error 2: selector: no host has the label \"rol\" (rol=pi) "
                  "[did you mean \"role\"?]",
                  "warning 2: environment \"prod\" matches no host",
                  "error 4: selector: there is no host \"pi-3\" (pi-3) [did you mean \"pi-1\"?]",
                  "warning 4: service \"a\" matches no host of any environment",
                  "warning 5: service \"b\" matches no host of any environment"));
  EXPECT_THAT(validate("services:\n  a: {files: [{src: nope, dest: /a}]}\n"
                       "  b: {files: [{src: \"bin-{{host.arch}}\", dest: /b}]}\n"),
              ElementsAre("error 3: there is no file \"nope\"",
                          "error 4: there is no file \"bin-aarch64\""));
}

TEST_F(ValidateTest, FindsFilesThatTwoServicesOfAHostWrite) {
  EXPECT_THAT(validate("services:\n  a: {on: role=pi, files: [{content: x, dest: /a}]}\n"
                       "  b: {on: \"pi-2|web-1\", files: [{content: x, dest: /a}]}\n"),
              ElementsAre("error 4: \"/a\" is written twice; the other is in service \"a\" "
                          "(gannet.yaml:3:28) (on pi-2)"));
}

TEST_F(ValidateTest, WarnsAboutOpenSecretsAndPortsThatStayTaken) {
  EXPECT_THAT(
      validate(
          "checks: [{port_free: 80}, {port_free: 81}, {port_free: 80, owner: nginx}]\n"
          "services:\n  a:\n    files: [{content: x, dest: /a, secret: true, mode: \"0644\"}]\n"
          "    health: [{port_open: 80}]\n"),
      ElementsAre("warning 2: port 80 is not free once service \"a\" runs",
                  "warning 5: everybody on the host may read the secret \"/a\""));
}

}  // namespace
}  // namespace gannet::playbooks
