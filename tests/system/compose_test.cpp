// Compose projects on real Dockers, with a registry whose tags move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/image_archive.h"
#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

const std::string kImage = std::string(kRegistry) + "/web";

class Compose : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override { return {{.docker = true}}; }

  void prepare() override { fleet().start_registry(); }

  /// An image that says `version`, pushed as `tag`; its id.
  std::string push(const std::string& tag, const std::string& version) {
    const TempDir dir;
    const std::string id =
        write_image_archive(dir / "web.tar", web_image(kImage + ":" + tag, version));
    fleet().push(dir / "web.tar", "web:" + tag);
    return id;
  }

  void write_version(const std::string& tag, const std::string& greeting, bool sick = false,
                     const std::string& pull = "missing") {
    fleet().write(".env", "TAG=" + tag + "\nGREETING=" + greeting + "\n");
    fleet().write("docker-compose.yml",
                  "services:\n  web:\n    image: " + kImage +
                      ":${TAG}\n    restart: unless-stopped\n    ports: [\"8080:8080\"]\n"
                      "    environment:\n      GREETING: ${GREETING}\n" +
                      (sick ? "      SICK: \"1\"\n" : "") +
                      "    healthcheck: { test: [CMD, /web, check], interval: 1s, timeout: 1s,"
                      " retries: 2, start_period: 1s }\n");
    fleet().write_project(
        "strategy: { canary: 1, watchdog: 60s }\nservices:\n  app:\n"
        "    compose: { file: docker-compose.yml, pull: " +
        pull + " }\n    health: { checks: [], stable_for: 1s, timeout: 20s }\n");
  }

  void deploy(const std::string& tag) {
    const Output run = fleet().json({"deploy", "-y", "--tag", tag});
    ASSERT_EQ(run.exit_code, 0) << run.all();
  }

  /// The id of the image that runs, "" when nothing does.
  [[nodiscard]] static std::string running(const Machine& machine) {
    return machine.sh(
        "docker ps -q --filter label=com.docker.compose.project=app"
        " | xargs -r docker inspect -f '{{.Image}}'");
  }
  [[nodiscard]] static std::string container(const Machine& machine) {
    return machine.sh("docker ps -q --no-trunc --filter label=com.docker.compose.project=app");
  }
};

class ThreeHosts : public Compose {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override {
    return std::vector<MachineOptions>(3, {.docker = true});
  }
};

TEST_F(ThreeHosts, UnhealthyReleaseStopsAtTheCanaryAndRollbackGoesToTheFirst) {
  const std::string one = push("v1", "one");
  const std::string two = push("v2", "two");
  const std::string three = push("v3", "three");
  write_version("v1", "hello");
  deploy("v1");
  for (const Machine& machine : fleet().machines()) EXPECT_EQ(running(machine), one);
  write_version("v2", "hi");
  deploy("v2");
  std::vector<std::map<std::string, std::string>> files;
  for (const Machine& machine : fleet().machines()) {
    EXPECT_EQ(running(machine), two);
    EXPECT_EQ(fleet().get(machine, "8080/env/GREETING"), "hi\n");
    files.push_back(machine.tree("/opt/app"));
  }
  const std::string untouched = container(host(1));

  write_version("v3", "hey", true);
  const Output run = fleet().json({"deploy", "-y", "--tag", "v3"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back") << run.all();
  EXPECT_EQ(outcome(run, "h2"), "skipped");
  EXPECT_EQ(outcome(run, "h3"), "skipped");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(running(host(i)), two);
    EXPECT_EQ(host(i).tree("/opt/app"), files[i]);
    EXPECT_EQ(fleet().get(host(i), "8080/"), "two\n");
    EXPECT_EQ(fleet().get(host(i), "8080/env/GREETING"), "hi\n");
  }
  EXPECT_EQ(container(host(1)), untouched);
  EXPECT_THAT(host(1).sh("docker image ls -q --no-trunc"), testing::Not(testing::HasSubstr(three)));

  const Output back = fleet().json({"rollback", "-y"});
  EXPECT_EQ(back.exit_code, 0) << back.all();
  for (const Machine& machine : fleet().machines()) {
    EXPECT_EQ(running(machine), one);
    EXPECT_EQ(fleet().get(machine, "8080/env/GREETING"), "hello\n");
  }
}

TEST_F(ThreeHosts, ATagThatIsPushedAgainBetweenTwoWavesIsToldAtTheEnd) {
  const std::string one = push("v1", "one");
  fleet().write_project(
      "strategy: { canary: 1, pause: 10s, watchdog: 60s }\nservices:\n  app:\n"
      "    compose: { image: \"" +
      kImage +
      ":v1\" }\n"
      "    health: { checks: [], stable_for: 500ms, timeout: 20s }\n");
  const auto gannet = fleet().start({"-o", "json", "deploy", "-y"});
  wait_until(
      "the canary", [&] { return !running(host(0)).empty(); }, std::chrono::seconds(60));
  const std::string two = push("v1", "two");
  const Output run = gannet->wait();

  EXPECT_EQ(run.exit_code, 0) << run.all();
  ASSERT_EQ(running(host(0)), one);
  ASSERT_EQ(running(host(1)), two);
  ASSERT_EQ(running(host(2)), two);
  const auto document = nlohmann::json::parse(run.out);
  ASSERT_TRUE(document.contains("warnings")) << run.all();
  const auto& warnings = document["warnings"];
  ASSERT_EQ(warnings.size(), 1U) << run.all();
  const std::string told = warnings[0];
  EXPECT_THAT(told, testing::HasSubstr(kImage + ":v1 is not the same image everywhere"));
  EXPECT_THAT(told,
              testing::ContainsRegex("sha256:[0-9a-f]{12} on h1; sha256:[0-9a-f]{12} on h2, h3"));
}

TEST_F(Compose, RollbackBringsTheImageOfThenWhateverTheTagMeansNow) {
  const std::string then = push("stable", "then");
  write_version("stable", "first");
  deploy("v1");
  ASSERT_EQ(running(host()), then);
  const std::string now = push("stable", "now");
  write_version("stable", "second", false, "always");
  deploy("v2");
  ASSERT_EQ(running(host()), now);
  push("stable", "later");

  const Output back = fleet().json({"rollback", "-y"});

  EXPECT_EQ(back.exit_code, 0) << back.all();
  EXPECT_EQ(running(host()), then);
  EXPECT_EQ(fleet().get(host(), "8080/"), "then\n");
}

TEST_F(Compose, RollbackToAnImageThatIsGoneIsRefusedBeforeAnythingIsTouched) {
  const std::string old = push("v1", "one");
  write_version("v1", "first");
  deploy("v1");
  push("v2", "two");
  write_version("v2", "second");
  deploy("v2");
  host().sh("docker image rm -f " + old);
  const auto files = host().tree("/opt/app");
  const std::string before = container(host());

  const Output back = fleet().json({"rollback", "-y"});

  EXPECT_NE(back.exit_code, 0) << back.all();
  EXPECT_NE(back.exit_code, 3) << back.all();
  EXPECT_THAT(back.out, testing::HasSubstr("image")) << back.all();
  EXPECT_EQ(container(host()), before);
  EXPECT_EQ(host().tree("/opt/app"), files);
  EXPECT_THAT(host().journal(), testing::IsEmpty());
}

}  // namespace
}  // namespace gannet::test
