// What a release runs, besides its files: systemd units, a Docker Compose project, a Caddy site.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "protocol/runtime_state.h"
#include "protocol/wire.h"

namespace gannet::protocol {

/// A systemd unit. The files it is made of are among Release::files, if gannet ships them.
/// Source: key `systemd` of a service.
struct UnitSpec {
  std::string name;     ///< "collector.service", "backup.timer"
  bool user = false;    ///< of the agent's own user (systemctl --user)
  bool enable = true;   ///< starts at boot
  bool running = true;  ///< active after the release; false: stopped
  /// Paths of the release whose change asks for daemon-reload and restart: unit file, drop-ins.
  std::vector<std::string> definition;
  /// Paths of the release, or their folders ("/opt/app/"), whose change asks for a restart.
  std::vector<std::string> restart_on;
  /// The same for a reload; when both are asked for it is a restart.
  std::vector<std::string> reload_on;
  /// Lines of the sections [Install] of its files, sorted; empty: none, or gannet does not ship it.
  /// Follows from the files: no part of content_digest().
  std::vector<std::string> install{};

  friend bool operator==(const UnitSpec&, const UnitSpec&) = default;
};

/// A layer of an image that travels over the SSH connection. Its blob is named by `diff_id`.
struct LayerSpec {
  Digest diff_id;          ///< SHA-256 of the uncompressed tar
  std::uint64_t size = 0;  ///< bytes, uncompressed

  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

enum class PullPolicy : std::uint16_t {
  kMissing = 1,  ///< pulled when the host has no image of that name
  kAlways = 2,   ///< asked for at each deployment: the tag may have moved
  kNever = 3,    ///< must be on the host, or come with the release (layers)
};

/// The image of one service of a Compose project.
struct ImageSpec {
  std::string service;    ///< of the Compose file
  std::string reference;  ///< as the Compose file names it: "registry.lan/api:v2"
  PullPolicy pull = PullPolicy::kMissing;
  /// Images shipped by gannet: the configuration's blob. Its digest is the image's id. Not set
  /// (all zero): the host gets the image from where it gets images.
  Digest config;
  std::uint64_t config_size = 0;  ///< bytes
  std::vector<LayerSpec> layers;  ///< from the base up

  [[nodiscard]] bool shipped() const { return config != Digest{}; }
  friend bool operator==(const ImageSpec&, const ImageSpec&) = default;
};

/// A Compose project. Source: key `compose` of a service.
struct ComposeSpec {
  std::string project;                 ///< name (docker compose -p)
  std::string directory;               ///< absolute; relative paths in the files start here
  std::vector<std::string> files;      ///< absolute; the later overrides the earlier
  std::vector<std::string> env_files;  ///< absolute; for ${VAR} in the Compose files
  std::vector<std::string> profiles;
  std::vector<ImageSpec> images;
  /// Paths of the release that containers read without Compose knowing it (bind-mounted files):
  /// when one changes, all containers of the project are made anew.
  std::vector<std::string> recreate_on;
  std::uint64_t timeout_ms = 600'000;  ///< for fetching images, and for starting

  friend bool operator==(const ComposeSpec&, const ComposeSpec&) = default;
};

/// A site of the host's Caddy. Source: key `caddy` of a service.
struct CaddySpec {
  std::string config = "/etc/caddy/Caddyfile";  ///< the host's; must import the folder of `site`
  std::string site;                             ///< path of the release that holds the site
  std::uint64_t timeout_ms = 30'000;            ///< for validating, and for reloading
  /// The gate: a request to 127.0.0.1:probe_port for probe_path with this Host. Empty: none.
  std::string probe_host;
  std::uint32_t probe_port = 80;
  std::string probe_path = "/";
  std::int64_t probe_expect = 0;  ///< status; 0: any below 500

  friend bool operator==(const CaddySpec&, const CaddySpec&) = default;
};

// clang-format off
#define GANNET_FOR_EACH_ACTIVATION(X) \
  X(UnitSpec) X(LayerSpec) X(ImageSpec) X(ComposeSpec) X(CaddySpec) \
  X(UnitState) X(ContainerState) X(ProjectState) X(ImageTag) X(RuntimeState)
// clang-format on

#define GANNET_DECLARE_ACTIVATION(Struct)          \
  [[nodiscard]] Bytes encode(const Struct& value); \
  template <>                                      \
  Result<Struct> decode<Struct>(std::span<const std::byte> payload);
GANNET_FOR_EACH_ACTIVATION(GANNET_DECLARE_ACTIVATION)
#undef GANNET_DECLARE_ACTIVATION

}  // namespace gannet::protocol
