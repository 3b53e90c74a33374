// One service as one host should have it: the result of rendering.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "playbooks/service.h"

namespace gannet::playbooks {

/// Content of one rendered file: a file of the project as it is, or text made for this host.
struct Content {
  std::filesystem::path path;               ///< when not in memory
  std::shared_ptr<const std::string> text;  ///< when rendered; shared, never null then
  Digest digest;
  std::uint64_t size = 0;
};

struct RenderedFile {
  std::string dest;  ///< clean absolute path
  Content content;
  std::uint32_t mode = 0644;
  std::string owner;  ///< user; may be empty
  std::string group;
  bool secret = false;
  SourceLocation from{};  ///< of the element of `files`, or of what names the file otherwise
};

/// An image that the host gets from where it gets images.
struct RenderedImage {
  std::string service;    ///< of the Compose file
  std::string reference;  ///< ${VAR} replaced
  ImagePull pull = ImagePull::kMissing;
};

/// An image that gannet brings: something has to read it before it can be sent.
struct ImageSource {
  std::string service;                           ///< of the Compose file
  std::string reference;                         ///< what the Compose file calls it
  std::optional<std::filesystem::path> archive;  ///< absolute; not looked at yet
  std::string local;                             ///< else the name in this machine's Docker
  SourceLocation from;
};

struct RenderedCompose {
  std::string project;
  std::string directory;               ///< clean absolute path on the host
  std::vector<std::string> files;      ///< absolute; the later overrides the earlier
  std::vector<std::string> env_files;  ///< absolute
  std::vector<std::string> profiles;
  std::vector<RenderedImage> images;     ///< of the services whose profiles are active
  std::vector<ImageSource> sources;      ///< likewise; no service is in both
  std::vector<std::string> recreate_on;  ///< paths of files of the service; sorted
  std::chrono::milliseconds timeout{0};
  SourceLocation from;
};

struct RenderedUnit {
  std::string name;
  bool user = false;
  bool enable = true;
  bool running = true;
  std::vector<std::string> definition, restart_on, reload_on, install;  ///< see protocol::UnitSpec
  SourceLocation from;
};

struct RenderedSite {
  std::string config;
  std::string site;
  std::string probe_host;  ///< empty: no gate
  std::string probe_path;
  std::uint16_t probe_port = 80;
  std::int64_t probe_expect = 0;
  SourceLocation from;
};

/// One service as one host should have it. Files sorted by dest.
struct RenderedService {
  std::string name;
  std::vector<RenderedFile> files;
  std::optional<RenderedCompose> compose;
  std::vector<RenderedUnit> units;  ///< in the order they are started
  std::optional<RenderedSite> site;
  std::vector<HookSpec> before, after, on_rollback;  ///< ${VAR} and {{ }} replaced
  HealthSpec health;                                 ///< likewise
  std::vector<std::string> needs;
  bool reboot_when_needed = false;

  [[nodiscard]] bool has_file(std::string_view dest) const;
  /// A file, or for "/folder/" any file below it.
  [[nodiscard]] bool has_path(std::string_view path) const;
};

}  // namespace gannet::playbooks
