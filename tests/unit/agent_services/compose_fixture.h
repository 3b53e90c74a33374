// A Docker of one project that says what a test wants, and notes what it was asked.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/compose_projects.h"
#include "base/text.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_tools.h"

namespace gannet::agent {

inline const std::vector<std::string> kLooks = {"docker image", "docker ps",
                                                "docker inspect --type", "docker version",
                                                "docker compose version"};

inline const std::string kUp =
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
  ServiceChange change(const protocol::Release* in_force = nullptr) {
    ServiceChange change;
    change.wanted = &release_;
    change.in_force = in_force;
    return change;
  }
  std::vector<protocol::PlannedAction> plan(const ServiceChange& one) {
    return projects_.plan(one, nobody_);
  }
  protocol::RuntimeState look() {
    protocol::RuntimeState state;
    EXPECT_TRUE(projects_.look({&release_}, state, nobody_).has_value());
    return state;
  }
  std::vector<protocol::Finding> health(const protocol::RuntimeState& before = {}) {
    return projects_.health(release_, {{"web:1", "sha256:one"}}, before, nobody_);
  }
  protocol::Finding only_finding(const protocol::RuntimeState& before = {}) {
    const auto findings = health(before);
    EXPECT_THAT(findings, testing::SizeIs(1));
    return findings.empty() ? protocol::Finding{} : findings[0];
  }
  [[nodiscard]] std::vector<std::string> changes() const { return tools_.log_without(kLooks); }

  std::vector<Line> containers_;
  std::map<std::string, std::string> names_ = {{"web:1", "sha256:one"}};
  std::set<std::string> stored_ = {"sha256:one", "sha256:two"};
  protocol::Release release_;
  ScriptedTools tools_;
  test::FakeClock clock_;
  NoProgress nobody_;
  ComposeProjects projects_{tools_, clock_};
};

}  // namespace gannet::agent
