// What runs on a host besides files: systemd units, Compose projects, Caddy sites. The transaction
// asks for states through this; the real one is in services/, tests have a scripted one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/progress.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/check.h"
#include "protocol/messages_deploy.h"
#include "protocol/release.h"

namespace gannet::agent {

/// Why a step failed, with what was printed last.
struct Failure {
  Error error;
  std::vector<std::string> last_lines;
};
using Outcome = tl::expected<void, Failure>;

/// One service on its way from the release in force to the wanted one. Pointers live as long as
/// the transaction.
struct ServiceChange {
  const protocol::Release* wanted = nullptr;
  const protocol::Release* in_force = nullptr;  ///< nullptr: none
  std::set<std::string> changed;  ///< paths of either release whose content, mode or owner changes
  /// Which image each name meant when this release was in force; empty for a new one.
  std::vector<protocol::ImageTag> images;
};

/// Everything here may be called again after a crash, and brings about the same.
/// Errors are of this host: kCommandFailed, kUnhealthy, kNotFound, kTimeout, kInterrupted ...
class ServiceManager {
 public:
  virtual ~ServiceManager() = default;

  // ---- looking, nothing changes ---------------------------------------------------------------

  /// Until end_survey(), what the changes need is looked at once for all of them. See Survey.
  virtual void begin_survey(const std::vector<ServiceChange>& /*changes*/, Progress& /*progress*/) {
  }
  virtual void end_survey() {}

  /// Is there what the releases need: systemd, lingering, Docker with Compose v2, the images of
  /// `change.images`, Caddy and its import line? Findings that fail or warn only.
  [[nodiscard]] virtual std::vector<protocol::Finding> preflight(const ServiceChange& change,
                                                                 Progress& progress) = 0;
  /// What activate() would do and why; empty: what runs is what is wanted.
  [[nodiscard]] virtual std::vector<protocol::PlannedAction> plan(const ServiceChange& change,
                                                                  Progress& progress) = 0;
  /// Blobs of shipped images that this host has neither in Docker nor otherwise; the content store
  /// is not looked at.
  [[nodiscard]] virtual Result<std::vector<Digest>> missing_layers(const protocol::Release& release,
                                                                   Progress& progress) = 0;
  /// The folder whose file system takes the images of Docker (its data-root, or containerd's);
  /// empty: not known.
  [[nodiscard]] virtual std::string image_folder(Progress& progress) = 0;
  /// What runs now of all that the releases name. A program that is not installed runs nothing.
  [[nodiscard]] virtual Result<protocol::RuntimeState> look(
      const std::vector<const protocol::Release*>& releases, Progress& progress) = 0;
  /// Whether it runs what `release` says, with these images. `before`: counts of restarts up to
  /// then are forgiven. Findings of all units, projects and sites.
  [[nodiscard]] virtual std::vector<protocol::Finding> health(
      const protocol::Release& release, const std::vector<protocol::ImageTag>& images,
      const protocol::RuntimeState& before, Progress& progress) = 0;

  // ---- images ---------------------------------------------------------------------------------

  /// Brings the images of `change.wanted` to this host and says which they are; names mean
  /// afterwards what they meant before. For a release of before (change.images): finds those.
  /// Nothing that runs is touched. The images are held: cleaning Docker does not remove them.
  [[nodiscard]] virtual tl::expected<std::vector<protocol::ImageTag>, Failure> fetch(
      const ServiceChange& change, Progress& progress) = 0;
  /// The release is not kept: its images may go.
  [[nodiscard]] virtual Result<> release_images(const protocol::Release& release) = 0;

  // ---- changing -------------------------------------------------------------------------------

  /// Before files change: ends what `change.in_force` runs and `change.wanted` does not name.
  [[nodiscard]] virtual Outcome withdraw(const ServiceChange& change, Progress& progress) = 0;
  /// After files changed: brings about what `change.wanted` says, with `images`.
  [[nodiscard]] virtual Outcome activate(const ServiceChange& change,
                                         const std::vector<protocol::ImageTag>& images,
                                         Progress& progress) = 0;

  /// Going back, before files are put back: ends what `releases` run that was not in `before`.
  [[nodiscard]] virtual Outcome undo(const std::vector<const protocol::Release*>& releases,
                                     const protocol::RuntimeState& before, Progress& progress) = 0;
  /// Going back, after files are back: names, containers, units as in `before`.
  [[nodiscard]] virtual Outcome bring_back(const std::vector<const protocol::Release*>& releases,
                                           const protocol::RuntimeState& before,
                                           Progress& progress) = 0;
};

/// One pass over what runs, for a reply: the services of the host are looked at together. What was
/// seen is forgotten with it, and before that when anything is changed; gates look for themselves.
class Survey {
 public:
  /// `services` must outlive the object.
  Survey(ServiceManager& services, const std::vector<ServiceChange>& changes, Progress& progress)
      : services_(services) {
    services_.begin_survey(changes, progress);
  }
  Survey(const Survey&) = delete;
  Survey& operator=(const Survey&) = delete;
  ~Survey() { services_.end_survey(); }

 private:
  ServiceManager& services_;
};

}  // namespace gannet::agent
