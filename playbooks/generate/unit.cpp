// The units of `generate: { systemd: ... }`.
#include <string_view>

#include "base/text.h"
#include "playbooks/generate/writers.h"

namespace gannet::playbooks {
namespace {

/// What hardly any program misses; `systemd-analyze security` names each.
constexpr std::string_view kHardening =
    "NoNewPrivileges=true\nProtectSystem=strict\nProtectHome=true\nPrivateTmp=true\n"
    "PrivateDevices=true\nProtectClock=true\nProtectHostname=true\nProtectKernelTunables=true\n"
    "ProtectKernelModules=true\nProtectKernelLogs=true\nProtectControlGroups=true\n"
    "ProtectProc=invisible\nRestrictNamespaces=true\nRestrictRealtime=true\n"
    "RestrictSUIDSGID=true\nLockPersonality=true\nSystemCallArchitectures=native\n"
    "SystemCallFilter=@system-service\nCapabilityBoundingSet=\nUMask=0027\n";

void unit_line(std::string& text, std::string_view key, const std::string& value) {
  if (!value.empty()) text += std::string(key) + "=" + value + "\n";
}

std::string memory_of(const std::string& written) {
  // systemd knows K, M, G and T only; bytes are understood everywhere.
  const auto bytes = parse_size(written);
  return bytes ? std::to_string(*bytes) : written;
}

void account_lines(std::string& text, const UnitSpec& unit, const std::string& name) {
  if (unit.user.empty()) {
    text += "# A user that exists while the program runs.\nDynamicUser=true\n";
  } else {
    unit_line(text, "User", unit.user);
  }
  if (unit.state) text += "# Its data: /var/lib/" + name + "\nStateDirectory=" + name + "\n";
}

void limit_lines(std::string& text, const UnitSpec& unit) {
  if (unit.memory.empty() && unit.cpu.empty()) return;
  text += "\n# Limits\n";
  unit_line(text, "MemoryMax", unit.memory.empty() ? "" : memory_of(unit.memory));
  unit_line(text, "CPUQuota", unit.cpu);
}

}  // namespace

std::string write_hardened_unit(const UnitSpec& unit, const std::string& name) {
  const bool timed = !unit.on_calendar.empty();
  std::string text = "[Unit]\n";
  unit_line(text, "Description", unit.description.empty() ? name : unit.description);
  std::vector<std::string> after = unit.after;
  if (unit.network && after.empty()) after = {"network-online.target"};
  if (join(after, " ").find("network-online.target") != std::string::npos)
    text += "Wants=network-online.target\n";
  unit_line(text, "After", join(after, " "));
  text += "\n[Service]\n";
  if (timed) text += "Type=oneshot\n";
  unit_line(text, "ExecStart", unit.exec);
  unit_line(text, "WorkingDirectory", unit.working_directory);
  for (const auto& file : unit.environment_files) unit_line(text, "EnvironmentFile", file);
  if (!timed) unit_line(text, "Restart", unit.restart);
  if (!timed && unit.restart != "no") text += "RestartSec=5\n";
  account_lines(text, unit, name);
  limit_lines(text, unit);
  text += "\n# Hardening: systemd-analyze security " + name + ".service\n";
  text += kHardening;
  for (const auto& path : unit.writable) unit_line(text, "ReadWritePaths", path);
  text += unit.network ? "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
                       : "PrivateNetwork=true\nRestrictAddressFamilies=AF_UNIX\n";
  if (!timed) text += "\n[Install]\nWantedBy=multi-user.target\n";
  return text;
}

std::string write_unit_timer(const UnitSpec& unit, const std::string& name) {
  std::string text = "[Unit]\n";
  unit_line(text, "Description", "when " + name + ".service runs");
  text += "\n[Timer]\n";
  unit_line(text, "OnCalendar", unit.on_calendar);
  unit_line(text, "RandomizedDelaySec", unit.randomized_delay);
  if (unit.persistent)
    text +=
        "# What was missed while the host was off is made up for.\n"
        "Persistent=true\n";
  return text + "\n[Install]\nWantedBy=timers.target\n";
}

}  // namespace gannet::playbooks
