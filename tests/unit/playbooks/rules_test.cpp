#include "playbooks/validate/rules.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playbooks/project.h"
#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using testing::HasSubstr;

// Ids stand in the comments of other people's files: a line here is never changed or removed.
constexpr const char* kGolden =
    "GN-CADDY-001    error    Caddy part of a service cannot be used\n"
    "GN-CHECK-001    warning  Check cannot pass twice\n"
    "GN-CHECK-002    error    Target of a check cannot be used\n"
    "GN-COMPOSE-001  error    Compose part of a service cannot be used\n"
    "GN-COMPOSE-002  error    File that a Compose file needs is not there\n"
    "GN-COMPOSE-003  error    Compose file does not have the shape of one\n"
    "GN-CONF-001     error    Value is not allowed here\n"
    "GN-CONF-002     error    Unknown key\n"
    "GN-CONF-003     error    Value has the wrong kind\n"
    "GN-CONF-004     error    Key is missing\n"
    "GN-CONF-005     error    Services cannot be put in order\n"
    "GN-DEP-001      error    Depends on a service that does not exist\n"
    "GN-DEP-002      error    Services depend on each other in a circle\n"
    "GN-DEP-003      error    Unknown condition of a dependency\n"
    "GN-DEP-004      error    Depends on a service that is not started\n"
    "GN-ENV-001      error    Env file cannot be used\n"
    "GN-ENV-002      error    Variable is not set\n"
    "GN-ENV-003      error    \"$\" cannot be read as a variable\n"
    "GN-ENV-004      warning  Variable is set twice in a file\n"
    "GN-ENV-005      warning  Variable is set in some environments only\n"
    "GN-ENV-006      warning  Variable is used by nothing\n"
    "GN-ENV-007      warning  Compose and systemd read a line differently\n"
    "GN-ENV-008      info     Variable is set to nothing\n"
    "GN-ENV-009      warning  Everybody on this machine can read an env file\n"
    "GN-ENV-010      error    Variable of a Compose file is not set\n"
    "GN-FILE-001     error    File cannot be read\n"
    "GN-FILE-002     error    Destination or owner cannot be used\n"
    "GN-FILE-003     error    Two services write the same thing on a host\n"
    "GN-FILE-004     warning  Everybody on the host may read a secret\n"
    "GN-HEALTH-001   info     Waits for a healthcheck that is not written here\n"
    "GN-HEALTH-002   error    Healthcheck cannot work\n"
    "GN-HEALTH-003   error    Time of a healthcheck is no duration\n"
    "GN-IGN-001      error    Comment allows a rule that does not exist\n"
    "GN-IGN-002      warning  Comment allows something without a reason\n"
    "GN-IGN-003      info     Comment allows something that is not there\n"
    "GN-IGN-004      error    Comment cannot allow this rule\n"
    "GN-IMAGE-001    error    Service has no image that can be used\n"
    "GN-IMAGE-002    warning  Image can change under the same name\n"
    "GN-NAME-001     error    Two containers of one name\n"
    "GN-NAME-002     error    Container name for several replicas\n"
    "GN-NET-001      error    Network is not declared\n"
    "GN-NET-002      warning  Ports have no effect in the network of the host\n"
    "GN-NET-003      info     Container uses the network of the host\n"
    "GN-NET-004      error    Network mode and networks exclude each other\n"
    "GN-PORT-001     error    Host port is taken twice\n"
    "GN-PORT-002     error    Not a port\n"
    "GN-PORT-003     warning  Database is reachable from every network\n"
    "GN-PORT-004     error    Unknown protocol of a port\n"
    "GN-PORT-005     error    Address of a port is none\n"
    "GN-PORT-006     warning  Port that YAML may read as a number\n"
    "GN-PORT-007     error    Several containers want one host port\n"
    "GN-PORT-008     warning  Privileged port without root\n"
    "GN-PRIV-001     warning  Container has all rights on the host\n"
    "GN-RESTART-001  error    Unknown restart policy\n"
    "GN-SECRET-001   error    File holds a token\n"
    "GN-SECRET-002   error    File holds a private key\n"
    "GN-SECRET-003   error    Password in a URL\n"
    "GN-SEL-001      error    Selector cannot be used\n"
    "GN-SEL-002      warning  Selector matches no host\n"
    "GN-TMPL-001     error    Template cannot be filled in\n"
    "GN-UNIT-001     error    systemd part of a service cannot be used\n"
    "GN-UNIT-002     warning  systemd ignores a line of a unit\n"
    "GN-UNIT-003     warning  Unknown section of a unit\n"
    "GN-UNIT-004     error    systemd refuses to start the service\n"
    "GN-UNIT-005     warning  Value that systemd does not know\n"
    "GN-VOL-001      error    Volume is not declared\n"
    "GN-VOL-002      warning  Container controls Docker\n"
    "GN-VOL-003      warning  Mounted file is not in the project\n"
    "GN-VOL-004      error    Path without \"./\" is read as a volume\n"
    "GN-VOL-005      error    Two mounts at one place\n"
    "GN-WATCH-001    warning  No dead-man's switch\n"
    "GN-YAML-001     error    File is not YAML that gannet reads\n"
    "GN-YAML-002     error    Key is there twice\n"
    "GN-YAML-003     error    File is not UTF-8 text\n";

TEST(Rules, AreTheseAndKeepTheirMeaning) { EXPECT_EQ(rule_list(), kGolden); }

TEST(Rules, HaveAllPartsOfAPage) {
  std::set<std::string_view> ids;
  for (const Rule& rule : all_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    for (const std::string_view text : {rule.title, rule.wrong, rule.matters, rule.fix}) {
      EXPECT_FALSE(text.empty()) << rule.id;
      EXPECT_EQ(text.find('\n'), std::string_view::npos) << rule.id;
    }
    EXPECT_TRUE(rule.example.ends_with('\n')) << rule.id;
    const std::string page = rule_page(rule);
    for (std::size_t at = 0; at < page.size();) {
      const auto end = page.find('\n', at);
      EXPECT_LE(end - at, 84U) << page.substr(at, end - at);
      at = end + 1;
    }
  }
}

TEST(Rules, AreFoundInEitherCase) {
  ASSERT_NE(find_rule("gn-port-001"), nullptr);
  EXPECT_EQ(find_rule("gn-port-001")->id, "GN-PORT-001");
  EXPECT_EQ(find_rule("GN-PORT-999"), nullptr);
  EXPECT_EQ(find_rule(""), nullptr);
  EXPECT_EQ(nearest_rule("gn-prot-001"), "GN-PORT-001");
  EXPECT_EQ(nearest_rule("colour"), "");
}

TEST(Rules, PagesTellHowToAllowWhatMayBeAllowed) {
  EXPECT_THAT(rule_page(*find_rule("GN-PORT-003")),
              HasSubstr("    # gannet: ignore GN-PORT-003 -- why it is right here\n"));
  EXPECT_THAT(rule_page(*find_rule("GN-FILE-001")), HasSubstr("a comment cannot allow it"));
}

/// Every id that the sources name is in the table, and every one of the table is named.
TEST(Rules, AreTheOnesThatTheSourcesName) {
  const std::regex id("GN-[A-Z]+-[0-9]{3}");
  std::set<std::string> named;
  for (const char* folder : {"/inventory", "/playbooks"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(gannet::test::source_dir() + folder)) {
      const auto name = entry.path().filename().string();
      if (!entry.is_regular_file() || name.starts_with("rules_") || name.ends_with(".h")) continue;
      std::ifstream in(entry.path());
      const std::string text(std::istreambuf_iterator<char>(in), {});
      for (std::sregex_iterator at(text.begin(), text.end(), id), end; at != end; ++at) {
        named.insert(at->str());
      }
    }
  }
  named.insert("GN-CONF-001");  // of YamlContext::add(), in a header
  std::set<std::string> known;
  for (const Rule& rule : all_rules()) known.emplace(rule.id);
  EXPECT_EQ(named, known);
}

/// "line rule" of each problem of a gannet.yaml.
std::vector<std::string> rules_of(const std::string& text) {
  const test::TempFolder folder;
  const auto project = parse_project(folder.write("gannet.yaml", text));
  std::vector<std::string> found;
  if (project) return found;
  for (const auto& one : project.error()) {
    found.push_back(std::to_string(one.from.line) + " " + one.rule);
  }
  return found;
}

TEST(Rules, AreNamedByTheParsers) {
  using testing::ElementsAre;
  EXPECT_THAT(rules_of("project: x\nservices: {a: [\n"), ElementsAre("3 GN-YAML-001"));
  EXPECT_THAT(rules_of("project: x\nproject: y\n"), ElementsAre("2 GN-YAML-002"));
  EXPECT_THAT(rules_of("project: \xFF\n"), ElementsAre("1 GN-YAML-003"));
  EXPECT_THAT(rules_of("services: {a: {files: [{content: x, dest: /a}]}}\n"),
              ElementsAre("1 GN-CONF-004"));
  EXPECT_THAT(rules_of("project: x\nservcies: {}\nstrategy: 3\n"),
              ElementsAre("2 GN-CONF-002", "3 GN-CONF-003"));
  EXPECT_THAT(rules_of("project: x\nstrategy: {canary: many}\n"), ElementsAre("2 GN-CONF-001"));
  EXPECT_THAT(rules_of("project: x\nenvironments: {a: {on: \"role=\"}}\n"
                       "services: {a: {requires: [b], files: [{content: x, dest: /a}]}}\n"),
              ElementsAre("2 GN-SEL-001", "3 GN-CONF-005"));
}

}  // namespace
}  // namespace gannet::playbooks
