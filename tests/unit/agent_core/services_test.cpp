// What runs goes forward and back with the files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

using protocol::ApplyOutcome;
using testing::ElementsAre;
using testing::IsEmpty;

class ServicesTest : public testing::Test {
 protected:
  /// A release of `service` with one unit of that name, one file, and the tag `version`.
  protocol::Release unit(const std::string& service, const std::string& version) {
    auto release =
        host_.contents.release(service, service + "-" + version, {{"/etc/" + service, version}});
    release.tag = version;
    release.units.push_back({});
    release.units.back().name = service + ".service";
    release.health.stable_for_ms = 1'000;
    return release;
  }
  /// The same with a Compose project whose image is "app:1".
  protocol::Release project(const std::string& version) {
    auto release = host_.contents.release("app", "app-" + version, {{"/srv/app/c.yaml", version}});
    release.tag = version;
    release.projects.push_back({});
    release.projects.back().project = "app";
    release.projects.back().images.push_back({});
    release.projects.back().images.back().reference = "app:1";
    return release;
  }
  protocol::ApplyReply apply(const std::string& transaction,
                             std::vector<protocol::Release> releases) {
    auto state = host_.open();
    auto reply = host_.apply(*state, Host::request(transaction, std::move(releases)));
    EXPECT_TRUE(reply.has_value()) << reply.error().context;
    return reply.value_or(protocol::ApplyReply{});
  }
  void deploy(const std::string& transaction, std::vector<protocol::Release> releases) {
    auto state = host_.open();
    const auto done = host_.deploy(*state, transaction, std::move(releases));
    ASSERT_TRUE(done.has_value()) << done.error().context;
  }
  ScriptedServices& machine() { return host_.actions.machine; }

  test::MemoryFileSystem files_;
  Host host_{files_};
};

TEST_F(ServicesTest, StartsWhatAReleaseRunsAndSaysWhyBefore) {
  auto state = host_.open();
  protocol::PrepareRequest request;
  request.releases = {unit("web", "v1")};
  const auto prepared = state->prepare(request, host_.progress);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_THAT(prepared->plans[0].actions,
              ElementsAre(protocol::PlannedAction{"start web.service", "it does not run v1"}));
  deploy("t1", {unit("web", "v1")});
  EXPECT_EQ(machine().running["web.service"], "v1");
}

TEST_F(ServicesTest, ASickOneIsPutBackWithItsFiles) {
  deploy("t1", {unit("web", "v1")});
  machine().sick = {"v2"};
  const auto reply = apply("t2", {unit("web", "v2")});
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored) << reply.error;
  EXPECT_EQ(reply.error, "web: health: web.service: failed");
  EXPECT_EQ(machine().running["web.service"], "v1");
}

TEST_F(ServicesTest, OneThatWasNotThereBeforeIsGoneAgain) {
  machine().failing = {"web.service"};
  const auto reply = apply("t1", {unit("web", "v1")});
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored) << reply.error;
  EXPECT_THAT(machine().running, IsEmpty());
  EXPECT_FALSE(files_.stat("/etc/web")->has_value());
}

TEST_F(ServicesTest, WhatTheNewReleaseNoLongerRunsEnds) {
  auto both = unit("web", "v1");
  both.units.push_back(both.units[0]);
  both.units.back().name = "web.timer";
  deploy("t1", {both});
  deploy("t2", {unit("web", "v2")});
  EXPECT_EQ(machine().running, (std::map<std::string, std::string>{{"web.service", "v2"}}));
}

TEST_F(ServicesTest, WhatIsNeededIsHealthyBeforeTheOtherStarts) {
  auto app = unit("app", "v1");
  app.needs = {"db"};
  machine().sick = {"broken"};
  const auto reply = apply("t1", {unit("db", "broken"), app});
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored);
  EXPECT_THAT(machine().log, ElementsAre("start db.service", "stop db.service"));
}

TEST_F(ServicesTest, AnImageThatCannotBeHadStopsItBeforeTheFirstChange) {
  machine().failing = {"fetch"};
  const auto reply = apply("t1", {project("v1")});
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRefused);
  EXPECT_EQ(reply.error, "pull: no such image");
  EXPECT_THAT(host_.watchdog.armed, IsEmpty());
  EXPECT_FALSE(files_.stat("/srv/app/c.yaml")->has_value());
}

TEST_F(ServicesTest, RollbackBringsTheImageBackThatTheNameMeantThen) {
  machine().registry["app:1"] = "sha256:one";
  const auto v1 = project("v1");
  deploy("t1", {v1});
  machine().registry["app:1"] = "sha256:two";  // pushed again under the same name
  deploy("t2", {project("v2")});
  EXPECT_EQ(machine().images["app:1"], "sha256:two");
  deploy("t3", {v1});
  EXPECT_EQ(machine().images["app:1"], "sha256:one");
}

TEST_F(ServicesTest, AMissingOldImageIsFoundBeforeAnythingIsTouched) {
  machine().registry["app:1"] = "sha256:one";
  const auto v1 = project("v1");
  deploy("t1", {v1});
  machine().registry["app:1"] = "sha256:two";
  deploy("t2", {project("v2")});
  machine().stored.erase("sha256:one");
  auto state = host_.open();
  protocol::PrepareRequest request;
  request.releases = {v1};
  const auto prepared = state->prepare(request, host_.progress);
  ASSERT_TRUE(prepared.has_value());
  ASSERT_EQ(prepared->findings.size(), 1U);
  EXPECT_EQ(prepared->findings[0].name, "image app:1");
}

TEST_F(ServicesTest, ImagesAreHeldAsLongAsTheirReleaseIsKept) {
  machine().registry["app:1"] = "sha256:one";
  deploy("t1", {project("v1")});
  machine().sick = {"v2"};
  EXPECT_EQ(apply("t2", {project("v2")}).outcome, ApplyOutcome::kRestored);
  EXPECT_THAT(machine().held, ElementsAre("app/app-v1"));
  for (int i = 3; i < 9; ++i) deploy("t" + std::to_string(i), {project("v" + std::to_string(i))});
  EXPECT_THAT(machine().held,
              ElementsAre("app/app-v4", "app/app-v5", "app/app-v6", "app/app-v7", "app/app-v8"));
}

TEST_F(ServicesTest, LayersTheHostLacksAreAskedForOnce) {
  auto release = project("v1");
  auto& image = release.projects[0].images[0];
  image.layers = {{sha256("layer"), 5}};
  release.projects[0].images.push_back(image);
  auto state = host_.open();
  protocol::PrepareRequest request;
  request.releases = {release};
  const auto prepared = state->prepare(request, host_.progress);
  ASSERT_TRUE(prepared.has_value());
  EXPECT_EQ(std::count(prepared->missing.begin(), prepared->missing.end(), sha256("layer")), 1);
}

TEST_F(ServicesTest, AllServicesOfARequestAreSurveyedTogetherAndGatesAreNot) {
  deploy("t1", {unit("db", "v1"), unit("web", "v1")});
  EXPECT_GT(machine().looks_outside, 0);  // the gates
  machine().looks_outside = 0;
  machine().surveys.clear();

  auto state = host_.open();
  protocol::PrepareRequest request;
  request.releases = {unit("db", "v1"), unit("web", "v1")};
  ASSERT_TRUE(state->prepare(request, host_.progress).has_value());
  protocol::StatusRequest status;
  status.drift = true;
  ASSERT_TRUE(state->status(status, host_.progress).has_value());
  EXPECT_THAT(machine().surveys, ElementsAre(2, 2));
  EXPECT_EQ(machine().looks_outside, 0);
  EXPECT_FALSE(machine().surveying);
}

TEST_F(ServicesTest, DriftOfWhatRunsIsTold) {
  deploy("t1", {unit("web", "v1")});
  machine().running.erase("web.service");
  auto state = host_.open();
  const auto status = state->status({{}, true}, host_.progress);
  ASSERT_TRUE(status.has_value());
  ASSERT_EQ(status->services[0].runtime.size(), 1U);
  EXPECT_EQ(status->services[0].runtime[0].name, "web.service");
}

TEST_F(ServicesTest, AWatchdogBringsServicesBack) {
  deploy("t1", {unit("web", "v1")});
  EXPECT_EQ(apply("t2", {unit("web", "v2")}).outcome, ApplyOutcome::kHealthy);
  host_.clock.advance(std::chrono::seconds(120));
  auto state = host_.open();
  ASSERT_TRUE(state->recovered().has_value());
  EXPECT_TRUE(state->recovered()->healthy) << state->recovered()->detail;
  EXPECT_EQ(machine().running["web.service"], "v1");
}

}  // namespace
}  // namespace gannet::agent
