#include "protocol/activation.h"
#include "protocol/field_codec.h"

namespace gannet::protocol {

GANNET_MESSAGE(UnitSpec, field(1, "name", &UnitSpec::name), field(2, "user", &UnitSpec::user),
               field(3, "enable", &UnitSpec::enable), field(4, "running", &UnitSpec::running),
               field(5, "definition", &UnitSpec::definition),
               field(6, "restart_on", &UnitSpec::restart_on),
               field(7, "reload_on", &UnitSpec::reload_on), field(8, "install", &UnitSpec::install))

GANNET_MESSAGE(LayerSpec, field(1, "diff_id", &LayerSpec::diff_id),
               field(2, "size", &LayerSpec::size))

GANNET_MESSAGE(ImageSpec, field(1, "service", &ImageSpec::service),
               field(2, "reference", &ImageSpec::reference), field(3, "pull", &ImageSpec::pull),
               field(4, "config", &ImageSpec::config),
               field(5, "config_size", &ImageSpec::config_size),
               field(6, "layers", &ImageSpec::layers))

GANNET_MESSAGE(ComposeSpec, field(1, "project", &ComposeSpec::project),
               field(2, "directory", &ComposeSpec::directory),
               field(3, "files", &ComposeSpec::files),
               field(4, "env_files", &ComposeSpec::env_files),
               field(5, "profiles", &ComposeSpec::profiles),
               field(6, "images", &ComposeSpec::images),
               field(7, "recreate_on", &ComposeSpec::recreate_on),
               field(8, "timeout_ms", &ComposeSpec::timeout_ms))

GANNET_MESSAGE(CaddySpec, field(1, "config", &CaddySpec::config),
               field(2, "site", &CaddySpec::site), field(3, "timeout_ms", &CaddySpec::timeout_ms),
               field(4, "probe_host", &CaddySpec::probe_host),
               field(5, "probe_port", &CaddySpec::probe_port),
               field(6, "probe_path", &CaddySpec::probe_path),
               field(7, "probe_expect", &CaddySpec::probe_expect))

GANNET_MESSAGE(UnitState, field(1, "name", &UnitState::name), field(2, "user", &UnitState::user),
               field(3, "exists", &UnitState::exists), field(4, "enabled", &UnitState::enabled),
               field(5, "active", &UnitState::active), field(6, "sub", &UnitState::sub),
               field(7, "result", &UnitState::result),
               field(8, "invocation", &UnitState::invocation),
               field(9, "restarts", &UnitState::restarts))

GANNET_MESSAGE(ContainerState, field(1, "id", &ContainerState::id),
               field(2, "service", &ContainerState::service),
               field(3, "name", &ContainerState::name), field(4, "image", &ContainerState::image),
               field(5, "reference", &ContainerState::reference),
               field(6, "status", &ContainerState::status),
               field(7, "health", &ContainerState::health),
               field(8, "exit_code", &ContainerState::exit_code),
               field(9, "restarts", &ContainerState::restarts))

GANNET_MESSAGE(ProjectState, field(1, "name", &ProjectState::name),
               field(2, "directory", &ProjectState::directory),
               field(3, "files", &ProjectState::files),
               field(4, "env_files", &ProjectState::env_files),
               field(5, "containers", &ProjectState::containers))

GANNET_MESSAGE(ImageTag, field(1, "reference", &ImageTag::reference), field(2, "id", &ImageTag::id))

GANNET_MESSAGE(RuntimeState, field(1, "units", &RuntimeState::units),
               field(2, "projects", &RuntimeState::projects),
               field(3, "images", &RuntimeState::images))

}  // namespace gannet::protocol
