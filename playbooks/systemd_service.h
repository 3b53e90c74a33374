// Key `systemd` of a service as written. Reference: docs/gannet-yaml.md.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "playbooks/placed_text.h"

namespace gannet::playbooks {

/// When a generated unit is started. At least one of the first two is given.
struct UnitTimer {
  PlacedText on_calendar;       ///< "daily", "Mon *-*-* 04:00"
  PlacedText every;             ///< "15min": after boot, then again that long after each start
  PlacedText randomized_delay;  ///< "5min"
  bool persistent = false;      ///< what was missed while the host was off is made up for
};

/// A unit that gannet writes. Source: key `exec` and those beside it.
struct GeneratedUnit {
  PlacedText exec, user, group, working_directory, restart, description;
  std::vector<std::pair<std::string, PlacedText>> environment;
  std::vector<PlacedText> environment_files, after;
  std::optional<UnitTimer> timer;
};

struct SystemdService {
  std::vector<PlacedText> units;     ///< files of the project, called as the unit
  std::vector<PlacedText> drop_ins;  ///< files of the project: .../x.service.d/name.conf
  std::optional<GeneratedUnit> generated;
  std::optional<bool> enable;  ///< default: when the unit has an [Install] section
  bool running = true;
  bool user_scope = false;
  PlacedText directory;  ///< on the host; default: where systemd looks for units
  /// Default: the files of the service that are not in reload_on.
  std::optional<std::vector<PlacedText>> restart_on;
  std::vector<PlacedText> reload_on;
  inventory::SourceLocation from;
};

}  // namespace gannet::playbooks
