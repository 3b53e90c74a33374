// Several projects of one host: looked at together, and never by what was true before a change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/docker_images.h"
#include "agent/services/host_services.h"
#include "tests/unit/agent_services/compose_fixture.h"

namespace gannet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class NoBlobs final : public BlobSource {
 public:
  Result<std::unique_ptr<BlobReader>> open(const Digest& /*digest*/) override {
    return fail(Code::kNotFound, "no blob");
  }
};

/// Three services, "api", "db" and "web", of one container each.
class ComposeSurveyTest : public ComposeProjectsTest {
 protected:
  ComposeSurveyTest() {
    for (const std::string name : {"api", "db", "web"}) {
      protocol::Release release = release_;
      release.service = name;
      release.projects[0].project = name;
      release.projects[0].images[0].reference = name + ":1";
      names_[name + ":1"] = "sha256:one";
      ran_[name] = "running";
      releases_.push_back(release);
    }
    tools_.expect("docker ps", [this](const ToolRun& run) {
      std::string out;
      for (const auto& [name, status] : ran_) {
        const bool only = run.words[5] != "label=com.docker.compose.project";
        if (!only || run.words[5].ends_with("=" + name)) out += "c-" + name + "\t" + name + "\n";
      }
      return printed(out);
    });
    tools_.expect("docker inspect --type container", [this](const ToolRun& run) {
      std::string out;
      for (const auto& [name, status] : ran_) {
        const std::string id = "c-" + name;
        if (std::find(run.words.begin(), run.words.end(), id) == run.words.end()) continue;
        Line line;
        line.id = id;
        line.status = status;
        auto fields = split(trim(line.text()), '\t');
        fields[9] = name;  // Field kProject of compose_containers.cpp
        out += join(fields, "\t") + "\n";
      }
      return printed(out);
    });
  }

  std::vector<ServiceChange> changes() {
    std::vector<ServiceChange> changes(releases_.size());
    for (std::size_t i = 0; i < releases_.size(); ++i) changes[i].wanted = &releases_[i];
    return changes;
  }
  /// What `gannet plan` asks of a host, beside its files.
  std::vector<std::vector<protocol::PlannedAction>> prepare() {
    const auto all = changes();
    std::vector<std::vector<protocol::PlannedAction>> plans;
    const Survey survey(services_, all, nobody_);
    for (const ServiceChange& change : all) {
      EXPECT_THAT(services_.preflight(change, nobody_), IsEmpty());
      plans.push_back(services_.plan(change, nobody_));
      EXPECT_TRUE(services_.missing_layers(*change.wanted, nobody_).has_value());
    }
    return plans;
  }

  std::vector<protocol::Release> releases_;
  std::map<std::string, std::string> ran_;  ///< project -> status of its container
  NoBlobs blobs_;
  DockerMemory memory_;
  ComposeProjects together_{tools_, clock_, &memory_};
  DockerImages images_{tools_, blobs_, &memory_};
  HostServices services_{{&together_}, images_};
};

TEST_F(ComposeSurveyTest, NothingToDoCostsOneLookHoweverManyServices) {
  EXPECT_THAT(prepare(), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
  EXPECT_THAT(tools_.log, ElementsAre(StartsWith("docker ps "), StartsWith("docker inspect "),
                                      "docker image inspect --format {{.Id}} api:1 db:1 web:1",
                                      StartsWith("docker compose version")));
}

TEST_F(ComposeSurveyTest, TheNextPassLooksAgain) {
  EXPECT_THAT(prepare(), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
  ran_["db"] = "exited";
  ran_.erase("web");
  const auto plans = prepare();
  EXPECT_THAT(plans[0], IsEmpty());
  ASSERT_THAT(plans[1], SizeIs(1));
  EXPECT_EQ(plans[1][0].what, "start db/web");
  ASSERT_THAT(plans[2], SizeIs(1));
  EXPECT_EQ(plans[2][0].why, "it has no containers");
}

TEST_F(ComposeSurveyTest, AGateLooksForItself) {
  prepare();
  ran_["api"] = "restarting";
  const auto findings =
      services_.health(releases_[0], {{"api:1", "sha256:one"}}, protocol::RuntimeState{}, nobody_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, protocol::Severity::kFail);
}

TEST_F(ComposeSurveyTest, WhatWasSeenBeforeAChangeIsNotUsedAfterIt) {
  const auto all = changes();
  const Survey survey(services_, all, nobody_);
  EXPECT_THAT(services_.plan(all[1], nobody_), IsEmpty());
  Docker docker(tools_, &memory_);
  ASSERT_TRUE(docker.tag("sha256:two", "db:1", nobody_).has_value());
  const auto plan = services_.plan(all[1], nobody_);
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].why, HasSubstr("is now sha256:two"));
}

TEST_F(ComposeSurveyTest, APullInThePassIsAChange) {
  releases_[0].projects[0].images[0].pull = protocol::PullPolicy::kAlways;
  tools_.expect("docker pull", [this](const ToolRun&) {
    names_["api:1"] = "sha256:two";
    return printed("");
  });
  const auto plans = prepare();
  ASSERT_THAT(plans[0], SizeIs(1));
  EXPECT_THAT(plans[0][0].why, HasSubstr("is now sha256:two"));
  EXPECT_EQ(names_["api:1"], "sha256:one");  // only looked at
  EXPECT_THAT(plans[1], IsEmpty());
}

TEST_F(ComposeSurveyTest, MissingImagesAreFoundAmongTheOthers) {
  names_.erase("db:1");
  const auto plans = prepare();
  EXPECT_THAT(plans[0], IsEmpty());
  ASSERT_THAT(plans[1], SizeIs(2));
  EXPECT_EQ(plans[1][0].what, "pull db:1");
  EXPECT_THAT(plans[2], IsEmpty());
}

TEST_F(ComposeSurveyTest, ADockerThatDoesNotAnswerIsToldByEachService) {
  tools_.missing("docker ps");
  tools_.missing("docker version");
  const auto all = changes();
  const Survey survey(services_, all, nobody_);
  for (const ServiceChange& change : all) {
    const auto findings = services_.preflight(change, nobody_);
    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings[0].message, HasSubstr("docker is not installed"));
  }
}

}  // namespace
}  // namespace gannet::agent
