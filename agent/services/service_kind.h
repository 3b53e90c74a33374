// One kind of thing that runs: systemd units, Compose projects or Caddy sites.
#pragma once

#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

/// The part of ServiceManager that each kind does for itself; the contracts stand there. A release
/// without anything of its kind is nothing to it.
class ServiceKind {
 public:
  virtual ~ServiceKind() = default;

  virtual void begin_survey(const std::vector<ServiceChange>& /*changes*/, Progress& /*progress*/) {
  }
  virtual void end_survey() {}
  [[nodiscard]] virtual std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                                 Progress& progress) = 0;
  [[nodiscard]] virtual std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                                  Progress& progress) = 0;
  /// Adds what it finds to `state`.
  [[nodiscard]] virtual Result<> look(const std::vector<const protocol::Release*>& releases,
                                      protocol::RuntimeState& state, Progress& progress) = 0;
  [[nodiscard]] virtual std::vector<protocol::Finding> health(
      const protocol::Release& release, const std::vector<protocol::ImageTag>& images,
      const protocol::RuntimeState& before, Progress& progress) = 0;
  [[nodiscard]] virtual Outcome withdraw(const ServiceChange& change, Progress& progress) = 0;
  [[nodiscard]] virtual Outcome activate(const ServiceChange& change,
                                         const std::vector<protocol::ImageTag>& images,
                                         Progress& progress) = 0;
  [[nodiscard]] virtual Outcome undo(const std::vector<const protocol::Release*>& releases,
                                     const protocol::RuntimeState& before, Progress& progress) = 0;
  [[nodiscard]] virtual Outcome bring_back(const std::vector<const protocol::Release*>& releases,
                                           const protocol::RuntimeState& before,
                                           Progress& progress) = 0;
};

/// Where images live; contracts as in ServiceManager.
class ImageStore {
 public:
  virtual ~ImageStore() = default;

  [[nodiscard]] virtual Result<std::vector<Digest>> missing_layers(const protocol::Release& release,
                                                                   Progress& progress) = 0;
  [[nodiscard]] virtual std::string image_folder(Progress& progress) = 0;
  [[nodiscard]] virtual tl::expected<std::vector<protocol::ImageTag>, Failure> fetch(
      const ServiceChange& change, Progress& progress) = 0;
  [[nodiscard]] virtual Result<> release_images(const protocol::Release& release) = 0;
};

}  // namespace gannet::agent
