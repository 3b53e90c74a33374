// The real ServiceManager: asks each kind in turn.
#pragma once

#include <vector>

#include "agent/service_manager.h"
#include "agent/services/service_kind.h"

namespace gannet::agent {

class HostServices final : public ServiceManager {
 public:
  /// `kinds` in the order in which they start; they end in the opposite one. All must outlive the
  /// object.
  HostServices(std::vector<ServiceKind*> kinds, ImageStore& images)
      : kinds_(std::move(kinds)), images_(images) {}

  void begin_survey(const std::vector<ServiceChange>& changes, Progress& progress) override;
  void end_survey() override;
  [[nodiscard]] std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                         Progress& progress) override;
  [[nodiscard]] std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                          Progress& progress) override;
  [[nodiscard]] Result<std::vector<Digest>> missing_layers(const protocol::Release& release,
                                                           Progress& progress) override;
  [[nodiscard]] Result<protocol::RuntimeState> look(
      const std::vector<const protocol::Release*>& releases, Progress& progress) override;
  [[nodiscard]] std::vector<protocol::Finding> health(const protocol::Release& release,
                                                      const std::vector<protocol::ImageTag>& images,
                                                      const protocol::RuntimeState& before,
                                                      Progress& progress) override;
  [[nodiscard]] tl::expected<std::vector<protocol::ImageTag>, Failure> fetch(
      const ServiceChange& change, Progress& progress) override;
  [[nodiscard]] std::string image_folder(Progress& progress) override;
  [[nodiscard]] Result<> release_images(const protocol::Release& release) override;
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
  std::vector<ServiceKind*> kinds_;
  ImageStore& images_;
};

}  // namespace gannet::agent
