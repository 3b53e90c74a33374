#include "playbooks/unit_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

constexpr std::array<std::string_view, 9> kTypes{
    ".service", ".timer", ".socket", ".path", ".target", ".mount", ".automount", ".slice", ".swap"};
constexpr std::string_view kHead =
    "# written by gannet: what is changed here is lost with the next release\n";

bool is_unit_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(":_.\\-@").find(c) != std::string_view::npos;
}

void line(std::string& text, std::string_view key, const std::string& value) {
  if (!value.empty()) text += std::string(key) + "=" + value + "\n";
}

/// A line that is there and not commented out, with `prefix` at its beginning.
std::string find_line(std::string_view text, std::string_view prefix) {
  for (const std::string& one : split(text, '\n')) {
    if (trim(one).starts_with(prefix)) return std::string(trim(one));
  }
  return {};
}

}  // namespace

std::string base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

bool is_unit_name(std::string_view name) {
  constexpr std::size_t kMaxName = 255;
  if (name.size() > kMaxName || !std::ranges::all_of(name, is_unit_char)) return false;
  return std::ranges::any_of(kTypes, [&](std::string_view type) {
    return name.size() > type.size() && name.ends_with(type);
  });
}

bool is_template_unit(std::string_view name) {
  return name.find("@.") != std::string_view::npos && is_unit_name(name);
}

std::string unit_of_drop_in(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || !path.ends_with(".conf")) return {};
  std::string unit = base_name(path.substr(0, slash));
  if (!unit.ends_with(".d")) return {};
  unit.resize(unit.size() - 2);
  return is_unit_name(unit) ? unit : std::string();
}

std::vector<std::string> install_lines(std::string_view unit) {
  std::vector<std::string> lines;
  bool inside = false;
  bool goes_on = false;
  for (const std::string& one : split(unit, '\n')) {
    std::string_view line = trim(one);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    const bool continued = goes_on;
    goes_on = line.ends_with('\\');
    if (goes_on) line = trim(line.substr(0, line.size() - 1));
    if (!continued && line.starts_with('[')) {
      inside = line == "[Install]";
    } else if (inside && continued && !lines.empty()) {
      lines.back() += " " + std::string(line);
    } else if (inside && !line.empty()) {
      lines.emplace_back(line);
    }
  }
  std::ranges::sort(lines);
  return lines;
}

std::string triggered_unit(std::string_view name, std::string_view unit) {
  const std::string named = find_line(unit, "Unit=");
  if (!named.empty()) return named.substr(5);
  return std::string(name.substr(0, name.rfind('.'))) + ".service";
}

std::string quote_environment(const std::string& name, std::string_view value) {
  std::string quoted = "\"" + name + "=";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '%') {
      quoted += "%%";
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(c));
      quoted += code.data();
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string write_service_unit(const ServiceUnitText& unit) {
  std::string text(kHead);
  text += "[Unit]\n";
  line(text, "Description", unit.description);
  const std::string after = join(unit.after, " ");
  // Ordering alone starts nothing: without this the network may never be "online".
  const bool online = std::ranges::find(unit.after, "network-online.target") != unit.after.end();
  if (online) line(text, "Wants", "network-online.target");
  line(text, "After", after);
  text += "\n[Service]\n";
  line(text, "Type", unit.timed ? "oneshot" : "");
  line(text, "ExecStart", unit.exec);
  line(text, "User", unit.user);
  line(text, "Group", unit.group);
  line(text, "WorkingDirectory", unit.working_directory);
  for (const auto& [name, value] : unit.environment) {
    line(text, "Environment", quote_environment(name, value));
  }
  for (const std::string& file : unit.environment_files) line(text, "EnvironmentFile", file);
  line(text, "Restart", unit.restart);
  if (!unit.timed) {
    text += "\n[Install]\n";
    line(text, "WantedBy", unit.user_scope ? "default.target" : "multi-user.target");
  }
  return text;
}

std::string write_timer_unit(const TimerUnitText& timer) {
  std::string text(kHead);
  text += "[Unit]\n";
  line(text, "Description", timer.description);
  text += "\n[Timer]\n";
  line(text, "OnCalendar", timer.on_calendar);
  line(text, "OnBootSec", timer.every);
  line(text, "OnUnitActiveSec", timer.every);
  line(text, "RandomizedDelaySec", timer.randomized_delay);
  if (timer.persistent) line(text, "Persistent", "true");
  text += "\n[Install]\nWantedBy=timers.target\n";
  return text;
}

}  // namespace gannet::playbooks
