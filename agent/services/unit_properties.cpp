#include "agent/services/unit_properties.h"

#include <algorithm>
#include <array>

#include "agent/services/systemctl.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

std::vector<std::string> words_of(std::string_view value) {
  auto words = split(value, ' ');
  std::erase(words, "");
  return words;
}

/// "{ path=/usr/bin/x ; argv[]=/usr/bin/x --flag ; ignore_errors=no ; ... }"
std::string program_of(std::string_view value) {
  constexpr std::string_view kPath = "path=";
  const std::size_t begin = value.find(kPath);
  if (begin == std::string_view::npos) return {};
  value.remove_prefix(begin + kPath.size());
  return std::string(value.substr(0, value.find(" ;")));
}

void read_text(UnitFacts& facts, std::string_view key, const std::string& value) {
  const std::array<std::pair<std::string_view, std::string*>, 8> texts = {{
      {"LoadState", &facts.load},
      {"ActiveState", &facts.state.active},
      {"SubState", &facts.state.sub},
      {"UnitFileState", &facts.state.enabled},
      {"Result", &facts.state.result},
      {"InvocationID", &facts.state.invocation},
      {"ExecMainStatus", &facts.exit_status},
      {"Type", &facts.type},
  }};
  for (const auto& [name, text] : texts) {
    if (name == key) *text = value;
  }
}

void read_property(UnitFacts& facts, std::string_view key, const std::string& value) {
  read_text(facts, key, value);
  if (key == "NRestarts") facts.state.restarts = parse_unsigned(value).value_or(0);
  if (key == "NeedDaemonReload") facts.needs_daemon_reload = value == "yes";
  if (key == "CanReload") facts.can_reload = value == "yes";
  if (key == "Triggers") facts.triggers = words_of(value);
  if (key == "TriggeredBy") facts.triggered = !value.empty();
  if (key == "EnvironmentFiles" && !value.empty()) {
    facts.environment_files.push_back(value.substr(0, value.find(" (")));
  }
  if (key.starts_with("ExecStart") && !value.empty()) facts.programs.push_back(program_of(value));
}

}  // namespace

bool UnitFacts::runs() const {
  return state.active == "active" || state.active == "reloading" || state.active == "activating";
}

bool UnitFacts::done() const {
  return state.active == "inactive" && type == "oneshot" && state.result == "success";
}

bool UnitFacts::restarting() const { return state.sub.starts_with("auto-restart"); }

bool UnitFacts::enabled() const { return state.enabled == "enabled" || state.enabled == "alias"; }

Result<> read_unit_facts(std::string_view text, std::vector<UnitFacts*>& facts) {
  std::size_t unit = 0;
  bool in_block = false;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (line.empty() && in_block) ++unit;
    in_block = !line.empty();
    if (equals == std::string::npos || unit >= facts.size()) continue;
    read_property(*facts[unit], std::string_view(line).substr(0, equals), line.substr(equals + 1));
  }
  if (in_block) ++unit;
  if (unit != facts.size()) {
    return fail(Code::kBadMessage,
                "systemctl show: told about " + std::to_string(unit) + " of " +
                    std::to_string(facts.size()) + " units",
                "run it on the host by hand");
  }
  for (UnitFacts* one : facts) {
    one->state.exists = !one->load.empty() && one->load != "not-found";
  }
  return {};
}

}  // namespace gannet::agent
