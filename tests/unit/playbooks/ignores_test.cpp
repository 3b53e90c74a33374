#include "playbooks/validate/ignores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playbooks/validate.h"
#include "playbooks/validate/rules.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// "rule first-last reason" of each.
std::vector<std::string> shown(std::string_view text) {
  std::vector<std::string> all;
  for (const Ignore& one : find_ignores(text, "f")) {
    all.push_back(one.rule + " " + std::to_string(one.from.line) + "-" +
                  std::to_string(one.last_line) + (one.reason ? " reason" : ""));
  }
  return all;
}

TEST(FindIgnores, OnTheLineOrTheOneAbove) {
  EXPECT_THAT(shown("a: 1  # gannet: ignore GN-PORT-003 -- vpn only\nb: 2\n"),
              ElementsAre("GN-PORT-003 1-1 reason"));
  EXPECT_THAT(shown("# gannet: ignore GN-PORT-003 -- vpn\r\n  # more words\n#gannet:ignore "
                    "GN-VOL-002,GN-PRIV-001\na: 1\nb: 2\n"),
              ElementsAre("GN-PORT-003 1-4 reason", "GN-VOL-002 3-4", "GN-PRIV-001 3-4"));
  EXPECT_THAT(shown("# gannet: ignore\n# gannet: ignore GN-PORT-003 --  "),
              ElementsAre(" 1-2", "GN-PORT-003 2-2"));
}

TEST(FindIgnores, LeavesOtherTextAlone) {
  EXPECT_THAT(shown("# gannet: ignored GN-PORT-003\n# ignore GN-PORT-003\nx#gannet: ignore GN-A-1\n"
                    "gannet: ignore GN-PORT-003\n#\n"),
              IsEmpty());
  EXPECT_THAT(shown(""), IsEmpty());
  EXPECT_THAT(shown("# see the page # gannet: ignore GN-VOL-002 -- x\n"),
              ElementsAre("GN-VOL-002 1-1 reason"));
}

class IgnoresTest : public testing::Test {
 protected:
  /// "file:line rule message [note]" of all that validate finds with `compose` as the only service.
  std::vector<std::string> validate(const std::string& compose, const std::string& extra = "") {
    folder_.write("docker-compose.yml", compose);
    const auto project = parse_project(folder_.write(
        "gannet.yaml",
        "project: x\nservices:\n  app: {compose: {files: [docker-compose.yml]}}\n" + extra));
    folder_.write("inventory.yaml", "hosts: {pi: {}}\n");
    std::vector<std::string> found;
    for (const Diagnostic& one : validate_project(*project, *load_inventory(*project))) {
      const auto slash = one.from.file.rfind('/');
      found.push_back(one.from.file.substr(slash + 1) + ":" + std::to_string(one.from.line) + " " +
                      one.rule + " " + one.message +
                      (one.note.empty() ? "" : " [" + one.note + "]"));
    }
    return found;
  }

  test::TempFolder folder_;
};

TEST_F(IgnoresTest, AllowWhatTheyName) {
  EXPECT_THAT(validate("services:\n  web:\n"
                       "    # gannet: ignore GN-IMAGE-002 -- it is ours\n    image: web\n"
                       "    privileged: true  # gannet: ignore gn-priv-001 -- needs /dev\n"),
              IsEmpty());
}

TEST_F(IgnoresTest, WithoutAReasonAreFoundThemselves) {
  EXPECT_THAT(validate("services:\n  web:\n    image: web  # gannet: ignore GN-IMAGE-002\n"),
              ElementsAre("docker-compose.yml:3 GN-IGN-002 the comment does not say why "
                          "GN-IMAGE-002 is allowed"));
}

TEST_F(IgnoresTest, ThatAllowNothingAreFound) {
  EXPECT_THAT(
      validate("services:\n  web:\n    # gannet: ignore GN-IMAGE-002 -- old\n    image: web:1\n",
               "# gannet: ignore GN-SEL-002 -- not yet\n"),
      ElementsAre("docker-compose.yml:3 GN-IGN-003 GN-IMAGE-002 finds nothing here: the comment "
                  "can go",
                  "gannet.yaml:4 GN-IGN-003 GN-SEL-002 finds nothing here: the comment can go"));
}

TEST_F(IgnoresTest, UnknownRulesAndThoseADeploymentStopsAtAreErrors) {
  EXPECT_THAT(
      validate("services:\n  web:\n    image: web:1\n# gannet: ignore GN-PROT-003 -- x\n"
               "# gannet: ignore -- x\n# gannet: ignore GN-FILE-001 -- x\n"),
      ElementsAre("docker-compose.yml:4 GN-IGN-001 there is no rule \"GN-PROT-003\" "
                  "[did you mean GN-PORT-003?]",
                  "docker-compose.yml:5 GN-IGN-001 the comment names no rule",
                  "docker-compose.yml:6 GN-IGN-004 GN-FILE-001 cannot be allowed: a deployment "
                  "stops at it"));
}

TEST_F(IgnoresTest, AreReadInEnvFilesUnitsAndSites) {
  const std::string unknown = "# gannet: ignore GN-NOPE-001 -- x\n";
  folder_.write(".env", unknown + "A=1\n");
  folder_.write("app.service", unknown + "[Service]\nExecStart=/bin/true\n");
  folder_.write("Caddyfile", unknown + "a.example.org {\n}\n");
  folder_.write("prod.env", unknown + "A=1\n");
  const std::string message = ":1 GN-IGN-001 there is no rule \"GN-NOPE-001\"";
  const auto found =
      validate("services:\n  web:\n    image: web:1\n",
               "  unit: {systemd: {units: [app.service]}}\n  site: {caddy: {site: Caddyfile}}\n"
               "environments: {prod: {env_file: prod.env}}\n");
  for (const char* file : {".env", "app.service", "Caddyfile", "prod.env"}) {
    EXPECT_THAT(found, testing::Contains(testing::StartsWith(file + message))) << file;
  }
}

}  // namespace
}  // namespace gannet::playbooks
