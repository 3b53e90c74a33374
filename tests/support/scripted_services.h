// A ServiceManager without a machine.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/service_manager.h"

namespace gannet::agent {

/// A machine of units and containers that live in memory: what a release names is started when it
/// is activated, and noted in `log`.
class ScriptedServices final : public ServiceManager {
 public:
  void begin_survey(const std::vector<ServiceChange>& changes, Progress& /*progress*/) override {
    surveys.push_back(changes.size());
    surveying = true;
  }
  void end_survey() override { surveying = false; }
  std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                           Progress& progress) override;
  std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                            Progress& progress) override;
  Result<std::vector<Digest>> missing_layers(const protocol::Release& release,
                                             Progress& progress) override;
  Result<protocol::RuntimeState> look(const std::vector<const protocol::Release*>& releases,
                                      Progress& progress) override;
  std::vector<protocol::Finding> health(const protocol::Release& release,
                                        const std::vector<protocol::ImageTag>& images,
                                        const protocol::RuntimeState& before,
                                        Progress& progress) override;
  tl::expected<std::vector<protocol::ImageTag>, Failure> fetch(const ServiceChange& change,
                                                               Progress& progress) override;
  std::string image_folder(Progress& /*progress*/) override { return docker_root; }
  Result<> release_images(const protocol::Release& release) override;
  Outcome withdraw(const ServiceChange& change, Progress& progress) override;
  Outcome activate(const ServiceChange& change, const std::vector<protocol::ImageTag>& images,
                   Progress& progress) override;
  Outcome undo(const std::vector<const protocol::Release*>& releases,
               const protocol::RuntimeState& before, Progress& progress) override;
  Outcome bring_back(const std::vector<const protocol::Release*>& releases,
                     const protocol::RuntimeState& before, Progress& progress) override;

  std::map<std::string, std::string> running;   ///< unit or project -> tag it was started with
  std::map<std::string, std::string> images;    ///< what names mean: reference -> id
  std::map<std::string, std::string> registry;  ///< what names mean elsewhere
  std::set<std::string> stored;                 ///< ids of images on this machine
  std::set<std::string> held;                   ///< "service/release" whose images are held
  std::set<std::string> failing;                ///< units or projects that do not start; or "fetch"
  std::set<std::string> sick;                   ///< tags that start, and are not healthy
  std::string docker_root = "/var/lib/docker";
  std::vector<std::string> log;
  std::vector<std::size_t> surveys;  ///< of how many changes each was
  bool surveying = false;
  int looks_outside = 0;  ///< plan() and health() while there was no survey
  /// True: whoever calls died already, so nothing happens to the machine any more.
  std::function<bool()> dead = [] { return false; };
};

}  // namespace gannet::agent
