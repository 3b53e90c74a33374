// systemd units of the system and of the agent's own user.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/services/service_kind.h"
#include "agent/services/systemctl.h"
#include "agent/services/tool.h"
#include "agent/services/unit_actions.h"
#include "agent/system/posix.h"

namespace gannet::agent {

/// Contracts as in ServiceManager. What is done to units is decided in unit_actions.h and
/// unit_health.h.
class SystemdUnits final : public ServiceKind {
 public:
  /// `tree`: where the host's files are; `uid`: of the agent's user. `tools` must outlive the
  /// object.
  SystemdUnits(Tools& tools, HostTree tree, std::uint32_t uid)
      : tools_(tools), tree_(tree), uid_(uid), systemctl_(tools, std::move(tree), uid) {}

  [[nodiscard]] std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                         Progress& progress) override;
  /// What cannot be looked at is not planned; preflight() says why.
  [[nodiscard]] std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                          Progress& progress) override;
  [[nodiscard]] Result<> look(const std::vector<const protocol::Release*>& releases,
                              protocol::RuntimeState& state, Progress& progress) override;
  /// Failing findings hold the unit's last journal lines as "output".
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
  [[nodiscard]] Outcome take(UnitVerb verb, const UnitFacts& facts, Progress& progress);
  [[nodiscard]] Outcome end(const std::vector<protocol::UnitSpec>& units, Progress& progress);
  [[nodiscard]] Outcome release(const ServiceChange& change, Progress& progress);
  [[nodiscard]] Outcome read_definitions(const ServiceChange& change, Progress& progress);

  Tools& tools_;
  HostTree tree_;
  std::uint32_t uid_;
  Systemctl systemctl_;
};

}  // namespace gannet::agent
