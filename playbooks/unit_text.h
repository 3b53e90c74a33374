// Names and texts of systemd units.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gannet::playbooks {

/// What stands behind the last "/".
[[nodiscard]] std::string base_name(std::string_view path);

/// "app.service", "backup@daily.timer": allowed characters, a known type, at most 255 bytes.
[[nodiscard]] bool is_unit_name(std::string_view name);
/// "app@.service": can only be started with an instance's name.
[[nodiscard]] bool is_template_unit(std::string_view name);
/// "app.service" of "units/app.service.d/limits.conf"; empty when it is no drop-in.
[[nodiscard]] std::string unit_of_drop_in(std::string_view path);

/// What systemctl enable has to do: the lines of the sections [Install], without comments, a
/// continued line as one, sorted.
[[nodiscard]] std::vector<std::string> install_lines(std::string_view unit);
/// The unit that a timer, path or socket starts: its Unit=, else the service of its own name.
[[nodiscard]] std::string triggered_unit(std::string_view name, std::string_view unit);

/// `NAME=value` as one word of Environment=, in quotes: nothing in it means anything to systemd.
[[nodiscard]] std::string quote_environment(const std::string& name, std::string_view value);

/// A service that gannet writes; all texts are without line breaks, already as systemd reads them.
struct ServiceUnitText {
  std::string description, exec, user, group, working_directory, restart;
  std::vector<std::pair<std::string, std::string>> environment;  ///< values are quoted here
  std::vector<std::string> environment_files, after;
  bool timed = false;  ///< a timer starts it: runs once, not at boot
  bool user_scope = false;
};
[[nodiscard]] std::string write_service_unit(const ServiceUnitText& unit);

struct TimerUnitText {
  std::string description, on_calendar, every, randomized_delay;
  bool persistent = false;
};
[[nodiscard]] std::string write_timer_unit(const TimerUnitText& timer);

}  // namespace gannet::playbooks
