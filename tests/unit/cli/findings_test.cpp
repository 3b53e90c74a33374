// `gannet validate` for other programs, and `gannet explain`.
#include "controller/cli/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playbooks/validate/rules.h"
#include "tests/unit/cli/run_gannet.h"

namespace gannet::controller {
namespace {

using inventory::Problem;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<Problem> samples() {
  Problem port =
      playbooks::finding("GN-PORT-001", {"/p/my app/a%.yml", 3, 7}, "taken", "change it");
  Problem again = playbooks::finding("GN-PORT-001", {"/p/b.yml", 4, 0}, "taken", "");
  Problem host = playbooks::finding("GN-NET-003", {"c.yml", 0, 0}, "host", "");
  port.note = "really";
  return {port, again, host};
}

/// What the schema of SARIF 2.1.0 requires of the objects that we write.
void expect_sarif(const json& log) {
  EXPECT_EQ(log.at("version"), "2.1.0");
  ASSERT_EQ(log.at("runs").size(), 1U);
  const json& run = log.at("runs")[0];
  const json& driver = run.at("tool").at("driver");
  EXPECT_EQ(driver.at("name"), "gannet");
  for (const json& rule : driver.at("rules")) {
    EXPECT_TRUE(rule.at("id").is_string());
    for (const char* text : {"shortDescription", "fullDescription", "help"})
      EXPECT_FALSE(rule.at(text).at("text").get<std::string>().empty()) << rule.at("id");
    EXPECT_THAT((std::vector<std::string>{"error", "warning", "note"}),
                testing::Contains(rule.at("defaultConfiguration").at("level")));
  }
  for (const json& result : run.at("results")) {
    const auto index = result.at("ruleIndex").get<std::size_t>();
    ASSERT_LT(index, driver.at("rules").size());
    EXPECT_EQ(driver.at("rules")[index].at("id"), result.at("ruleId"));
    EXPECT_FALSE(result.at("message").at("text").get<std::string>().empty());
    ASSERT_EQ(result.at("locations").size(), 1U);
    const json& place = result.at("locations")[0].at("physicalLocation");
    EXPECT_FALSE(place.at("artifactLocation").at("uri").get<std::string>().empty());
    if (!place.contains("region")) continue;
    EXPECT_GE(place.at("region").at("startLine").get<int>(), 1);
    EXPECT_GE(place.at("region").value("startColumn", 1), 1);
  }
}

TEST(Sarif, HoldsRulesAndResultsWithPlaces) {
  const json log = sarif_log(samples(), "/p");
  expect_sarif(log);
  const json& run = log.at("runs")[0];
  EXPECT_EQ(run.at("tool").at("driver").at("rules").size(), 2U);
  const json& results = run.at("results");
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].at("message").at("text"), "taken; really\nhint: change it");
  EXPECT_EQ(results[0].at("locations")[0].at("physicalLocation"),
            json::parse(R"({"artifactLocation": {"uri": "my%20app/a%25.yml"},
                            "region": {"startLine": 3, "startColumn": 7}})"));
  EXPECT_EQ(results[1].at("locations")[0].at("physicalLocation").at("region"),
            json::parse(R"({"startLine": 4})"));
  EXPECT_EQ(results[2].at("level"), "note");
  EXPECT_FALSE(results[2].at("locations")[0].at("physicalLocation").contains("region"));
  EXPECT_EQ(sarif_log({samples()[0]}, "/q")
                .at("runs")[0]
                .at("results")[0]
                .at("locations")[0]
                .at("physicalLocation")
                .at("artifactLocation")
                .at("uri"),
            "file:///p/my%20app/a%25.yml");
}

TEST(GithubCommands, EscapeWhatHasAMeaning) {
  Problem odd = playbooks::finding("GN-IMAGE-002", {"a,b:c%.yml", 1, 2}, "50% of: a, b", "x\ny");
  EXPECT_EQ(github_commands({odd}, "/p"),
            "::warning file=a%2Cb%3Ac%25.yml,line=1,col=2,title=GN-IMAGE-002::50%25 of: a, "
            "b%0Ahint: x%0Ay\n");
  EXPECT_EQ(github_commands({samples()[1], samples()[2]}, "/p"),
            "::error file=b.yml,line=4,title=GN-PORT-001::taken\n"
            "::notice file=c.yml,title=GN-NET-003::host\n");
}

class ValidateFormats : public testing::Test {
 protected:
  ValidateFormats() {
    bench_.write("gannet.yaml",
                 "project: x\nservices:\n  a: {compose: {files: [docker-compose.yml]}}\n");
    bench_.write("inventory.yaml", "hosts: {pi: {address: 127.0.0.1}}\n");
    bench_.write("docker-compose.yml", "services:\n  web: {image: \"nginx:latest\"}\n");
  }
  Workbench bench_;
};

TEST_F(ValidateFormats, TextShowsRuleLineAndCaret) {
  const auto output = bench_.run({"validate"});
  EXPECT_EQ(output.exit_code, 0);
  EXPECT_EQ(output.out,
            "warning[GN-IMAGE-002]: docker-compose.yml:2:16: image \"nginx:latest\" is whatever is "
            "latest\n"
            "    2 |   web: {image: \"nginx:latest\"}\n"
            "      |                ^\n"
            "  hint: name the version\n"
            "Valid, 1 warning\n");
}

TEST_F(ValidateFormats, JsonSarifAndGithub) {
  const auto list = json::parse(bench_.run({"validate", "-o", "json"}).out).at("diagnostics");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].at("rule"), "GN-IMAGE-002");
  EXPECT_EQ(list[0].at("severity"), "warning");
  const auto sarif = bench_.run({"validate", "-o", "sarif"});
  EXPECT_EQ(sarif.exit_code, 0);
  EXPECT_THAT(sarif.err, IsEmpty());
  expect_sarif(json::parse(sarif.out));
  EXPECT_THAT(bench_.run({"validate", "--output=github"}).out,
              StartsWith("::warning file=docker-compose.yml,line=2,col=16,title=GN-IMAGE-002::"));
}

TEST_F(ValidateFormats, FilesThatCannotBeReadAreFindingsToo) {
  bench_.write("inventory.yaml", "hosts: {pi: {adress: 127.0.0.1}}\n");
  const auto inventory = bench_.run({"validate", "-o", "github"});
  EXPECT_EQ(inventory.exit_code, 2);
  EXPECT_THAT(inventory.out,
              StartsWith("::error file=inventory.yaml,line=1,col=14,title=GN-CONF-002::"));
  bench_.write("gannet.yaml", "project: [\n");
  const auto project = bench_.run({"validate", "-o", "sarif"});
  EXPECT_EQ(project.exit_code, 2);
  EXPECT_EQ(json::parse(project.out).at("runs")[0].at("results")[0].at("ruleId"), "GN-YAML-001");
}

TEST_F(ValidateFormats, AreOnlyForValidate) {
  for (const char* format : {"sarif", "github"}) {
    const auto output = bench_.run({"plan", "-o", format});
    EXPECT_EQ(output.exit_code, 2);
    EXPECT_EQ(output.err, "error: --output: plan does not write " + std::string(format) +
                              ", only \"gannet validate\", \"gannet env check\" do\n"
                              "  hint: use text, json or jsonl\n");
  }
  EXPECT_THAT(bench_.run({"validate", "-o", "xml"}).err,
              HasSubstr("--output: \"xml\" is not text, json or jsonl"));
}

TEST_F(ValidateFormats, ExplainPrintsPages) {
  const auto page = bench_.run({"explain", "gn-port-001"});
  EXPECT_EQ(page.exit_code, 0);
  EXPECT_EQ(page.out, playbooks::rule_page(*playbooks::find_rule("GN-PORT-001")));
  EXPECT_EQ(bench_.run({"explain"}).out, playbooks::rule_list());
  const auto unknown = bench_.run({"explain", "GN-PROT-001"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err,
            "error: there is no rule \"GN-PROT-001\"\n  hint: did you mean \"GN-PORT-001\"?\n");
  const auto rules = json::parse(bench_.run({"explain", "-o", "json"}).out).at("rules");
  EXPECT_EQ(rules.size(), playbooks::all_rules().size());
}

}  // namespace
}  // namespace gannet::controller
