#include "playbooks/validate/unit_rules.h"

#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "playbooks/validate.h"
#include "playbooks/validate/unit_reader.h"
#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

std::string rules_in(const std::string& text, const std::string& name = "app.service",
                     bool drop_in = false) {
  std::string rules;
  for (const auto& problem : check_unit(text, name, name, drop_in)) {
    rules += problem.rule + ":" + std::to_string(problem.from.line) + " ";
  }
  return rules;
}

// What the rules say of each case; every case that is not here has to be without finding.
const std::map<std::string, std::string> kUnitCaseFindings{
    {"unknown-section", "GN-UNIT-003:3 "},
    {"no-exec", "GN-UNIT-004:3 "},
    {"bad-type", "GN-UNIT-005:2 "},
    {"bad-restart", "GN-UNIT-005:2 "},
    {"relative-exec", "GN-UNIT-004:2 "},
    {"oneshot-restart-always", "GN-UNIT-004:3 "},
    {"two-execstart-simple", "GN-UNIT-004:3 "},
    {"inline-comment", "GN-UNIT-005:2 "},
    {"missing-equals", "GN-UNIT-002:2 "},
    {"key-before-section", "GN-UNIT-002:1 "},
};

TEST(UnitRules, CasesOfSystemdAnalyze) {
  std::ifstream in(gannet::test::source_dir() + "/tests/fixtures/systemd/verify-cases.json");
  const auto cases = nlohmann::json::parse(in).at("cases");
  ASSERT_GT(cases.size(), 30U);
  for (const auto& one : cases) {
    const std::string name = one.at("case");
    const auto wanted = kUnitCaseFindings.find(name);
    EXPECT_EQ(rules_in(one.at("text"), one.at("unit")),
              wanted == kUnitCaseFindings.end() ? "" : wanted->second)
        << name;
  }
}

TEST(UnitRules, DropInNeedsNoExecStartAndMayReset) {
  EXPECT_EQ(rules_in("[Service]\nMemoryMax=1G\n", "app.service", true), "");
  EXPECT_EQ(rules_in("[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\n"), "");
}

TEST(UnitReader, ContinuesPastCommentsAndKeepsThePlace) {
  const auto lines = read_unit("\xEF\xBB\xBF[Service]\r\n ExecStart=/a \\\r\n# no\r\n  b\r\nX=1");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[1].value, "/a  b");
  EXPECT_EQ(lines[1].line, 2);
  EXPECT_EQ(lines[1].column, 2);
  EXPECT_EQ(lines[2].line, 5);
}

// Were it quadratic, ctest would end it: no clock here, a busy machine proves nothing.
TEST(UnitRules, OddInputIsLookedAtInOnePass) {
  for (const std::string& piece : {std::string("[\n"), std::string("a\\\n"), std::string(1, '\0'),
                                   std::string("=\t\xC3"), std::string("\r\n")}) {
    std::string text;
    while (text.size() < 2'000'000) text += piece;
    EXPECT_LE(check_unit(text, "app.service", "app.service", false).size(), 25U);
  }
}

TEST(UnitRules, ValidateShowsThemWithTheLineAndHeedsComments) {
  test::TempFolder folder;
  folder.write("app.service",
               "[Service]\nExecStart=/bin/true\n"
               "# gannet: ignore GN-UNIT-002 -- kept for a test\nhello\n Restart=allways\n");
  const auto project = parse_project(folder.write(
      "gannet.yaml", "project: x\nservices:\n  app: {systemd: {units: [app.service]}}\n"));
  ASSERT_TRUE(project);
  folder.write("inventory.yaml", "hosts: {pi: {}, box: {}}\n");
  const auto found = validate_project(*project, *load_inventory(*project));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].rule, "GN-UNIT-005");
  EXPECT_EQ(found[0].from.line, 5);
  EXPECT_EQ(found[0].from.column, 2);
  EXPECT_EQ(found[0].source_line, " Restart=allways");
  EXPECT_EQ(found[0].note, "did you mean \"always\"?");
}

}  // namespace
}  // namespace gannet::playbooks
