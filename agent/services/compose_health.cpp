#include "agent/services/compose_health.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "agent/core/health_gate.h"
#include "agent/services/image_pull.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::Finding;
using protocol::Severity;

constexpr const char* kLogsHint = "docker logs of the container tells more";

/// The state of one container in words.
struct Verdict {
  bool good = false;
  bool is_final = false;
  bool crashed = false;
  std::string message;
  std::string hint = kLogsHint;
};

Verdict good(std::string message) { return {true, false, false, std::move(message), ""}; }

Verdict bad(std::string message) { return {false, false, false, std::move(message), kLogsHint}; }

Verdict hopeless(std::string message) {
  Verdict verdict = bad(std::move(message));
  verdict.is_final = true;
  return verdict;
}

std::string code_of(const protocol::ContainerState& state) {
  return "exit code " + std::to_string(state.exit_code);
}

Verdict judge_restarts(const protocol::ContainerState& state, std::uint64_t forgiven) {
  const std::uint64_t count = state.restarts - forgiven;
  Verdict verdict =
      hopeless(count == 1 ? "crashed once inside the window"
                          : "crashed " + std::to_string(count) + " times inside the window");
  verdict.crashed = true;
  return verdict;
}

Verdict judge_health(const protocol::ContainerState& state) {
  if (state.health.empty()) return good("running");
  if (state.health == "healthy") return good("running, healthy");
  if (state.health == "starting") return bad("running, but its health check has not passed yet");
  return bad("running, but " + state.health);
}

Verdict judge_exited(const ProjectContainer& container) {
  if (container.is_done()) return good("exited with code 0");
  if (container.state.exit_code != 0) return hopeless("exited, " + code_of(container.state));
  Verdict verdict = bad("stopped, exit code 0");
  verdict.hint = "somebody stopped it, or its program ended by itself";
  return verdict;
}

Verdict judge_state(const ProjectContainer& container, std::uint64_t forgiven) {
  const auto& state = container.state;
  if (state.status == "restarting") {
    return hopeless("crashes and is started again, " + code_of(state));
  }
  if (state.restarts > forgiven) return judge_restarts(state, forgiven);
  if (state.status == "exited") return judge_exited(container);
  if (state.status == "running") return judge_health(state);
  if (state.status == "dead") return hopeless("dead, " + code_of(state));
  return bad(state.status);
}

Verdict judge(const ProjectContainer& container, const std::string& wanted,
              const protocol::RuntimeState& before) {
  const auto& state = container.state;
  if (!wanted.empty() && state.image != wanted) {
    Verdict verdict = hopeless("runs " + short_id(state.image) + " instead of " + short_id(wanted));
    verdict.hint = "deploy again; somebody changed the container or the name of its image";
    return verdict;
  }
  const auto* known = before.container(state.id);
  return judge_state(container, known == nullptr ? 0 : known->restarts);
}

std::string wanted_image(const protocol::ComposeSpec& spec,
                         const std::vector<protocol::ImageTag>& images,
                         const std::string& service) {
  for (const auto& image : spec.images) {
    if (image.service == service) return id_of(images, image.reference);
  }
  return "";
}

ServiceHealth health_of(const std::string& project, const std::string& service) {
  ServiceHealth health;
  health.finding.kind = protocol::CheckKind::kCompose;
  health.finding.name = project + "/" + service;
  return health;
}

void settle(ServiceHealth& health, const Verdict& verdict, const ProjectContainer* container) {
  Finding& finding = health.finding;
  finding.severity = verdict.good ? Severity::kPass : Severity::kFail;
  finding.message = verdict.message;
  finding.hint = verdict.hint;
  finding.values.clear();
  if (container != nullptr) {
    finding.values = {{"container", container->state.name},
                      {"status", container->state.status},
                      {"image", container->state.image}};
  }
  if (verdict.is_final) finding.values.emplace_back(kFinal, "true");
  health.culprit = verdict.good ? nullptr : container;
  health.crashed = verdict.crashed;
}

/// As it was before this release, and not named by it: none of its business.
bool is_stranger(const protocol::ComposeSpec& spec, const ProjectContainer& container,
                 const protocol::RuntimeState& before) {
  const bool named = std::any_of(spec.images.begin(), spec.images.end(), [&](const auto& image) {
    return image.service == container.state.service;
  });
  const auto* known = before.container(container.state.id);
  return !named && known != nullptr && known->status == container.state.status;
}

}  // namespace

std::vector<ServiceHealth> judge_project(const protocol::ComposeSpec& spec,
                                         const std::vector<protocol::ImageTag>& images,
                                         const protocol::RuntimeState& before,
                                         const ProjectView& now) {
  std::set<std::string> services;
  for (const auto& image : spec.images) services.insert(image.service);
  for (const auto& container : now.containers) {
    if (!is_stranger(spec, container, before)) services.insert(container.state.service);
  }
  std::vector<ServiceHealth> all;
  for (const std::string& service : services) {
    ServiceHealth health = health_of(spec.project, service);
    Verdict none = bad("has no container");
    none.hint = "docker compose -p " + spec.project + " ps -a shows what is there";
    settle(health, none, nullptr);
    const std::string wanted = wanted_image(spec, images, service);
    bool any = false;
    for (const ProjectContainer& container : now.containers) {
      if (container.state.service != service) continue;
      const bool failed_already = any && health.finding.severity == Severity::kFail;
      if (!failed_already) settle(health, judge(container, wanted, before), &container);
      any = true;
    }
    all.push_back(std::move(health));
  }
  if (!all.empty()) return all;
  ServiceHealth health = health_of(spec.project, "");
  health.finding.name = spec.project;
  settle(health, bad("has no containers"), nullptr);
  all.push_back(std::move(health));
  return all;
}

Finding failed_finding(const std::string& name, const Failure& failure) {
  Finding finding;
  finding.kind = protocol::CheckKind::kCompose;
  finding.name = name;
  finding.severity = Severity::kFail;
  finding.message = failure.error.context;
  finding.hint = failure.error.hint;
  if (!failure.last_lines.empty()) {
    finding.values.emplace_back("output", join(failure.last_lines, "\n"));
  }
  return finding;
}

}  // namespace gannet::agent
