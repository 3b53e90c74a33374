#include "playbooks/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class ProjectTest : public testing::Test {
 protected:
  Project load(const std::string& text) {
    auto project = load_project(folder_.write("gannet.yaml", text));
    EXPECT_TRUE(project) << (project ? "" : project.error().front().context);
    return project ? std::move(*project) : Project{};
  }

  /// The problems of `text`, each "line:column: message [note] => hint".
  std::vector<std::string> refusals(const std::string& text) {
    const auto project = parse_project(folder_.write("gannet.yaml", text));
    std::vector<std::string> found;
    if (project) return found;
    for (const inventory::Problem& problem : project.error()) {
      std::string shown = std::to_string(problem.from.line) + ":" +
                          std::to_string(problem.from.column) + ": " + problem.message;
      if (!problem.note.empty()) shown += " [" + problem.note + "]";
      if (!problem.hint.empty()) shown += " => " + problem.hint;
      found.push_back(std::move(shown));
    }
    return found;
  }

  /// The only problem of a service with this one line.
  std::string service_refusal(const std::string& line) {
    const auto found = refusals("project: x\nservices:\n  web:\n    " + line + "\n");
    EXPECT_EQ(found.size(), 1U) << testing::PrintToString(found);
    return found.empty() ? "no problem" : found.front();
  }

  std::string file_refusal(const std::string& file) {
    const std::string found = service_refusal("files: [ { " + file + " } ]");
    return found.substr(std::min(found.find(": ") + 2, found.size()));
  }

  test::TempFolder folder_;
};

TEST_F(ProjectTest, ReadsEveryKey) {
  const Project project = load(
      "project: weather\n"
      "inventory: [a.yaml, b.yaml]\n"
      "ssh: { user: pi, become: sudo }\n"
      "environments:\n  production: { on: site=home, env_file: .env.production }\n"
      "strategy: { canary: 1, batch: 25%, max_failures: 2, on_failure: stop,\n"
      "            rollback: wave, watchdog: 90s,\n"
      "            pause: 5s, keep_releases: 7 }\n"
      "checks: [ { disk: /var, min_free: 500MB } ]\n"
      "services:\n"
      "  web:\n"
      "    on: role=pi\n"
      "    files: [ { src: app/, dest: /opt/app/, mode: \"0640\", owner: \"root:app\",\n"
      "               template: true, secret: true } ]\n"
      "    before: systemctl stop x\n"
      "    after: [ { run: systemctl reload x, timeout: 30s }, \"true\" ]\n"
      "    on_rollback: { run: echo }\n"
      "    health: [ { unit: x.service } ]\n"
      "  other: { files: [ { content: hi, dest: /x } ] }\n");
  EXPECT_EQ(project.name, "weather");
  EXPECT_EQ(project.root, folder_.path());
  EXPECT_THAT(project.inventory_files,
              ElementsAre(folder_.path() / "a.yaml", folder_.path() / "b.yaml"));
  EXPECT_EQ(project.ssh.user, "pi");
  EXPECT_EQ(project.find_environment("production")->env_file, ".env.production");
  EXPECT_EQ(project.find_environment("production")->on.text(), "site=home");
  EXPECT_EQ(project.strategy.canary, 1U);
  EXPECT_TRUE(project.strategy.batch.percent);
  EXPECT_EQ(project.strategy.max_failures, 2U);
  EXPECT_EQ(project.strategy.on_failure, OnFailure::kStop);
  EXPECT_EQ(project.strategy.watchdog, milliseconds(90'000));
  EXPECT_EQ(project.strategy.rollback, RollbackScope::kWave);
  EXPECT_EQ(project.strategy.pause, milliseconds(5'000));
  EXPECT_EQ(project.strategy.keep_releases, 7U);
  EXPECT_EQ(project.checks.front().min_bytes, 500U << 20U);
  ASSERT_EQ(project.services.size(), 2U);
  const Service& web = project.services.front();
  EXPECT_EQ(web.on.text(), "role=pi");
  EXPECT_EQ(web.files.front().mode, 0640U);
  EXPECT_EQ(web.files.front().owner, "root:app");
  EXPECT_TRUE(web.files.front().is_template);
  EXPECT_TRUE(web.files.front().secret);
  EXPECT_EQ(web.before.front().run, "systemctl stop x");
  EXPECT_EQ(web.before.front().timeout, milliseconds(60'000));
  EXPECT_EQ(web.after.front().timeout, milliseconds(30'000));
  EXPECT_EQ(web.after.size(), 2U);
  EXPECT_EQ(web.on_rollback.front().run, "echo");
  EXPECT_EQ(project.find_service("other")->on.text(), "*");
  EXPECT_EQ(project.find_service("nope"), nullptr);
}

TEST_F(ProjectTest, HasDefaults) {
  const Project project = load("project: x\n");
  EXPECT_THAT(project.inventory_files, ElementsAre(folder_.path() / "inventory.yaml"));
  EXPECT_EQ(project.strategy.batch.of(45), 45U);
  EXPECT_EQ(project.strategy.keep_releases, 5U);
  EXPECT_TRUE(project.services.empty());
}

TEST_F(ProjectTest, ReadsModesInEveryUsualForm) {
  for (const char* mode : {"\"0644\"", "0644", "\"644\"", "644", "0o644", "00644"}) {
    const Project project = load(
        "project: x\nservices: {a: {files: [{content: x, dest: /x, mode: " + std::string(mode) +
        "}]}}\n");
    EXPECT_EQ(project.services.at(0).files.at(0).mode, 0644U) << mode;
  }
}

TEST_F(ProjectTest, ShowsTheLineTheCaretAndTheSuggestion) {
  const auto file = folder_.write("gannet.yaml", "project: x\nservises: {}\n");
  const auto project = load_project(file);
  ASSERT_FALSE(project);
  ASSERT_EQ(project.error().size(), 1U);
  EXPECT_EQ(project.error().front().code, Code::kInvalidInput);
  EXPECT_EQ(project.error().front().context, file.string() +
                                                 ":2:1: unknown key \"servises\" in gannet.yaml\n"
                                                 "    2 | servises: {}\n"
                                                 "      | ^ did you mean \"services\"?");
}

TEST_F(ProjectTest, CollectsAllProblemsInFileOrder) {
  EXPECT_THAT(
      refusals("project: x\nstrategy: {canary: x, batch: 0}\nservices:\n  Web: {fils: [], files: "
               "[{dest: a}]}\n  web: {}\n  web: {}\n"),
      ElementsAre(
          "2:20: \"canary\" in strategy has to be a whole number from 0 to 100000, not \"x\"",
          "2:30: \"0\" is not a number of hosts => write a number such as 5, or a share from 1% to "
          "100%",
          "4:3: \"Web\" cannot be the name of a service => use at most 63 lower-case letters, "
          "digits, \"-\" and \"_\", a letter or digit first",
          "4:9: unknown key \"fils\" in service \"Web\" [did you mean \"files\"?]",
          "4:27: a file of service \"Web\" has neither \"src\" nor \"content\" => name the file of "
          "the project with src:, or give its text with content:",
          "4:34: \"dest\" has to be a clean absolute path, not \"a\" => begin with \"/\", without "
          "\".\", \"..\" and \"//\"",
          "5:3: service \"web\" does nothing => give it \"files\", \"compose\", \"systemd\" or "
          "\"caddy\"",
          "6:3: the key \"web\" is here twice => remove one; the first is in line 5"));
}

TEST_F(ProjectTest, RefusesBadFiles) {
  EXPECT_EQ(file_refusal("content: x"), "the key \"dest\" is missing in a file of service \"web\"");
  EXPECT_EQ(file_refusal("content: x, src: y, dest: /x"),
            "a file has either \"src\" or \"content\", not both => remove one of them");
  EXPECT_EQ(file_refusal("src: a/, dest: /x"),
            "\"src\" is a folder (it ends with \"/\"), so \"dest\" has to be one => write dest: "
            "/x/");
  EXPECT_EQ(file_refusal("content: a, dest: /x/"),
            "\"content\" is one file, but \"dest\" is a folder (it ends with \"/\") => name the "
            "file in \"dest\"");
  EXPECT_EQ(file_refusal("content: a, dest: /x/../y"),
            "\"dest\" has to be a clean absolute path, not \"/x/../y\" => begin with \"/\", "
            "without \".\", \"..\" and \"//\"");
  EXPECT_EQ(file_refusal("src: /etc/passwd, dest: /x"),
            "\"src\" has to be a path inside the project, not \"/etc/passwd\" => copy the file "
            "into the project's folder");
  for (const char* mode : {"420x", "0999", "7", "77777", "-644", "u+x"}) {
    EXPECT_EQ(file_refusal("content: a, dest: /x, mode: " + std::string(mode)),
              "\"" + std::string(mode) +
                  "\" is not a mode => write three or four octal digits in quotes: mode: \"0640\"");
  }
  EXPECT_EQ(file_refusal("content: a, dest: /x, template: yes"),
            "\"template\" in a file of service \"web\" has to be true or false, not \"yes\"");
}

TEST_F(ProjectTest, RefusesBadHooksAndSelectors) {
  EXPECT_EQ(service_refusal("{files: [], before: \" \"}"),
            "4:25: the command in \"before\" is empty");
  EXPECT_EQ(service_refusal("{files: [], after: [{timeout: 5s}]}"),
            "4:25: the key \"run\" is missing in a command in \"after\"");
  EXPECT_EQ(service_refusal("{files: [], after: [{run: x, timeout: 5}]}"),
            "4:43: \"timeout\" in a command in \"after\" is not a duration: \"5\" => write a "
            "number with a unit: 500ms, 5s, 2m, 1h or 1m30s");
  EXPECT_EQ(service_refusal("{files: [], after: [{run: x, timeout: 48h}]}"),
            "4:43: \"timeout\" in a command in \"after\" is longer than a day");
  EXPECT_EQ(service_refusal("{files: [], on: \"role=\"}"),
            "4:21: \"role=\" is not a selector: expected a value => write for example "
            "role=pi,!tag=old or pi-*|@garage");
}

TEST_F(ProjectTest, RefusesAFileThatIsNotThere) {
  const auto project = load_project("/nowhere/gannet.yaml");
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().front().code, Code::kNotFound);
  EXPECT_EQ(project.error().front().context, "/nowhere/gannet.yaml: no such file");
  EXPECT_EQ(project.error().front().hint,
            "run gannet in the folder of your gannet.yaml, or name it with -C or -f");
}

TEST_F(ProjectTest, RefusesAnEmptyFile) {
  EXPECT_THAT(refusals(""), ElementsAre("1:1: the key \"project\" is missing in gannet.yaml"));
}

TEST_F(ProjectTest, PutsItsSshSettingsBeneathTheInventorys) {
  const Project project = load("project: x\nssh: {user: deploy, port: 2222}\n");
  folder_.write("inventory.yaml", "hosts: {a: , b: {ssh: {user: root}}}\n");
  const auto inventory = load_inventory(project);
  ASSERT_TRUE(inventory);
  EXPECT_EQ(inventory->find("a")->ssh.user, "deploy");
  EXPECT_EQ(inventory->find("b")->ssh.user, "root");
  EXPECT_EQ(inventory->find("b")->ssh.port, 2222);
}

TEST(HostCount, RoundsUpAndIsNeverZero) {
  EXPECT_EQ((HostCount{25, true}.of(45)), 12U);
  EXPECT_EQ((HostCount{1, true}.of(5)), 1U);
  EXPECT_EQ((HostCount{100, true}.of(7)), 7U);
  EXPECT_EQ((HostCount{3, false}.of(45)), 3U);
  EXPECT_EQ((HostCount{50, true}.of(0)), 1U);
}

}  // namespace
}  // namespace gannet::playbooks
