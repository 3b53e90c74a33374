#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_services/compose_fixture.h"

namespace gannet::agent {
namespace {

using protocol::ImageTag;
using protocol::RuntimeState;
using protocol::Severity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

// ---- look and health ----------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, LooksAtContainersAndNames) {
  containers_ = {{}};
  containers_[0].health = "healthy";
  const auto state = look();
  ASSERT_THAT(state.projects, SizeIs(1));
  const auto& project = state.projects[0];
  EXPECT_EQ(project.directory, "/opt/api");
  EXPECT_THAT(project.files, ElementsAre("/opt/api/compose.yml"));
  EXPECT_THAT(project.env_files, ElementsAre("/opt/api/.env"));
  ASSERT_THAT(project.containers, SizeIs(1));
  EXPECT_EQ(project.containers[0].name, "api-web-1");
  EXPECT_EQ(project.containers[0].health, "healthy");
  EXPECT_THAT(state.images, ElementsAre(ImageTag{"web:1", "sha256:one"}));
}

TEST_F(ComposeProjectsTest, WithoutDockerNothingRunsButSilenceIsAnError) {
  tools_.missing("docker ps");
  EXPECT_EQ(look(), RuntimeState{});
  tools_.expect("docker ps", failed(1, "Cannot connect to the Docker daemon\n"));
  RuntimeState state;
  const auto looked = projects_.look({&release_}, state, nobody_);
  ASSERT_FALSE(looked.has_value());
  EXPECT_THAT(looked.error().context, HasSubstr("Cannot connect"));
}

TEST_F(ComposeProjectsTest, HealthyOnes) {
  containers_ = {{}, {}};
  containers_[0].health = "healthy";
  containers_[1] = {"c2", "job", "sha256:x", "exited", "0", "0", "", "no", "False"};
  const auto findings = health();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].name, "api/job");
  EXPECT_EQ(findings[0].message, "exited with code 0");
  EXPECT_EQ(findings[1].message, "running, healthy");
  for (const auto& finding : findings) EXPECT_EQ(finding.severity, Severity::kPass);
}

TEST_F(ComposeProjectsTest, OneLookAtDockerIsEnough) {
  containers_ = {{}};
  static_cast<void>(health());
  EXPECT_THAT(tools_.log, SizeIs(2));
}

struct Sick {
  std::string status;
  std::string exit_code;
  std::string restarts;
  std::string health;
  std::string message;
  bool is_final;
};

class SickContainer : public ComposeProjectsTest, public testing::WithParamInterface<Sick> {};

TEST_P(SickContainer, IsToldWithItsLastLines) {
  const Sick& sick = GetParam();
  containers_ = {{}};
  containers_[0].status = sick.status;
  containers_[0].exit_code = sick.exit_code;
  containers_[0].restarts = sick.restarts;
  containers_[0].health = sick.health;
  tools_.expect("docker events", printed("137\n3\n"));
  const auto finding = only_finding();
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, sick.message);
  EXPECT_THAT(finding.values, Contains(Pair("output", "listening\npanic: no database")));
  const auto last = Contains(Pair("final", "true"));
  if (sick.is_final) {
    EXPECT_THAT(finding.values, last);
  } else {
    EXPECT_THAT(finding.values, Not(last));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SickContainer,
    testing::Values(
        Sick{"running", "0", "0", "starting", "running, but its health check has not passed yet",
             false},
        Sick{"running", "0", "0", "unhealthy", "running, but unhealthy", false},
        Sick{"running", "0", "1", "", "crashed once inside the window, exit code 3", true},
        Sick{"running", "0", "4", "", "crashed 4 times inside the window, exit code 3", true},
        Sick{"restarting", "3", "2", "", "crashes and is started again, exit code 3", true},
        Sick{"exited", "2", "0", "", "exited, exit code 2", true},
        Sick{"exited", "0", "0", "", "stopped, exit code 0", false},
        Sick{"dead", "1", "0", "", "dead, exit code 1", true},
        Sick{"created", "0", "0", "", "created", false},
        Sick{"paused", "0", "0", "", "paused", false}));

TEST_F(ComposeProjectsTest, RestartsOfBeforeAreForgivenToTheSameContainer) {
  containers_ = {{}};
  containers_[0].restarts = "7";
  const auto before = look();
  EXPECT_EQ(only_finding(before).severity, Severity::kPass);
  containers_[0].id = "c9";
  EXPECT_EQ(only_finding(before).severity, Severity::kFail);
}

TEST_F(ComposeProjectsTest, AnotherImageThanTheWantedOneIsNotHealthy) {
  containers_ = {{}};
  containers_[0].image = "sha256:34cd";
  EXPECT_EQ(only_finding().message, "runs sha256:34cd instead of sha256:one");
}

TEST_F(ComposeProjectsTest, AServiceWithoutContainerIsNotHealthy) {
  const auto finding = only_finding();
  EXPECT_EQ(finding.name, "api/web");
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "has no container");
}

TEST_F(ComposeProjectsTest, ADockerThatDoesNotAnswerIsNotHealthy) {
  tools_.expect("docker ps", failed(1, "Cannot connect to the Docker daemon\n"));
  EXPECT_THAT(only_finding().message, HasSubstr("Cannot connect"));
}

TEST_F(ComposeProjectsTest, WhatSomebodyElseLeftThereBeforeIsNotJudged) {
  containers_ = {{}, {}};
  containers_[1] = {"c2", "old", "sha256:x", "exited", "1", "0", "", "no", "False"};
  const auto before = look();
  EXPECT_THAT(health(before), SizeIs(1));
}

}  // namespace
}  // namespace gannet::agent
