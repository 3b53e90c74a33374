// What runs on a host at one moment: the part of a snapshot that is not files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::protocol {

/// A unit as systemd has it.
struct UnitState {
  std::string name;
  bool user = false;
  bool exists = false;         ///< systemd knows a file for it
  std::string enabled;         ///< UnitFileState: "enabled", "disabled", "static", "masked", ""
  std::string active;          ///< ActiveState: "active", "inactive", "failed", ...
  std::string sub;             ///< SubState: "running", "auto-restart", ...
  std::string result;          ///< "success", "exit-code", ...
  std::string invocation;      ///< of this start; a restart gives another one
  std::uint64_t restarts = 0;  ///< by systemd itself, since it was started

  friend bool operator==(const UnitState&, const UnitState&) = default;
};

struct ContainerState {
  std::string id;
  std::string service;  ///< of the Compose file
  std::string name;
  std::string image;      ///< id: "sha256:..."
  std::string reference;  ///< name of the image it was made from
  std::string status;     ///< "running", "exited", "restarting", ...
  std::string health;     ///< "healthy", "unhealthy", "starting"; empty: no health check
  std::int64_t exit_code = 0;
  std::uint64_t restarts = 0;

  friend bool operator==(const ContainerState&, const ContainerState&) = default;
};

/// A Compose project as its containers tell it; without containers: it is not there.
struct ProjectState {
  std::string name;
  std::string directory;
  std::vector<std::string> files;
  std::vector<std::string> env_files;
  std::vector<ContainerState> containers;  ///< sorted by name

  friend bool operator==(const ProjectState&, const ProjectState&) = default;
};

/// Which image a name means on the host.
struct ImageTag {
  std::string reference;
  std::string id;  ///< "sha256:..."; empty: the host has none of that name

  friend bool operator==(const ImageTag&, const ImageTag&) = default;
};

/// All that the services of some releases run at one moment: the part of a snapshot that is not
/// files.
struct RuntimeState {
  std::vector<UnitState> units;
  std::vector<ProjectState> projects;
  std::vector<ImageTag> images;

  [[nodiscard]] const UnitState* unit(std::string_view name, bool user) const;
  [[nodiscard]] const ProjectState* project(std::string_view name) const;
  [[nodiscard]] const ContainerState* container(std::string_view id) const;
  [[nodiscard]] const ImageTag* image(std::string_view reference) const;

  friend bool operator==(const RuntimeState&, const RuntimeState&) = default;
};

}  // namespace gannet::protocol
