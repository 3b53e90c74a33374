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

std::uint64_t on_disk(std::uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock + kBlock; }

/// What one file system has to take.
struct Demand {
  std::string directory;  ///< one on it, for people
  SpaceInfo space;
  std::uint64_t bytes = 0;
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
      by_device_.try_emplace(space.device, Demand{directory, space, 0, 0});
    }
    Demand& demand = by_device_.at(known->second);
    demand.bytes += bytes;
    demand.inodes += inodes;
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

Result<std::vector<Finding>> preflight(const Engine& engine, const ChangeSet& set,
                                       const std::vector<Digest>& missing) {
  Demands demands(engine.files);
  std::vector<Finding> found;
  std::map<std::string, std::string> grounds;  // parent -> nearest directory there
  std::set<std::string> checked;
  TRY_VOID(add_state(engine, set, missing, demands));
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
