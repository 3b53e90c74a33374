// The same code with a real Docker and a real Compose: what only they can show.
#include <chrono>
#include <fstream>
#include <iostream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/compose_projects.h"
#include "agent/services/docker_images.h"
#include "base/text.h"
#include "tests/unit/agent_services/docker_machine.h"

namespace gannet::agent {
namespace {

using protocol::ImageTag;
using protocol::Release;
using protocol::RuntimeState;
using protocol::Severity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class RealDocker : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string missing = DockerMachine::missing();
    if (missing.empty()) {
      machine_ = std::make_unique<DockerMachine>();
    } else {
      std::cerr << "SKIPPED: tests with a real Docker: " << missing << "\n";
    }
  }
  static void TearDownTestSuite() { machine_.reset(); }

  void SetUp() override {
    if (!machine_) GTEST_SKIP() << DockerMachine::missing();
    ASSERT_TRUE(machine_->answers()) << machine_->log();
    directory_ = (machine_->folder() / "project").string();
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override {
    if (!machine_) return;
    shell(
        "docker ps -aq | xargs -r docker rm -f; docker images -q | sort -u | xargs -r docker rmi "
        "-f");
    std::filesystem::remove_all(directory_);
  }

  void write(const std::string& name, const std::string& text) {
    // As the agent does: a new file takes the place of the old one.
    std::ofstream(directory_ + "/new") << text;
    std::filesystem::rename(directory_ + "/new", directory_ + "/" + name);
  }
  void write_compose(const std::string& command, const std::string& more = "") {
    write("compose.yml",
          "services:\n  web:\n    image: web:1\n    network_mode: none\n    command: " + command +
              "\n" + more);
  }
  /// Release `id` of service api: one project with one shipped image "web:1" of that version.
  Release release(const std::string& id, const std::string& version) {
    Release release;
    release.service = "api";
    release.id = id;
    protocol::ComposeSpec spec;
    spec.project = "api";
    spec.directory = directory_;
    spec.files = {directory_ + "/compose.yml"};
    spec.images = {make_image(blobs_, "web", "web:1", version)};
    spec.timeout_ms = 60'000;
    release.projects = {spec};
    release.files.push_back({});
    release.files.back().path = spec.files[0];
    return release;
  }
  ServiceChange change(const Release& wanted, const Release* in_force = nullptr,
                       std::vector<ImageTag> images = {}) {
    ServiceChange change;
    change.wanted = &wanted;
    change.in_force = in_force;
    change.images = std::move(images);
    return change;
  }
  std::vector<ImageTag> fetch(const ServiceChange& one) {
    auto fetched = images_.fetch(one, nobody_);
    EXPECT_TRUE(fetched.has_value()) << fetched.error().error.context;
    return fetched.value_or(std::vector<ImageTag>{});
  }
  void expect_ok(const Outcome& outcome) {
    EXPECT_TRUE(outcome.has_value()) << outcome.error().error.context << "\n"
                                     << join(outcome.error().last_lines, "\n");
  }
  std::vector<ImageTag> deploy(const Release& wanted, const Release* in_force = nullptr) {
    const auto one = change(wanted, in_force);
    auto tags = fetch(one);
    expect_ok(projects_.activate(one, tags, nobody_));
    return tags;
  }
  RuntimeState look(const std::vector<const Release*>& releases) {
    RuntimeState state;
    const auto looked = projects_.look(releases, state, nobody_);
    EXPECT_TRUE(looked.has_value()) << looked.error().context;
    return state;
  }
  std::string running_image() {
    return std::string(trim(shell("docker inspect --format '{{.Image}}' api-web-1")));
  }
  static std::string id_of_name(const std::string& name) {
    return std::string(trim(shell("docker image inspect --format '{{.Id}}' " + name)));
  }
  /// The findings once the first is as `wanted`, or after 30 s.
  std::vector<protocol::Finding> health_when(const Release& of, const std::vector<ImageTag>& tags,
                                             const RuntimeState& before, Severity wanted) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    for (;;) {
      auto findings = projects_.health(of, tags, before, nobody_);
      const bool is_so = !findings.empty() && findings[0].severity == wanted;
      if (is_so || std::chrono::steady_clock::now() > deadline) return findings;
      std::this_thread::sleep_for(500ms);
    }
  }

  static std::unique_ptr<DockerMachine> machine_;
  std::string directory_;
  MemoryBlobs blobs_;
  HostTools tools_;
  SystemClock clock_;
  NoProgress nobody_;
  DockerImages images_{tools_, blobs_};
  ComposeProjects projects_{tools_, clock_};
};
std::unique_ptr<DockerMachine> RealDocker::machine_;

TEST_F(RealDocker, OnlyLayersThatItLacksAreSentAndLoaded) {
  // In containerd an image has an id of its own, and a load wants every layer.
  const bool in_containerd = Docker(tools_).keeps_images_in_containerd(nobody_).value();
  const Release v1 = release("r1", "v1");
  const auto& first = v1.projects[0].images[0];
  EXPECT_THAT(images_.missing_layers(v1, nobody_).value(),
              ElementsAre(first.config, first.layers[0].diff_id, first.layers[1].diff_id));
  const auto tags = fetch(change(v1));
  ASSERT_THAT(tags, SizeIs(1));
  EXPECT_EQ(tags[0].id == "sha256:" + first.config.hex(), !in_containerd);
  EXPECT_EQ(id_of_name("gannet.local/api:r1-0"), tags[0].id);
  EXPECT_THAT(id_of_name("web:1"), HasSubstr("No such image"));  // means what it meant: nothing
  EXPECT_THAT(images_.missing_layers(v1, nobody_).value(), IsEmpty());

  const Release v2 = release("r2", "v2");
  const auto& second = v2.projects[0].images[0];
  const auto missing = images_.missing_layers(v2, nobody_).value();
  EXPECT_THAT(missing, SizeIs(in_containerd ? 3 : 2));
  EXPECT_EQ(missing.back(), second.layers[1].diff_id);
  if (!in_containerd) blobs_.blobs.erase(second.layers[0].diff_id);  // it was never sent
  EXPECT_THAT(fetch(change(v2)), SizeIs(1));
}

TEST_F(RealDocker, CleaningDockerKeepsHeldImagesAndReleasingLetsThemGo) {
  const Release v1 = release("r1", "v1");
  const auto tags = fetch(change(v1));
  shell("docker image prune --force");
  EXPECT_EQ(id_of_name(tags[0].id), tags[0].id);
  EXPECT_TRUE(images_.release_images(v1).has_value());
  EXPECT_THAT(id_of_name(tags[0].id), HasSubstr("No such image"));
}

TEST_F(RealDocker, ABlobThatIsNotHereLeavesNothingBehind) {
  const Release v1 = release("r1", "v1");
  blobs_.blobs.erase(v1.projects[0].images[0].layers[1].diff_id);
  const auto fetched = images_.fetch(change(v1), nobody_);
  ASSERT_FALSE(fetched.has_value());
  EXPECT_THAT(fetched.error().error.context, HasSubstr("docker load web:1: blob"));
  EXPECT_EQ(shell("docker images -aq"), "");
}

TEST_F(RealDocker, DeploysTellsAndComesBackToTheImageOfBefore) {
  write_compose("[stay, one]");
  const Release v1 = release("r1", "v1");
  EXPECT_THAT(projects_.preflight(change(v1), nobody_), IsEmpty());
  EXPECT_THAT(
      projects_.plan(change(v1), nobody_),
      ElementsAre(protocol::PlannedAction{"load web:1, 2 layers", "this host does not have it"},
                  protocol::PlannedAction{"start project api", "it has no containers"}));
  const auto one = deploy(v1);
  EXPECT_EQ(health_when(v1, one, {}, Severity::kPass)[0].message, "running");
  EXPECT_THAT(projects_.plan(change(v1, &v1, one), nobody_), IsEmpty());

  const auto before = look({&v1});
  ASSERT_THAT(before.projects, SizeIs(1));
  EXPECT_EQ(before.projects[0].files, v1.projects[0].files);
  const Release v2 = release("r2", "v2");
  const auto two = deploy(v2, &v1);
  EXPECT_EQ(running_image(), two[0].id);
  EXPECT_EQ(health_when(v1, one, before, Severity::kFail)[0].message,
            "runs " + short_id(two[0].id) + " instead of " + short_id(one[0].id));

  expect_ok(projects_.undo({&v2, &v1}, before, nobody_));
  expect_ok(projects_.bring_back({&v2, &v1}, before, nobody_));
  EXPECT_EQ(running_image(), one[0].id);
  EXPECT_EQ(id_of_name("web:1"), one[0].id);

  deploy(v2, &v1);  // and a rollback, whose images are found again
  const auto rollback = change(v1, &v2, one);
  EXPECT_THAT(projects_.plan(rollback, nobody_),
              ElementsAre(protocol::PlannedAction{
                  "recreate api", "image web is now " + short_id(one[0].id) + " (was " +
                                      short_id(two[0].id) + ")"}));
  expect_ok(projects_.activate(rollback, fetch(rollback), nobody_));
  EXPECT_EQ(running_image(), one[0].id);
}

TEST_F(RealDocker, AProjectThatIsAsItWasIsNotTouched) {
  write_compose("[stay, one]");
  const Release v1 = release("r1", "v1");
  deploy(v1);
  const auto before = look({&v1});
  expect_ok(projects_.undo({&v1}, before, nobody_));
  expect_ok(projects_.bring_back({&v1}, before, nobody_));
  EXPECT_EQ(look({&v1}), before);
}

TEST_F(RealDocker, ACrashIsToldWithCodeAndLastLines) {
  write_compose("[end, \"3\", \"1\"]", "    restart: always\n");
  const Release v1 = release("r1", "v1");
  const auto tags = deploy(v1);
  const auto findings = health_when(v1, tags, {}, Severity::kFail);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].name, "api/web");
  EXPECT_THAT(findings[0].message, testing::AnyOf(HasSubstr("crashe"), HasSubstr("exited")));
  EXPECT_THAT(findings[0].message, HasSubstr("exit code 3"));
  EXPECT_THAT(findings[0].values, testing::Contains(testing::Pair("final", "true")));
  EXPECT_THAT(findings[0].values,
              testing::Contains(testing::Pair("output", HasSubstr("ends with 3"))));
  expect_ok(projects_.undo({&v1}, {}, nobody_));
  EXPECT_EQ(shell("docker ps -aq"), "");
}

TEST_F(RealDocker, AHealthCheckIsWaitedFor) {
  write_compose("[stay]",
                "    healthcheck: { test: [CMD, /program, check], interval: 1s, retries: 2 }\n");
  const Release v1 = release("r1", "v1");
  const auto tags = deploy(v1);
  EXPECT_EQ(health_when(v1, tags, {}, Severity::kPass)[0].message, "running, healthy");
  write_compose("[stay]",
                "    environment: { SICK: \"1\" }\n"
                "    healthcheck: { test: [CMD, /program, check], interval: 1s, retries: 1 }\n");
  auto again = change(v1, &v1, tags);
  again.changed = {v1.projects[0].files[0]};
  EXPECT_THAT(projects_.plan(again, nobody_),
              ElementsAre(protocol::PlannedAction{"recreate api", "compose file changes"}));
  expect_ok(projects_.activate(again, tags, nobody_));
  const auto findings = health_when(v1, tags, {}, Severity::kFail);
  EXPECT_THAT(findings[0].message, HasSubstr("running, but"));
}

TEST_F(RealDocker, BindMountedFilesComeBack) {
  write("motd", "one\n");
  write_compose("[show, /motd]", "    volumes: [\"./motd:/motd\"]\n");
  Release v1 = release("r1", "v1");
  v1.projects[0].recreate_on = {directory_ + "/motd"};
  const auto tags = deploy(v1);
  const auto before = look({&v1});
  write("motd", "two\n");
  auto again = change(v1, &v1, tags);
  again.changed = {directory_ + "/motd"};
  EXPECT_THAT(projects_.plan(again, nobody_),
              ElementsAre(protocol::PlannedAction{"recreate api", "motd changes"}));
  expect_ok(projects_.activate(again, tags, nobody_));
  EXPECT_EQ(shell("docker logs api-web-1"), "two\n");
  write("motd", "one\n");
  expect_ok(projects_.bring_back({&v1}, before, nobody_));
  EXPECT_EQ(shell("docker logs api-web-1"), "one\n");
}

TEST_F(RealDocker, AnOldImageThatIsGoneIsSaidBefore) {
  const Release v1 = release("r1", "v1");
  const auto tags = fetch(change(v1));
  ASSERT_TRUE(images_.release_images(v1).has_value());
  const auto rollback = change(v1, nullptr, tags);
  const auto findings = projects_.preflight(rollback, nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].name, "image web:1");
  EXPECT_EQ(findings[0].severity, Severity::kFail);
  EXPECT_THAT(images_.fetch(rollback, nobody_).error().error.context,
              HasSubstr("is not on this host any more"));
}

TEST_F(RealDocker, WhatTheReleaseNoLongerNamesEnds) {
  write_compose("[stay]");
  const Release v1 = release("r1", "v1");
  deploy(v1);
  const auto before = look({&v1});
  Release none;
  none.service = "api";
  none.id = "r2";
  const auto gone = change(none, &v1);
  EXPECT_THAT(projects_.plan(gone, nobody_), SizeIs(1));
  expect_ok(projects_.withdraw(gone, nobody_));
  EXPECT_EQ(shell("docker ps -aq"), "");
  expect_ok(projects_.bring_back({&none, &v1}, before, nobody_));
  EXPECT_EQ(running_image(), before.projects[0].containers[0].image);
}

}  // namespace
}  // namespace gannet::agent
