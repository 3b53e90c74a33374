#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_services/compose_fixture.h"

namespace gannet::agent {
namespace {

using protocol::PlannedAction;
using protocol::Release;
using protocol::RuntimeState;
using protocol::Severity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// ---- preflight ----------------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, AllIsThere) {
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
}

TEST_F(ComposeProjectsTest, DockerIsAskedOnceForTheServicesOfAHostAndAgainLater) {
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
  const auto asked = tools_.log.size();
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
  EXPECT_EQ(tools_.log.size(), asked);

  clock_.advance(std::chrono::minutes(1));
  tools_.missing("docker version");
  EXPECT_THAT(projects_.preflight(change(), nobody_), SizeIs(1));
  EXPECT_THAT(projects_.preflight(change(), nobody_), SizeIs(1));  // a failure is not remembered
}

TEST_F(ComposeProjectsTest, AReleaseWithoutProjectsAsksNothing) {
  release_.projects.clear();
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
  EXPECT_THAT(plan(change()), IsEmpty());
  EXPECT_THAT(health(), IsEmpty());
  EXPECT_TRUE(projects_.activate(change(), {}, nobody_).has_value());
  EXPECT_TRUE(projects_.undo({&release_}, {}, nobody_).has_value());
  EXPECT_TRUE(projects_.bring_back({&release_}, {}, nobody_).has_value());
  EXPECT_THAT(tools_.log, IsEmpty());
}

TEST_F(ComposeProjectsTest, NoDockerIsSaid) {
  tools_.missing("docker version");
  const auto findings = projects_.preflight(change(), nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::kFail);
  EXPECT_EQ(findings[0].message, "docker: docker is not installed");
}

TEST_F(ComposeProjectsTest, ADaemonThatDoesNotAnswerIsSaidWithTheFix) {
  tools_.expect("docker version",
                failed(1,
                       "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is "
                       "the docker daemon running?\n"));
  auto findings = projects_.preflight(change(), nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].message, HasSubstr("Cannot connect to the Docker daemon"));
  EXPECT_THAT(findings[0].hint, HasSubstr("systemctl start docker"));
  tools_.expect(
      "docker version",
      failed(1, "permission denied while trying to connect to the Docker daemon socket\n"));
  findings = projects_.preflight(change(), nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].hint, HasSubstr("group docker"));
}

TEST_F(ComposeProjectsTest, ComposeOneIsRefusedWithTheFix) {
  tools_.expect("docker compose version", failed(125, "unknown flag: --short\n"));
  tools_.expect("docker-compose version --short", printed("1.29.2\n"));
  auto findings = projects_.preflight(change(), nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].message, HasSubstr("docker-compose 1.29.2, which is too old"));
  EXPECT_THAT(findings[0].hint, HasSubstr("docker-compose-plugin"));
  tools_.missing("docker-compose version --short");
  findings = projects_.preflight(change(), nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].message, HasSubstr("the plugin is not installed"));
}

TEST_F(ComposeProjectsTest, AnImageOfBeforeThatIsGoneIsRefused) {
  auto rollback = change();
  rollback.images = {{"web:1", "sha256:gone"}, {"db:1", "sha256:one"}};
  const auto findings = projects_.preflight(rollback, nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].name, "image web:1");
  EXPECT_EQ(findings[0].message,
            "web:1 of release r1 was sha256:gone, and this host does not have that any more");
}

TEST_F(ComposeProjectsTest, PullNeverNeedsTheImage) {
  image().pull = protocol::PullPolicy::kNever;
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
  names_.clear();
  EXPECT_THAT(projects_.preflight(change(), nobody_), SizeIs(1));
  image().config = sha256("{}");  // it comes with the release
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
}

// ---- plan ---------------------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, WhatRunsAsWantedNeedsNothing) {
  containers_ = {{}};
  EXPECT_THAT(plan(change(&release_)), IsEmpty());
  EXPECT_TRUE(
      projects_.activate(change(&release_), {{"web:1", "sha256:one"}}, nobody_).has_value());
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(ComposeProjectsTest, ANewProjectIsPulledAndStarted) {
  names_.clear();
  EXPECT_THAT(plan(change()),
              ElementsAre(PlannedAction{"pull web:1", "this host does not have it"},
                          PlannedAction{"start project api", "it has no containers"}));
  image().config = sha256("{}");
  image().layers = {{sha256("a"), 1}};
  EXPECT_EQ(plan(change())[0].what, "load web:1, 1 layer");
}

TEST_F(ComposeProjectsTest, ReasonsToRecreateAreNamed) {
  containers_ = {{}};
  names_["web:1"] = "sha256:two";
  auto one = change(&release_);
  one.changed = {"/opt/api/compose.yml", "/opt/api/.env", "/etc/nginx.conf",
                 "/opt/api/settings.env", "/opt/other"};
  EXPECT_THAT(plan(one),
              ElementsAre(PlannedAction{"recreate api",
                                        "nginx.conf changes, environment file changes, compose "
                                        "file changes, settings.env changes, image web is now "
                                        "sha256:two (was sha256:one)"}));
}

TEST_F(ComposeProjectsTest, WhatStoppedIsStarted) {
  containers_ = {{}};
  containers_[0].status = "exited";
  EXPECT_THAT(plan(change(&release_)),
              ElementsAre(PlannedAction{"start api/web", "api-web-1 is exited"}));
  containers_[0].policy = "no";  // a task that is done
  EXPECT_THAT(plan(change(&release_)), IsEmpty());
  containers_[0].exit_code = "1";
  EXPECT_THAT(plan(change(&release_)), SizeIs(1));
}

TEST_F(ComposeProjectsTest, ServicesComeAndGo) {
  containers_ = {{}, {}};
  containers_[1].id = "c2";
  containers_[1].service = "worker";
  Release before = release_;
  before.projects[0].images.push_back(before.projects[0].images[0]);
  before.projects[0].images[1].service = "worker";
  EXPECT_THAT(plan(change(&before)), ElementsAre(PlannedAction{"stop containers of api/worker",
                                                               "the service is no longer there"}));
  release_.projects[0].images[0].service = "db";
  EXPECT_THAT(plan(change()), ElementsAre(PlannedAction{"start api/db", "it has no container"}));
}

TEST_F(ComposeProjectsTest, ContainersOfRunDoNotCount) {
  containers_ = {{}};
  containers_[0].one_off = "True";
  EXPECT_EQ(plan(change())[0].what, "start project api");
}

TEST_F(ComposeProjectsTest, ATagThatMayHaveMovedIsAskedFor) {
  containers_ = {{}};
  image().pull = protocol::PullPolicy::kAlways;
  tools_.expect("docker pull", [this](const ToolRun&) {
    names_["web:1"] = "sha256:two";
    return printed("web:1\n");
  });
  EXPECT_THAT(
      plan(change(&release_)),
      ElementsAre(PlannedAction{"recreate api", "image web is now sha256:two (was sha256:one)"}));
  EXPECT_EQ(names_["web:1"], "sha256:one");
  tools_.expect("docker pull", failed(1, "dial tcp: no route to host\n"));
  const auto actions = plan(change(&release_));
  ASSERT_THAT(actions, SizeIs(2));
  EXPECT_EQ(actions[0].what, "pull web:1");
  EXPECT_THAT(actions[0].why, HasSubstr("no route to host"));
}

TEST_F(ComposeProjectsTest, AProjectThatIsGivenUpIsStopped) {
  Release none;
  none.service = "api";
  ServiceChange gone;
  gone.wanted = &none;
  gone.in_force = &release_;
  EXPECT_THAT(plan(gone), ElementsAre(PlannedAction{"stop project api",
                                                    "the release does not name it any more"}));
  EXPECT_TRUE(projects_.withdraw(gone, nobody_).has_value());
  EXPECT_THAT(changes(), ElementsAre("docker compose -p api down --remove-orphans"));
}

// ---- activate -----------------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, ActivateGivesNamesAndStarts) {
  names_.clear();
  EXPECT_TRUE(projects_.activate(change(), {{"web:1", "sha256:two"}}, nobody_).has_value());
  EXPECT_THAT(changes(), ElementsAre("docker tag sha256:two web:1", kUp));
  EXPECT_EQ(tools_.runs.back().service, "api");
  EXPECT_EQ(tools_.runs.back().timeout, std::chrono::minutes(10));
}

TEST_F(ComposeProjectsTest, FilesThatComposeDoesNotReadForceIt) {
  containers_ = {{}};
  auto one = change(&release_);
  one.changed = {"/etc/nginx.conf"};
  EXPECT_TRUE(projects_.activate(one, {{"web:1", "sha256:one"}}, nobody_).has_value());
  EXPECT_THAT(changes(), ElementsAre(kUp + " --force-recreate"));
}

TEST_F(ComposeProjectsTest, AFailedStartComesWithTheWordsOfTheContainer) {
  tools_.expect(kUp, [this](const ToolRun&) {
    containers_ = {{}};
    containers_[0].status = "exited";
    containers_[0].exit_code = "1";
    return failed(1, "dependency failed to start: container api-web-1 exited (1)\n");
  });
  const auto done = projects_.activate(change(), {{"web:1", "sha256:one"}}, nobody_);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().error.context,
            "docker compose up (project api): exit code 1: dependency failed to start: container "
            "api-web-1 exited (1)");
  EXPECT_THAT(done.error().last_lines, Contains("panic: no database"));
}

// ---- going back ---------------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, UndoEndsWhatWasNotThere) {
  const RuntimeState before = look();
  containers_ = {{}};
  EXPECT_TRUE(projects_.undo({&release_}, before, nobody_).has_value());
  EXPECT_THAT(changes(), ElementsAre("docker compose -p api down --remove-orphans"));
}

TEST_F(ComposeProjectsTest, UndoLeavesWhatWasThere) {
  containers_ = {{}};
  const RuntimeState before = look();
  EXPECT_TRUE(projects_.undo({&release_}, before, nobody_).has_value());
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(ComposeProjectsTest, BringBackTouchesNothingThatIsAsBefore) {
  containers_ = {{}};
  const RuntimeState before = look();
  EXPECT_TRUE(projects_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(ComposeProjectsTest, BringBackStartsWhatRanFromTheOldImage) {
  containers_ = {{}, {"c2", "job", "sha256:one", "exited", "0", "0", "", "no", "False"}};
  names_["web:1"] = "sha256:two";  // it was pulled by hand, the old one ran on
  const RuntimeState before = look();
  containers_ = {{}};
  containers_[0].id = "c3";
  containers_[0].image = "sha256:two";
  std::string at_start;
  tools_.expect("docker compose -p api --project-directory", [&](const ToolRun&) {
    at_start = names_["web:1"];
    containers_[0].image = at_start;
    return printed("");
  });
  EXPECT_TRUE(projects_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_EQ(at_start, "sha256:one");
  EXPECT_EQ(names_["web:1"], "sha256:two");
  EXPECT_THAT(changes(), Contains(kUp + " --force-recreate web"));
}

TEST_F(ComposeProjectsTest, FilesThatComposeOneNotedAreFoundInTheirFolder) {
  containers_ = {{}};
  RuntimeState before = look();
  before.projects[0].files = {"docker-compose.yml"};
  containers_[0].id = "c3";
  EXPECT_TRUE(projects_.bring_back({&release_}, before, nobody_).has_value());
  const auto up = std::find_if(tools_.runs.begin(), tools_.runs.end(), [](const ToolRun& run) {
    return run.words[1] == "compose" && run.words[2] == "-p";
  });
  ASSERT_NE(up, tools_.runs.end());
  EXPECT_EQ(up->folder, "/opt/api");
  EXPECT_THAT(up->words, Contains("docker-compose.yml"));
}

TEST_F(ComposeProjectsTest, BringBackSaysWhenTheOldImageDoesNotRun) {
  containers_ = {{}};
  const RuntimeState before = look();
  containers_[0].id = "c3";
  containers_[0].image = "sha256:two";
  const auto back = projects_.bring_back({&release_}, before, nobody_);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().error.context, "api/web does not run sha256:one as it did before");
}

TEST_F(ComposeProjectsTest, ANameThatMeantNothingIsTakenAway) {
  names_.clear();
  const RuntimeState before = look();
  names_["web:1"] = "sha256:two";
  EXPECT_TRUE(projects_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_THAT(changes(), ElementsAre("docker rmi web:1"));
}

TEST_F(ComposeProjectsTest, ADockerThatIsStillStartingIsWaitedFor) {
  containers_ = {{}};
  const RuntimeState before = look();
  int asked = 0;
  tools_.expect("docker version", [&](const ToolRun&) {
    ++asked;
    return asked < 4 ? failed(1, "Cannot connect to the Docker daemon\n") : printed("24.0.7\n");
  });
  EXPECT_TRUE(projects_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_EQ(asked, 4);
}

TEST_F(ComposeProjectsTest, ADockerThatNeverComesIsAnError) {
  containers_ = {{}};
  const RuntimeState before = look();
  tools_.expect("docker version", failed(1, "Cannot connect to the Docker daemon\n"));
  const SteadyTime start = clock_.steady();
  const auto back = projects_.bring_back({&release_}, before, nobody_);
  ASSERT_FALSE(back.has_value());
  EXPECT_THAT(back.error().error.context, HasSubstr("Cannot connect"));
  EXPECT_GE(clock_.steady() - start, std::chrono::seconds(60));
}

}  // namespace
}  // namespace gannet::agent
