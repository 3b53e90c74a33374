// Sites of the host's Caddy: one file each, in a folder that its Caddyfile imports.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/services/caddy_program.h"
#include "agent/services/running_caddy.h"
#include "agent/services/service_kind.h"
#include "agent/services/tool.h"
#include "agent/system/posix.h"

namespace gannet::agent {

/// Contracts as in ServiceManager. A site that goes away does so in activate(), when its file is
/// gone: Caddy serves it until then.
class CaddySites final : public ServiceKind {
 public:
  /// `tree`: where the host's files are; `uid`: of the agent's user. `tools` must outlive the
  /// object.
  CaddySites(Tools& tools, HostTree tree, std::uint32_t uid)
      : tree_(tree), caddy_(tools, tree, uid), running_(caddy_, std::move(tree)) {}
  CaddySites(const CaddySites&) = delete;  // parts point to each other
  CaddySites& operator=(const CaddySites&) = delete;

  [[nodiscard]] std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                         Progress& progress) override;
  [[nodiscard]] std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                          Progress& progress) override;
  /// Caddy keeps no state of its own that files do not say.
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
  HostTree tree_;
  CaddyProgram caddy_;
  RunningCaddy running_;
  /// Since the last bring_back(): whether activate() was asked for something, and which
  /// configurations it gave to Caddy. One that Caddy never got need not be taken back.
  bool began_ = false;
  std::set<std::string> loaded_;
};

}  // namespace gannet::agent
