// What each host of a run should have: services chosen, releases made, the agent asked.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "controller/deploy/blob_upload.h"
#include "controller/deploy/fleet_run.h"
#include "controller/deploy/release_builder.h"

namespace gannet::controller {

/// An image that still has to be read before the release is whole.
struct WantedImage {
  std::size_t release = 0;  ///< in HostJob::releases
  playbooks::ImageSource source;
};

/// One host's share of a release.
struct HostJob {
  std::size_t index = 0;  ///< in the run
  std::uint32_t wave = 0;
  std::vector<const playbooks::Service*> services;
  std::vector<protocol::Release> releases;  ///< in the order of `services`
  std::vector<WantedImage> images;          ///< of the releases, to be shipped
  std::vector<std::string> problems;        ///< rollback: what cannot be restored
  LinkHolder link;
  protocol::Facts facts;
  protocol::PrepareReply prepared;
  std::vector<bool> changed;                ///< per release
  std::vector<protocol::ImageTag> came_to;  ///< see mixed_images.h; of the last apply
  bool ready = false;  ///< the agent has answered, and what it said can be carried out

  [[nodiscard]] bool any_change() const;
};

/// Where releases come from.
struct ReleaseSource {
  enum class Kind { kProject, kHost };  ///< rendered here, or kept on the host
  Kind kind = Kind::kProject;
  std::string to;  ///< kHost: release id or tag; empty: the one before the current
};

/// Prepares all hosts of a run. Nothing on a host is changed.
class ReleaseJobs {
 public:
  ReleaseJobs(FleetRun& run, const ReleaseContext& release, ReleaseSource source);

  /// Chooses services and renders what can be rendered without the hosts. All errors found.
  [[nodiscard]] std::vector<Error> make();

  /// Connects to every host and asks what the release would change. Hosts without a job, and those
  /// that fail, are finished.
  [[nodiscard]] Task<> prepare_all();

  [[nodiscard]] std::vector<HostJob>& jobs() { return jobs_; }
  [[nodiscard]] const BlobSource& blobs() const { return blobs_; }
  [[nodiscard]] const ReleaseSource& source() const { return source_; }
  [[nodiscard]] const ReleaseContext& release() const { return release_; }

 private:
  [[nodiscard]] std::vector<Error> render(HostJob& job);
  [[nodiscard]] Task<> prepare(HostJob* job);
  [[nodiscard]] Task<Result<>> resolve_images(HostJob* job);
  void refuse_image(HostJob& job, const std::string& service, const Error& error);
  [[nodiscard]] Task<Result<>> ask_agent(HostJob* job);
  [[nodiscard]] Task<Result<>> fetch_releases(HostJob* job);
  [[nodiscard]] Task<Result<std::vector<std::string>>> resolve_ids(HostJob* job);
  [[nodiscard]] protocol::PrepareRequest request_for(const HostJob& job) const;
  void take_reply(HostJob& job, protocol::PrepareReply reply);
  void plan_rows(const HostJob& job);
  void fill_rows(const HostJob& job);

  FleetRun& run_;
  const ReleaseContext& release_;
  ReleaseSource source_;
  playbooks::Renderer renderer_;
  BlobSource blobs_;
  ReleaseStamp stamp_;
  std::vector<HostJob> jobs_;
};

}  // namespace gannet::controller
