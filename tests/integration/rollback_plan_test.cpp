// rollback --plan and the documents of plans, on real sshds.
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Two hosts with releases v1, v2 and v3 of "web", a canary, and a secret in each.
class ThreeReleases : public testing::Test {
 protected:
  ThreeReleases() : fleet_({.hosts = 2}) {
    for (const char* version : {"v1", "v2", "v3"}) {
      const std::string key =
          "      - { content: \"key-of-" + std::string(version) +
          "\\n\", dest: \"{{var.root}}/etc/app.key\", mode: \"0600\", secret: true }\n";
      fleet_.write_project("strategy: { watchdog: 60s, canary: 1 }\n" + web_service(version, key));
      const Output run = fleet_.run({"deploy", "-y", "--tag", version});
      EXPECT_EQ(run.exit_code, 0) << run.all();
    }
  }

  nlohmann::json web_of(const Output& plan, const std::string& host) {
    return host_entry(plan, host).at("services").at(0);
  }

  Fleet fleet_;
};

TEST_F(ThreeReleases, PlanNamesTheReleaseAndTheCommandAndTouchesNothing) {
  const auto tree = fleet_.host(0).tree();
  const Output text = fleet_.run({"rollback", "--plan", "web"});
  EXPECT_EQ(text.exit_code, 0) << text.all();
  EXPECT_THAT(text.out, HasSubstr("web  now v3 -> v2 of "));
  EXPECT_THAT(text.out, HasSubstr("etc/app.conf"));
  EXPECT_THAT(text.out, HasSubstr("Expected downtime: none"));
  const Output plan = fleet_.json({"rollback", "--plan"});
  EXPECT_EQ(plan.exit_code, 0) << plan.all();
  const auto back = web_of(plan, "h1").at("returning");
  EXPECT_EQ(back.at("tag"), "v2");
  EXPECT_EQ(back.at("files").size(), 2U);
  EXPECT_THAT(plan.json().at("carry_out").get<std::string>(),
              HasSubstr(" --to " + back.at("release").get<std::string>()));
  EXPECT_EQ(fleet_.host(0).tree(), tree);
}

TEST_F(ThreeReleases, MarkdownIsTheWholeOfStdoutAndHoldsNoSecret) {
  for (const auto& words : {std::vector<std::string>{"rollback", "--plan", "-o", "markdown"},
                            std::vector<std::string>{"plan", "-o", "markdown"}}) {
    const Output run = fleet_.run(words);
    EXPECT_EQ(run.exit_code, 0) << run.all();
    EXPECT_EQ(run.out.find("## "), 0U) << run.out;
    EXPECT_THAT(run.all(), Not(HasSubstr("key-of-")));
    EXPECT_THAT(run.out, Not(HasSubstr("Selected")));
    EXPECT_THAT(run.err, HasSubstr("Selected 2 of 2 hosts"));
  }
  const Output run = fleet_.run({"rollback", "--plan", "-o", "markdown"});
  EXPECT_THAT(run.out, HasSubstr("| <code>web</code> | <code>now v3 -&#62; v2 of "));
  const Output real = fleet_.run({"rollback", "-y", "-o", "markdown"});
  EXPECT_EQ(real.exit_code, 2);
  EXPECT_THAT(real.err, HasSubstr("rollback writes markdown only with --plan"));
}

TEST_F(ThreeReleases, SecondRollbackTakesBackTheFirstAndSaysSo) {
  EXPECT_EQ(fleet_.run({"rollback", "-y"}).exit_code, 0);
  const Output again = fleet_.run({"rollback", "--plan"});
  EXPECT_THAT(again.out, HasSubstr("web  now v2 -> v3 of "));
  EXPECT_THAT(again.out, HasSubstr("v3 is newer than v2: this takes back the last rollback"));
  const Output further = fleet_.json({"rollback", "--plan", "--to", "v1"});
  EXPECT_EQ(web_of(further, "h2").at("returning").at("tag"), "v1");
  EXPECT_EQ(fleet_.run({"rollback", "-y", "--to", "v1"}).exit_code, 0);
  EXPECT_EQ(fleet_.host(1).read("etc/app.conf"), "v1\n");
}

TEST_F(ThreeReleases, WhatIsGoneIsNamedAndNothingIsOffered) {
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(fleet_.host(0).state / "blobs"))
    if (entry.is_regular_file()) std::filesystem::remove(entry.path());
  const Output plan = fleet_.run({"rollback", "--plan", "--on", "h1"});
  EXPECT_EQ(plan.exit_code, 1) << plan.all();
  EXPECT_THAT(plan.out, HasSubstr("cannot be restored: web: the content of "));
  EXPECT_THAT(plan.out, HasSubstr("nothing would be touched on this host"));
  EXPECT_THAT(plan.out, Not(HasSubstr("To carry it out")));
  const Output pruned = fleet_.run({"rollback", "--plan", "--to", "v0", "--on", "h2"});
  EXPECT_EQ(pruned.exit_code, 1) << pruned.all();
  EXPECT_THAT(pruned.out, HasSubstr("cannot be restored: web: no release v0 of web is kept here"));
}

}  // namespace
}  // namespace gannet::test
