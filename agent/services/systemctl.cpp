#include "agent/services/systemctl.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <sys/stat.h>

#include "agent/services/unit_properties.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

// A oneshot may take its time, and a service has TimeoutStartSec of its own.
constexpr std::chrono::milliseconds kJobLimit{600'000};
constexpr const char* kJournalLines = "20";

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

std::string explain(const std::string& unit, bool user) {
  return std::string("see why on the host: journalctl ") + (user ? "--user-unit " : "-u ") +
         shell_quote(unit);
}

}  // namespace

bool Systemctl::runs(bool user) const {
  if (!user) return exists(tree_.path("/run/systemd/system"));
  return uid_ != 0 && exists(tree_.path(runtime_folder() + "/systemd"));
}

std::string Systemctl::runtime_folder() const { return "/run/user/" + std::to_string(uid_); }

std::vector<std::string> Systemctl::words(const std::string& program, bool user) const {
  if (!user) return {program};
  return {"env", "XDG_RUNTIME_DIR=" + runtime_folder(), program, "--user"};
}

Result<std::vector<UnitFacts>> Systemctl::show_all(const std::vector<protocol::UnitState>& units,
                                                   Progress& progress) {
  std::vector<UnitFacts> facts(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) facts[i].state = units[i];
  TRY_VOID(show_some(false, facts, progress));
  TRY_VOID(show_some(true, facts, progress));
  return facts;
}

Result<> Systemctl::show_some(bool user, std::vector<UnitFacts>& facts, Progress& progress) {
  std::vector<UnitFacts*> asked;
  for (UnitFacts& one : facts) {
    if (one.state.user == user) asked.push_back(&one);
  }
  if (asked.empty() || !runs(user)) return {};
  ToolRun run;
  run.words = words("systemctl", user);
  run.words.insert(run.words.end(), {"show", "--no-pager", "-p", kUnitProperties, "--"});
  for (const UnitFacts* one : asked) run.words.push_back(one->state.name);
  TRY(const ToolResult result, tools_.run(run, progress));
  if (result.exit_code == kNoSuchProgram) return {};
  if (!result.ok()) return fail(failure_of("systemctl show", result).error);
  return read_unit_facts(result.out, asked);
}

Outcome Systemctl::act(const std::vector<std::string>& verb, const std::string& unit, bool user,
                       Progress& progress) {
  ToolRun run;
  run.words = words("systemctl", user);
  run.words.insert(run.words.end(), verb.begin(), verb.end());
  run.words.insert(run.words.end(), {"--", unit});
  run.timeout = kJobLimit;
  const std::string what = join(verb, " ") + " " + unit;
  const auto result = tools_.run(run, progress);
  if (!result) return tl::unexpected(failure_of(what, result.error()));
  if (result->ok()) return {};
  Failure failure = failure_of(what, *result);
  if (result->stopped) return tl::unexpected(std::move(failure));
  failure.error.hint = explain(unit, user);
  // What systemctl itself says is in the error; what the unit says is the reason.
  auto lines = journal(unit, user, since_, progress);
  if (!lines.empty()) failure.last_lines = std::move(lines);
  return tl::unexpected(std::move(failure));
}

Outcome Systemctl::restart(const UnitFacts& facts, Progress& progress) {
  const std::string& name = facts.state.name;
  const bool user = facts.state.user;
  // Starts that failed before must not count against this one (StartLimitBurst).
  reset_failed(name, user, progress);
  std::vector<std::string> running;
  if (name.ends_with(".socket")) {
    // systemd refuses to listen anew while a service runs that got the old socket.
    std::vector<protocol::UnitState> services;
    for (const std::string& service : facts.triggers) {
      services.emplace_back();
      services.back().name = service;
      services.back().user = user;
    }
    const auto found = show_all(services, progress);
    if (!found) return tl::unexpected(Failure{found.error(), {}});
    for (const UnitFacts& service : *found) {
      if (service.runs()) running.push_back(service.state.name);
    }
  }
  for (const std::string& service : running) {
    if (auto done = act({"stop"}, service, user, progress); !done) return done;
  }
  if (auto done = act({"restart"}, name, user, progress); !done) return done;
  for (const std::string& service : running) {
    if (auto done = act({"start"}, service, user, progress); !done) return done;
  }
  return {};
}

Outcome Systemctl::daemon_reload(bool user, Progress& progress) {
  ToolRun run;
  run.words = words("systemctl", user);
  run.words.emplace_back("daemon-reload");
  run.timeout = kJobLimit;
  const auto result = tools_.run(run, progress);
  if (!result) return tl::unexpected(failure_of("systemctl daemon-reload", result.error()));
  if (!result->ok()) return tl::unexpected(failure_of("systemctl daemon-reload", *result));
  return {};
}

void Systemctl::reset_failed(const std::string& unit, bool user, Progress& progress) {
  ToolRun run;
  run.words = words("systemctl", user);
  run.words.insert(run.words.end(), {"reset-failed", "--", unit});
  static_cast<void>(tools_.run(run, progress));
}

std::vector<std::string> Systemctl::journal(const std::string& unit, bool user, std::int64_t since,
                                            Progress& progress) {
  ToolRun run;
  run.words = {"journalctl", user ? "--user-unit" : "-u", unit, "-n", kJournalLines};
  if (since != 0) run.words.push_back("--since=@" + std::to_string(since));
  run.words.insert(run.words.end(), {"-o", "short-iso", "--no-pager", "-q"});
  const auto result = tools_.run(run, progress);
  if (!result || !result->ok()) return {};
  ToolResult only_out;
  only_out.out = result->out;
  auto lines = last_lines(only_out);
  std::erase_if(lines, [](const std::string& line) { return line.starts_with("-- "); });
  return lines;
}

void Systemctl::note_start() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  since_ = std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace gannet::agent
