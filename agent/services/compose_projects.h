// Docker Compose projects: started, judged and brought back by asking `docker`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/services/compose_containers.h"
#include "agent/services/compose_decision.h"
#include "agent/services/docker_cli.h"
#include "agent/services/service_kind.h"
#include "base/clock.h"

namespace gannet::agent {

class ComposeProjects final : public ServiceKind {
 public:
  /// All must outlive the object. `memory`: of surveys, shared with DockerImages; nullptr: each
  /// service is looked at by itself.
  ComposeProjects(Tools& tools, Clock& clock, DockerMemory* memory = nullptr)
      : docker_(tools, memory), memory_(memory), clock_(clock) {}

  void begin_survey(const std::vector<ServiceChange>& changes, Progress& progress) override;
  void end_survey() override;
  [[nodiscard]] std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                         Progress& progress) override;
  [[nodiscard]] std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                          Progress& progress) override;
  [[nodiscard]] Result<> look(const std::vector<const protocol::Release*>& releases,
                              protocol::RuntimeState& state, Progress& progress) override;
  [[nodiscard]] std::vector<protocol::Finding> health(const protocol::Release& release,
                                                      const std::vector<protocol::ImageTag>& images,
                                                      const protocol::RuntimeState& before,
                                                      Progress& progress) override;
  [[nodiscard]] Outcome withdraw(const ServiceChange& change, Progress& progress) override;
  [[nodiscard]] Outcome activate(const ServiceChange& change,
                                 const std::vector<protocol::ImageTag>& images,
                                 Progress& progress) override;
  [[nodiscard]] Outcome undo(const std::vector<const protocol::Release*>& releases,
                             const protocol::RuntimeState& before, Progress& progress) override;
  [[nodiscard]] Outcome bring_back(const std::vector<const protocol::Release*>& releases,
                                   const protocol::RuntimeState& before,
                                   Progress& progress) override;

 private:
  /// The ten services of a host have one Docker: it is asked again after kStillThere.
  [[nodiscard]] std::optional<protocol::Finding> docker_is_missing(Progress& progress);
  [[nodiscard]] std::vector<protocol::Finding> missing_images(const ServiceChange& change,
                                                              Progress& progress);
  [[nodiscard]] Answer<std::vector<protocol::PlannedAction>> plan_project(
      const ServiceChange& change, const protocol::ComposeSpec& spec, Progress& progress);
  [[nodiscard]] Outcome activate_project(const ServiceChange& change,
                                         const protocol::ComposeSpec& spec,
                                         const std::vector<protocol::ImageTag>& images,
                                         Progress& progress);
  [[nodiscard]] Outcome down(const protocol::ComposeSpec& spec, const std::string& service,
                             Progress& progress);
  [[nodiscard]] Answer<ProjectView> look_at(const std::string& project, Progress& progress);
  /// A host that has just booted: its Docker may still be on its way.
  [[nodiscard]] Outcome wait_for_docker(Progress& progress);

  Docker docker_;
  DockerMemory* memory_;
  Clock& clock_;
  std::optional<SteadyTime> docker_answered_;  ///< with a Compose that is new enough
};

}  // namespace gannet::agent
