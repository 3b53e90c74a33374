#include "agent/services/compose_projects.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_tools.h"

namespace gannet::agent {
namespace {

using protocol::ImageTag;
using protocol::PlannedAction;
using protocol::Release;
using protocol::RuntimeState;
using protocol::Severity;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

const std::vector<std::string> kLooks = {"docker image", "docker ps", "docker inspect --type",
                                         "docker version", "docker compose version"};

const std::string kUp =
    "docker compose -p api --project-directory /opt/api -f /opt/api/compose.yml "
    "--env-file /opt/api/.env up -d --pull never --no-build --remove-orphans";

/// A container as `docker inspect` prints it.
struct Line {
  std::string id = "c1";
  std::string service = "web";
  std::string image = "sha256:one";
  std::string status = "running";
  std::string exit_code = "0";
  std::string restarts = "0";
  std::string health;
  std::string policy = "unless-stopped";
  std::string one_off = "False";

  [[nodiscard]] std::string text() const {
    return join(std::vector<std::string>{id, "/api-" + service + "-1", image, "web:1", status,
                                         exit_code, restarts, health, policy, "api", service,
                                         one_off, "/opt/api/compose.yml", "/opt/api",
                                         "/opt/api/.env"},
                "\t") +
           "\n";
  }
};

class ComposeProjectsTest : public testing::Test {
 protected:
  ComposeProjectsTest() {
    tools_.expect("docker version", printed("24.0.7\n"));
    tools_.expect("docker compose version", printed("2.26.1\n"));
    tools_.expect("docker ps", [this](const ToolRun&) {
      std::string out;
      for (const Line& line : containers_) out += line.id + "\tapi\n";
      return printed(out);
    });
    tools_.expect("docker inspect --type container", [this](const ToolRun&) {
      std::string out;
      for (const Line& line : containers_) out += line.text();
      return printed(out);
    });
    tools_.expect("docker image inspect --format {{.Id}}", [this](const ToolRun& run) {
      ToolResult result;
      for (std::size_t i = 5; i < run.words.size(); ++i) {
        const bool is_id = stored_.contains(run.words[i]);
        const auto found = names_.find(run.words[i]);
        if (is_id || found != names_.end()) {
          result.out += (is_id ? run.words[i] : found->second) + "\n";
        } else {
          result.err += "Error: No such image: " + run.words[i] + "\n";
          result.exit_code = 1;
        }
      }
      return result;
    });
    tools_.expect("docker tag", [this](const ToolRun& run) {
      names_[run.words[3]] = run.words[2];
      return printed("");
    });
    tools_.expect("docker logs", printed("listening\npanic: no database\n"));
    release_.service = "api";
    release_.id = "r1";
    protocol::ComposeSpec spec;
    spec.project = "api";
    spec.directory = "/opt/api";
    spec.files = {"/opt/api/compose.yml"};
    spec.env_files = {"/opt/api/.env"};
    spec.recreate_on = {"/etc/nginx.conf"};
    spec.images.push_back({});
    spec.images[0].service = "web";
    spec.images[0].reference = "web:1";
    release_.projects = {spec};
    release_.files.push_back({});
    release_.files[0].path = "/opt/api/settings.env";
  }

  protocol::ImageSpec& image() { return release_.projects[0].images[0]; }
  ServiceChange change(const Release* in_force = nullptr) {
    ServiceChange change;
    change.wanted = &release_;
    change.in_force = in_force;
    return change;
  }
  std::vector<PlannedAction> plan(const ServiceChange& one) { return projects_.plan(one, nobody_); }
  RuntimeState look() {
    RuntimeState state;
    EXPECT_TRUE(projects_.look({&release_}, state, nobody_).has_value());
    return state;
  }
  std::vector<protocol::Finding> health(const RuntimeState& before = {}) {
    return projects_.health(release_, {{"web:1", "sha256:one"}}, before, nobody_);
  }
  protocol::Finding only_finding(const RuntimeState& before = {}) {
    const auto findings = health(before);
    EXPECT_THAT(findings, SizeIs(1));
    return findings.empty() ? protocol::Finding{} : findings[0];
  }
  [[nodiscard]] std::vector<std::string> changes() const { return tools_.log_without(kLooks); }

  std::vector<Line> containers_;
  std::map<std::string, std::string> names_ = {{"web:1", "sha256:one"}};
  std::set<std::string> stored_ = {"sha256:one", "sha256:two"};
  Release release_;
  ScriptedTools tools_;
  test::FakeClock clock_;
  NoProgress nobody_;
  ComposeProjects projects_{tools_, clock_};
};

// ---- preflight ----------------------------------------------------------------------------------

TEST_F(ComposeProjectsTest, AllIsThere) {
  EXPECT_THAT(projects_.preflight(change(), nobody_), IsEmpty());
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
