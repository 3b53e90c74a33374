#include "playbooks/validate/compose_rules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "playbooks/validate.h"
#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Rules = std::set<std::string>;

class ComposeRulesTest : public testing::Test {
 protected:
  /// Validates `services` of a gannet.yaml on the hosts pi-1 and pi-2.
  std::vector<Diagnostic> validate(const std::string& services) {
    const auto project =
        parse_project(folder_.write("gannet.yaml", "project: x\nservices:\n" + services));
    if (!project) return project.error();
    folder_.write("inventory.yaml", "hosts: {pi-1: {}, pi-2: {}}\n");
    return validate_project(*project, *load_inventory(*project));
  }

  /// The findings in one Compose file: "line:column rule message".
  std::vector<std::string> check(const std::string& compose, const std::string& more = "") {
    folder_.write("docker-compose.yml", compose);
    std::vector<std::string> found;
    for (const Diagnostic& one :
         validate("  app: {compose: {files: [docker-compose.yml]" + more + "}}\n")) {
      found.push_back(std::to_string(one.from.line) + ":" + std::to_string(one.from.column) + " " +
                      one.rule + " " + one.message);
    }
    return found;
  }

  test::TempFolder folder_;
};

/// What each case of tests/fixtures/compose gives. Empty where Compose and its users find nothing
/// wrong, and where what they find is no matter of these rules.
struct Case {
  std::string_view name;
  std::string_view rules;  ///< between blanks
};
constexpr std::array kCases{
    Case{"anchors-bomb-small", ""},
    Case{"bad-env-file", ""},
    Case{"bad-image-ref", "GN-IMAGE-001"},
    Case{"bad-interpolation", ""},
    Case{"bad-project-name", ""},
    Case{"bad-service-name", ""},
    Case{"bad-yaml-indent", "GN-YAML-001"},
    Case{"bad-yaml-tab", "GN-YAML-001"},
    Case{"bind-long-no-create", "GN-VOL-003"},
    Case{"bind-missing-source", "GN-VOL-003"},
    Case{"clean", ""},
    Case{"command-string-env", ""},
    Case{"crlf", ""},
    Case{"depends-bad-condition", "GN-DEP-003"},
    Case{"depends-cycle", "GN-DEP-002"},
    Case{"depends-healthy-without-healthcheck", "GN-HEALTH-001"},
    Case{"depends-list-and-cond-required-false", ""},
    Case{"docker-sock", "GN-VOL-002"},
    Case{"dollar-password", ""},
    Case{"dup-container-name", "GN-NAME-001"},
    Case{"dup-host-port-range-overlap", "GN-PORT-001"},
    Case{"dup-host-port-same-service", "GN-PORT-001"},
    Case{"dup-host-port-two-services", "GN-PORT-001"},
    Case{"dup-key", "GN-YAML-002"},
    Case{"dup-mount-target", "GN-VOL-005"},
    Case{"empty-file", ""},
    Case{"empty-services", ""},
    Case{"env-bool", ""},
    Case{"env-list-spaces", ""},
    Case{"ext-key-ok", ""},
    Case{"extends-missing", "GN-COMPOSE-002"},
    Case{"external-network", ""},
    Case{"external-with-driver", ""},
    Case{"healthcheck-bad-duration", "GN-HEALTH-003"},
    Case{"healthcheck-bad-test", "GN-HEALTH-002"},
    Case{"host-ip-bad", "GN-PORT-005"},
    Case{"host-mode-with-ports", "GN-NET-002 GN-NET-003"},
    Case{"include-missing", "GN-COMPOSE-002"},
    Case{"inline-secret", ""},
    Case{"ipv4-outside-subnet", ""},
    Case{"latest-tag", "GN-IMAGE-002"},
    Case{"latin1", "GN-YAML-003"},
    Case{"links-legacy", ""},
    Case{"lone-dollar", ""},
    Case{"mem-bad-unit", ""},
    Case{"mem-both-places-conflict", ""},
    Case{"missing-env-file", "GN-COMPOSE-002"},
    Case{"missing-env-file-optional-ok", ""},
    Case{"multi-doc", "GN-YAML-001"},
    Case{"network-mode-and-networks", "GN-NET-004"},
    Case{"no-image-no-build", "GN-IMAGE-001"},
    Case{"not-a-mapping", "GN-COMPOSE-003"},
    Case{"platform-mismatch", ""},
    Case{"port-not-number", "GN-PORT-002"},
    Case{"port-out-of-range", "GN-PORT-002"},
    Case{"privileged", "GN-PRIV-001"},
    Case{"profile-dependency", "GN-DEP-004"},
    Case{"relative-without-dot", "GN-VOL-004"},
    Case{"reservation-over-limit", ""},
    Case{"restart-bad", "GN-RESTART-001"},
    Case{"restart-unquoted-no", ""},
    Case{"same-port-different-ip-ok", ""},
    Case{"same-port-tcp-udp-ok", ""},
    Case{"same-port-wildcard-and-ip", "GN-PORT-001"},
    Case{"scale-with-container-name", "GN-NAME-002"},
    Case{"scale-with-host-port", "GN-PORT-007"},
    Case{"secret-file-missing", "GN-COMPOSE-002"},
    Case{"secret-two-sources", "GN-COMPOSE-002"},
    Case{"sensitive-mount", ""},
    Case{"services-list", "GN-COMPOSE-003"},
    Case{"sexagesimal-port", "GN-PORT-006"},
    Case{"undefined-depends", "GN-DEP-001"},
    Case{"undefined-network", "GN-NET-001"},
    Case{"undefined-secret", ""},
    Case{"undefined-volume", "GN-VOL-001"},
    Case{"unknown-key", ""},
    Case{"unknown-top-level", ""},
    Case{"unset-var", "GN-ENV-002"},
    Case{"unset-var-default-ok", ""},
    Case{"unset-var-required", "GN-ENV-002"},
    Case{"version-obsolete", ""},
};

/// The rules of a case; fails for one that is not in the table.
Rules rules_of_case(const std::string& name) {
  const auto found = std::ranges::find(kCases, name, &Case::name);
  EXPECT_NE(found, kCases.end()) << name;
  if (found == kCases.end() || found->rules.empty()) return {};
  const auto words = split(found->rules, ' ');
  return {words.begin(), words.end()};
}

TEST_F(ComposeRulesTest, FindWhatTheCasesHoldAndNothingElse) {
  const fs::path folder = gannet::test::source_dir() + "/tests/fixtures/compose/cases";
  std::size_t seen = 0;
  for (const auto& one : fs::directory_iterator(folder)) {
    const std::string name = one.path().filename();
    fs::remove_all(folder_.path() / "p");
    fs::copy(one.path(), folder_.path() / "p", fs::copy_options::recursive);
    Rules found;
    for (const Diagnostic& finding :
         validate("  app: {compose: {files: [p/docker-compose.yml]}}\n")) {
      found.insert(finding.rule);
    }
    EXPECT_EQ(found, rules_of_case(name)) << name;
    ++seen;
  }
  EXPECT_EQ(seen, kCases.size());
}

/// What is proposed with the cases, by the rule that is ours.
constexpr std::array kProposed{
    Case{"yaml-syntax", "GN-YAML-001"},
    Case{"duplicate-key", "GN-YAML-002"},
    Case{"not-utf8", "GN-YAML-003"},
    Case{"multiple-documents", "GN-YAML-001"},
    Case{"yaml-shape", "GN-COMPOSE-003"},
    Case{"no-image-or-build", "GN-IMAGE-001"},
    Case{"bad-image-ref", "GN-IMAGE-001"},
    Case{"mutable-tag", "GN-IMAGE-002"},
    Case{"undefined-network", "GN-NET-001"},
    Case{"ports-ignored-in-host-mode", "GN-NET-002"},
    Case{"host-network", "GN-NET-003"},
    Case{"network-mode-with-networks", "GN-NET-004"},
    Case{"undefined-volume", "GN-VOL-001"},
    Case{"docker-socket", "GN-VOL-002"},
    Case{"missing-bind-source", "GN-VOL-003"},
    Case{"relative-volume-as-named", "GN-VOL-004"},
    Case{"undefined-dependency", "GN-DEP-001"},
    Case{"dependency-cycle", "GN-DEP-002"},
    Case{"bad-depends-condition", "GN-DEP-003"},
    Case{"dependency-in-inactive-profile", "GN-DEP-004"},
    Case{"duplicate-host-port", "GN-PORT-001"},
    Case{"bad-port", "GN-PORT-002"},
    Case{"bad-host-ip", "GN-PORT-005"},
    Case{"unquoted-port", "GN-PORT-006"},
    Case{"scaled-host-port", "GN-PORT-007"},
    Case{"duplicate-mount-target", "GN-VOL-005"},
    Case{"duplicate-container-name", "GN-NAME-001"},
    Case{"container-name-with-scale", "GN-NAME-002"},
    Case{"depends-healthy-no-healthcheck", "GN-HEALTH-001"},
    Case{"bad-healthcheck", "GN-HEALTH-002"},
    Case{"bad-duration", "GN-HEALTH-003"},
    Case{"bad-restart", "GN-RESTART-001"},
    Case{"privileged", "GN-PRIV-001"},
    Case{"missing-env-file", "GN-COMPOSE-002"},
    Case{"missing-secret-file", "GN-COMPOSE-002"},
    Case{"missing-extends", "GN-COMPOSE-002"},
    Case{"missing-include", "GN-COMPOSE-002"},
};

TEST_F(ComposeRulesTest, AgreeWithTheFindingsProposedForTheCases) {
  std::ifstream in(gannet::test::source_dir() + "/tests/fixtures/compose/cases.json");
  std::set<std::string> used;
  const auto cases = nlohmann::json::parse(in);
  for (const auto& one : cases.at("cases")) {
    const std::string name = one.at("case");
    Rules ours;
    const auto& proposed = one.at("our_findings_expected");
    for (const std::string finding : proposed) {
      const auto rule = std::ranges::find(kProposed, finding, &Case::name);
      if (rule != kProposed.end()) ours.emplace(rule->rules);
      used.insert(finding);
    }
    if (ours.empty() && !proposed.empty()) continue;
    EXPECT_EQ(rules_of_case(name), ours) << name;
  }
  for (const Case& one : kProposed) EXPECT_TRUE(used.contains(std::string(one.name))) << one.name;
}

TEST_F(ComposeRulesTest, HostPortsCountOverAllServicesOfAHost) {
  folder_.write("a/docker-compose.yml",
                "services: {web: {image: \"nginx:1\", ports: [\"8080:80\"]}}\n");
  folder_.write("b/docker-compose.yml",
                "services: {api: {image: \"nginx:1\", ports: [\"8000-8100:8000-8100\"]}}\n");
  const auto found = validate(
      "  a: {compose: {files: [a/docker-compose.yml]}}\n"
      "  b: {on: pi-2, compose: {files: [b/docker-compose.yml]}}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "GN-PORT-001");
  EXPECT_THAT(found[0].message,
              HasSubstr("host port 8000-8100/tcp is taken twice; the other is \"web\" of service "
                        "\"a\" ("));
  EXPECT_THAT(found[0].message, HasSubstr("a/docker-compose.yml:1:44) (on pi-2)"));
  EXPECT_THAT(found[0].source_line, HasSubstr("8000-8100"));
  EXPECT_THAT(validate("  a: {on: pi-1, compose: {files: [a/docker-compose.yml]}}\n"
                       "  b: {on: pi-2, compose: {files: [b/docker-compose.yml]}}\n"),
              IsEmpty());
}

TEST_F(ComposeRulesTest, InlineServicesTakePortsToo) {
  const auto found = validate(
      "  a: {compose: {image: \"nginx:1\", ports: [\"80:80\"]}}\n"
      "  b: {compose: {image: \"nginx:1\", ports: [\"80:8080\"]}}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "GN-PORT-001");
  EXPECT_EQ(found[0].from.line, 4);
}

TEST_F(ComposeRulesTest, PortsOfInactiveProfilesAreFree) {
  const std::string file =
      "services:\n  a: {image: \"n:1\", ports: [\"80:80\"]}\n"
      "  b: {image: \"n:1\", profiles: [debug], ports: [\"80:80\"]}\n";
  EXPECT_THAT(check(file), IsEmpty());
  EXPECT_THAT(check(file, ", profiles: [debug]"),
              ElementsAre(HasSubstr("GN-PORT-001 host port 80/tcp is taken twice")));
}

TEST_F(ComposeRulesTest, DatabasesBelongBehindAnAddress) {
  EXPECT_THAT(check("services:\n  db:\n    image: docker.io/library/postgres:16\n    ports:\n"
                    "      - \"5432:5432\"\n      - \"127.0.0.1:5433:5432\"\n      - \"5432\"\n"
                    "  web: {image: \"nginx:1\", ports: [\"3306:3306\"]}\n"),
              ElementsAre("5:9 GN-PORT-003 the database of service \"db\" is published on all "
                          "addresses"));
  EXPECT_THAT(check("services:\n  c:\n    image: redis:7\n    ports:\n"
                    "      - {target: 6379, published: 6379, host_ip: 0.0.0.0}\n"),
              ElementsAre(HasSubstr("GN-PORT-003")));
}

TEST_F(ComposeRulesTest, PortsAreReadAsComposeReadsThem) {
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    ports:\n"
                    "      - \"[::1]:80:80\"\n      - \"127.0.0.1::81\"\n      - \"90-95:82\"\n"
                    "      - 83\n      - \"84/udp\"\n      - \"${PORT:-85}:85\"\n"),
              IsEmpty());
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    ports:\n"
                    "      - \"80:80/tpc\"\n      - \"0:81\"\n      - \"9-8:82\"\n"
                    "      - \"1-3:4-5\"\n"),
              ElementsAre("5:9 GN-PORT-004 \"tpc\" is no protocol of a port",
                          "6:9 GN-PORT-002 \"0\" in \"0:81\" is not a port",
                          "7:9 GN-PORT-002 \"9-8\" in \"9-8:82\" is not a port",
                          "8:9 GN-PORT-002 \"1-3:4-5\" maps ranges of different length"));
}

TEST_F(ComposeRulesTest, PrivilegedPortsOfTheHostNeedRoot) {
  const std::string head = "services:\n  a:\n    image: n:1\n    network_mode: host\n";
  EXPECT_THAT(check(head + "    user: \"1000:1000\"\n    ports: [\"80:80\"]\n"),
              testing::Contains(HasSubstr("GN-PORT-008 user \"1000:1000\" of service \"a\" may not "
                                          "open port 80 of the host")));
  EXPECT_THAT(check(head + "    ports: [\"80:80\"]\n"),
              Not(testing::Contains(HasSubstr("GN-PORT-008"))));
}

TEST_F(ComposeRulesTest, FilesOfAProjectAreReadTogether) {
  folder_.write("base.yml", "services: {base: {image: \"n:1\", privileged: true}}\n");
  folder_.write("more.yml", "services: {db: {image: \"db:1\"}}\nvolumes: {data: {}}\n");
  EXPECT_THAT(check("include: [more.yml]\nservices:\n  web:\n"
                    "    extends: {file: base.yml, service: base}\n"
                    "    depends_on: [db]\n    volumes: [\"data:/data\", \"dta:/x\"]\n"),
              ElementsAre("1:45 GN-PRIV-001 service \"web\" has all rights on the host",
                          "6:29 GN-VOL-001 volume \"dta\" is not declared"));
}

TEST_F(ComposeRulesTest, FoldersForDataMayBeMissing) {
  folder_.write("conf/app.conf", "x");
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    volumes:\n      - ./data:/data\n"
                    "      - ./conf:/conf:ro\n      - ./conf/app.conf:/app.conf\n"
                    "      - /srv/x.conf:/x.conf:ro\n      - ./nope:/nope:ro\n"),
              ElementsAre("9:9 GN-VOL-003 \"./nope\" is mounted, but not in the project"));
}

TEST_F(ComposeRulesTest, LaterFilesReplaceMountsAndNames) {
  folder_.write("base.yml",
                "services: {base: {image: \"n:1\", container_name: b, restart: never,\n"
                "  healthcheck: {disable: true}, volumes: [\"/srv/a:/data\"]}}\n");
  EXPECT_THAT(check("services:\n  a:\n    extends: {file: base.yml, service: base}\n"
                    "    container_name: a\n    restart: \"no\"\n    volumes: [\"/srv/b:/data\"]\n"
                    "  b:\n    image: n:1\n    container_name: b\n"
                    "    depends_on: {a: {condition: service_healthy}}\n"),
              ElementsAre("10:33 GN-HEALTH-002 service \"b\" waits for \"a\" to be healthy, whose "
                          "healthcheck is switched off"));
}

TEST_F(ComposeRulesTest, TimesAndPoliciesAreThoseOfCompose) {
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    restart: on-failure:3\n    healthcheck:\n"
                    "      test: curl -f http://localhost\n      interval: 1m30s\n"
                    "      timeout: 1.5h\n      start_period: 2d\n      start_interval: 500ms\n"),
              IsEmpty());
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    restart: on-failure:x\n    healthcheck:\n"
                    "      interval: 10 s\n      timeout: \"30\"\n"),
              testing::UnorderedElementsAre("6:17 GN-HEALTH-003 \"10 s\" is no duration",
                                            "7:16 GN-HEALTH-003 \"30\" is no duration",
                                            HasSubstr("GN-RESTART-001 \"on-failure:x\"")));
}

TEST_F(ComposeRulesTest, MountsAtOnePlaceAreToldWithTheSecond) {
  EXPECT_THAT(check("services:\n  a:\n    image: n:1\n    volumes:\n      - /srv/a:/data\n"
                    "      - /srv/b:/data/\n      - /srv/c:/data/c\n"),
              ElementsAre("6:9 GN-VOL-005 service \"a\" mounts two things at \"/data/\""));
}

TEST_F(ComposeRulesTest, ImagesThatGannetShipsNeedNoTag) {
  EXPECT_THAT(check("services: {web: {image: web}}\n", ", images: {web: {local: \"web:dev\"}}"),
              IsEmpty());
}

}  // namespace
}  // namespace gannet::playbooks
