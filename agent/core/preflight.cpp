#include "agent/core/preflight.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/core/file_tools.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Finding;
using protocol::Severity;

constexpr std::uint64_t kBlock = 4096;                // bytes, what a small file costs
constexpr std::uint64_t kBookkeeping = 64ULL * 1024;  // bytes for journal and records
constexpr std::uint64_t kPerPath = 512;               // bytes of them for each path

/// docker load unpacks its input below its own folder before it makes layers of it.
constexpr std::uint64_t kDockerCopies = 2;

std::uint64_t on_disk(std::uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock + kBlock; }

/// What one file system has to take.
struct Demand {
  std::string directory;  ///< one on it, for people
  SpaceInfo space;
  std::uint64_t bytes = 0;
  std::uint64_t image_bytes = 0;  ///< how many of them are for shipped images
  std::uint64_t inodes = 0;
};

class Demands {
 public:
  explicit Demands(FileSystem& files) : files_(files) {}

  Result<> add(const std::string& directory, std::uint64_t bytes, std::uint64_t inodes) {
    auto known = device_of_.find(directory);
    if (known == device_of_.end()) {
      TRY(const SpaceInfo space, files_.space(directory));
      known = device_of_.emplace(directory, space.device).first;
      by_device_.try_emplace(space.device, Demand{directory, space, 0, 0, 0});
    }
    Demand& demand = by_device_.at(known->second);
    demand.bytes += bytes;
    demand.inodes += inodes;
    return {};
  }

  /// add(), for images.
  Result<> add_image(const std::string& directory, std::uint64_t bytes, std::uint64_t inodes) {
    TRY_VOID(add(directory, bytes, inodes));
    by_device_.at(device_of_.at(directory)).image_bytes += bytes;
    return {};
  }

  [[nodiscard]] std::vector<Finding> findings() const {
    std::vector<Finding> found;
    for (const auto& [device, demand] : by_device_) {
      const auto& space = demand.space;
      if (demand.bytes > space.free_bytes) found.push_back(too_few_bytes(demand));
      if (space.counts_inodes && demand.inodes > space.free_inodes) {
        found.push_back(too_few_inodes(demand));
      }
    }
    return found;
  }

 private:
  static Finding too_few_bytes(const Demand& demand) {
    Finding finding;
    finding.kind = CheckKind::kDisk;
    finding.name = "disk " + demand.directory;
    finding.severity = Severity::kFail;
    finding.message = format_size(demand.space.free_bytes) + " free on the file system of " +
                      demand.directory + ", " + format_size(demand.bytes) + " to come";
    finding.hint = "free " + format_size(demand.bytes - demand.space.free_bytes) + " there";
    finding.values = {{"free_bytes", std::to_string(demand.space.free_bytes)},
                      {"needed_bytes", std::to_string(demand.bytes)}};
    if (demand.image_bytes > 0) {
      finding.message += ", " + format_size(demand.image_bytes) +
                         " of it for images (Docker needs two copies while it loads one)";
      finding.hint += "; docker image prune takes away images that nobody uses";
      finding.values.emplace_back("image_bytes", std::to_string(demand.image_bytes));
    }
    return finding;
  }

  static Finding too_few_inodes(const Demand& demand) {
    Finding finding;
    finding.kind = CheckKind::kDisk;
    finding.name = "inodes " + demand.directory;
    finding.severity = Severity::kFail;
    finding.message = std::to_string(demand.space.free_inodes) +
                      " inodes free on the file system of " + demand.directory + ", " +
                      std::to_string(demand.inodes) + " needed";
    finding.hint = "remove files there that nobody needs; many small ones count";
    finding.values = {{"free_inodes", std::to_string(demand.space.free_inodes)},
                      {"needed_inodes", std::to_string(demand.inodes)}};
    return finding;
  }

  FileSystem& files_;
  std::map<std::string, std::uint64_t> device_of_;
  std::map<std::uint64_t, Demand> by_device_;
};

/// The nearest directory above `path` that is there.
Result<std::string> ground_of(FileSystem& files, const std::string& path) {
  TRY(const auto missing, missing_parents(files, path));
  return parent_of(missing.empty() ? path : missing.front());
}

Result<> add_state(const Engine& engine, const ChangeSet& set, const std::vector<Digest>& missing,
                   Demands& demands) {
  std::uint64_t bytes = kBookkeeping;
  std::uint64_t inodes = 4;
  std::set<Digest> to_come(missing.begin(), missing.end());
  for (const PathState& state : set.wanted) {
    bytes += kPerPath;
    if (!state.exists || to_come.erase(state.content) == 0) continue;
    bytes += on_disk(state.size);
    ++inodes;
  }
  for (const PathState& state : set.now.paths) {
    if (!state.exists) continue;
    TRY(const bool stored, engine.blobs.has(state.content));
    if (stored) continue;
    bytes += on_disk(state.size);
    ++inodes;
  }
  return demands.add(engine.paths.root, bytes, inodes);
}

/// We may not be allowed to look there: then Docker is the one to say that its disk is full.
Result<> add_docker(const Engine& engine, const ImageNeeds& images, Demands& demands) {
  if (images.load_bytes == 0 || images.folder.empty()) return {};
  const auto info = engine.files.stat(images.folder);
  if (!info || !*info || !engine.files.space(images.folder)) return {};
  return demands.add_image(images.folder, kDockerCopies * on_disk(images.load_bytes), 0);
}

Finding not_writable(const std::string& directory, const Error& error) {
  Finding finding;
  finding.kind = CheckKind::kWritable;
  finding.name = "writable " + directory;
  finding.severity = Severity::kFail;
  finding.message = error.context;
  finding.hint = error.hint;
  return finding;
}

}  // namespace

ImageNeeds image_needs(const std::vector<protocol::Release>& releases,
                       const std::vector<Digest>& missing, const std::vector<Digest>& to_load) {
  std::map<Digest, std::uint64_t> size_of;
  for (const auto& release : releases) {
    for (const auto& project : release.projects) {
      for (const auto& image : project.images) {
        if (image.shipped()) size_of[image.config] = image.config_size;
        for (const auto& layer : image.layers) size_of[layer.diff_id] = layer.size;
      }
    }
  }
  ImageNeeds needs;
  for (const Digest& digest : std::set<Digest>(missing.begin(), missing.end())) {
    const auto known = size_of.find(digest);
    if (known == size_of.end()) continue;
    needs.upload_bytes += on_disk(known->second);
    ++needs.upload_count;
  }
  for (const Digest& digest : std::set<Digest>(to_load.begin(), to_load.end())) {
    if (const auto known = size_of.find(digest); known != size_of.end())
      needs.load_bytes += known->second;
  }
  return needs;
}

Result<std::vector<Finding>> preflight(const Engine& engine, const ChangeSet& set,
                                       const std::vector<Digest>& missing,
                                       const ImageNeeds& images) {
  Demands demands(engine.files);
  std::vector<Finding> found;
  std::map<std::string, std::string> grounds;  // parent -> nearest directory there
  std::set<std::string> checked;
  TRY_VOID(add_state(engine, set, missing, demands));
  TRY_VOID(demands.add_image(engine.paths.root, images.upload_bytes, images.upload_count));
  TRY_VOID(add_docker(engine, images, demands));
  for (std::size_t i = 0; i < set.wanted.size(); ++i) {
    const PathState& state = set.wanted[i];
    if (state == set.now.paths[i]) continue;
    std::string& ground = grounds[parent_of(state.path)];
    if (ground.empty()) {
      TRY(ground, ground_of(engine.files, state.path));
    }
    if (state.exists) TRY_VOID(demands.add(ground, on_disk(state.size), 1));
    if (!checked.insert(ground).second) continue;
    if (auto writable = engine.files.check_writable(ground); !writable) {
      found.push_back(not_writable(ground, writable.error()));
    }
  }
  auto full = demands.findings();
  found.insert(found.end(), full.begin(), full.end());
  return found;
}

}  // namespace gannet::agent
