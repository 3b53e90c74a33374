#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {

template <>
UnitSpec sample<UnitSpec>() {
  return {.name = "backup.timer",
          .user = true,
          .enable = false,
          .running = false,
          .definition = {"/etc/systemd/system/backup.timer"},
          .restart_on = {"/opt/backup/"},
          .reload_on = {"/etc/backup.toml"},
          .install = {"WantedBy=timers.target"}};
}

template <>
LayerSpec sample<LayerSpec>() {
  return {.diff_id = sha256("layer"), .size = 5};
}

template <>
ImageSpec sample<ImageSpec>() {
  return {.service = "web",
          .reference = "registry.lan/api:v2",
          .pull = PullPolicy::kNever,
          .config = sha256("config"),
          .config_size = 6,
          .layers = {sample<LayerSpec>()}};
}

template <>
ComposeSpec sample<ComposeSpec>() {
  return {.project = "api",
          .directory = "/opt/api",
          .files = {"/opt/api/docker-compose.yml"},
          .env_files = {"/opt/api/.env"},
          .profiles = {"full"},
          .images = {sample<ImageSpec>()},
          .recreate_on = {"/opt/api/nginx.conf"},
          .timeout_ms = 90'000};
}

template <>
CaddySpec sample<CaddySpec>() {
  return {.config = "/etc/caddy/Other",
          .site = "/etc/caddy/conf.d/api.caddy",
          .timeout_ms = 10'000,
          .probe_host = "api.home.arpa",
          .probe_port = 8080,
          .probe_path = "/healthz",
          .probe_expect = 204};
}

template <>
UnitState sample<UnitState>() {
  return {.name = "api.service",
          .user = true,
          .exists = true,
          .enabled = "enabled",
          .active = "active",
          .sub = "running",
          .result = "success",
          .invocation = "8a1f",
          .restarts = 2};
}

template <>
ContainerState sample<ContainerState>() {
  return {.id = "c0ffee",
          .service = "web",
          .name = "api-web-1",
          .image = "sha256:abc",
          .reference = "registry.lan/api:v2",
          .status = "running",
          .health = "healthy",
          .exit_code = 137,
          .restarts = 1};
}

template <>
ProjectState sample<ProjectState>() {
  return {.name = "api",
          .directory = "/opt/api",
          .files = {"/opt/api/docker-compose.yml"},
          .env_files = {"/opt/api/.env"},
          .containers = {sample<ContainerState>()}};
}

template <>
ImageTag sample<ImageTag>() {
  return {.reference = "registry.lan/api:v2", .id = "sha256:abc"};
}

template <>
RuntimeState sample<RuntimeState>() {
  return {.units = {sample<UnitState>()},
          .projects = {sample<ProjectState>()},
          .images = {sample<ImageTag>()}};
}

}  // namespace gannet::protocol
