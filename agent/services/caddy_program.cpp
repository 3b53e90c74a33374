#include "agent/services/caddy_program.h"

#include <algorithm>
#include <utility>

#include "agent/probes/process_probes.h"
#include "agent/services/passwd.h"
#include "agent/services/systemctl.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr const char* kUnit = "caddy.service";

}  // namespace

std::string caddy_message(const ToolResult& result) {
  constexpr std::string_view kError = "Error: ";
  std::string message;
  for (const std::string& line : split(result.err, '\n')) {
    const std::size_t at = line.find(kError);
    if (line.starts_with(kError)) message = line.substr(at + kError.size());
  }
  return printable(trim(message));
}

Result<bool> CaddyProgram::installed(Progress& progress) {
  ToolRun run;
  run.words = {"caddy", "version"};
  TRY(const ToolResult result, tools_.run(run, progress));
  if (result.exit_code == kNoSuchProgram) return false;
  if (!result.ok()) return fail(failure_of("caddy version", result).error);
  return true;
}

CaddyUnit CaddyProgram::unit(Progress& progress) {
  CaddyUnit unit;
  if (!Systemctl(tools_, tree_, uid_).runs(false)) return unit;
  ToolRun run;
  run.words = {"systemctl",
               "show",
               "--no-pager",
               "-p",
               "LoadState,ActiveState,User,Environment,EnvironmentFiles",
               "--",
               kUnit};
  const auto result = tools_.run(run, progress);
  if (!result || !result->ok()) return unit;
  for (const std::string& line : split(result->out, '\n')) {
    if (line == "LoadState=not-found") return {};
    if (line.starts_with("ActiveState=")) unit.active = line.substr(line.find('=') + 1);
    if (line.starts_with("User=")) unit.user = line.substr(line.find('=') + 1);
  }
  unit.environment = unit_environment(result->out, tree_);
  return unit;
}

bool CaddyProgram::runs(Progress& progress) {
  if (unit(progress).active == "active") return true;
  protocol::Check check;
  check.kind = protocol::CheckKind::kProcess;
  check.target = "caddy";
  return probe_process(check, tree_).severity == protocol::Severity::kPass;
}

/// Validating opens log files and makes certificates. As root that leaves files behind which the
/// real Caddy cannot write.
std::vector<std::string> CaddyProgram::as_user(const std::string& user) const {
  if (uid_ != 0 || user.empty() || user == "root") return {};
  const auto entry = find_user(tree_, user);
  if (!entry) return {};
  return {"runuser", "-u", entry->name, "--", "env", "HOME=" + entry->home};
}

tl::expected<std::string, Failure> CaddyProgram::output_of(const std::string& what,
                                                           const ToolRun& run, Progress& progress) {
  auto result = tools_.run(run, progress);
  if (!result) return tl::unexpected(failure_of(what, result.error()));
  if (result->ok()) return std::move(result->out);
  Failure failure = failure_of(what, *result);
  const std::string message = caddy_message(*result);
  if (failure.error.code == Code::kCommandFailed && !message.empty()) {
    failure.error.context = what + ": " + message;
  }
  return tl::unexpected(std::move(failure));
}

Outcome CaddyProgram::run(const std::string& what, const ToolRun& run, Progress& progress) {
  auto output = output_of(what, run, progress);
  if (!output) return tl::unexpected(std::move(output.error()));
  return {};
}

ToolRun CaddyProgram::as_unit(const std::string& verb, const std::string& config,
                              std::chrono::milliseconds limit, Progress& progress) {
  CaddyUnit unit = this->unit(progress);
  ToolRun run;
  run.words = as_user(unit.user);
  run.words.insert(run.words.end(), {"caddy", verb, "--config", config, "--adapter", "caddyfile"});
  run.environment = std::move(unit.environment);
  run.timeout = limit;
  return run;
}

Outcome CaddyProgram::validate(const std::string& config, std::chrono::milliseconds limit,
                               Progress& progress) {
  auto done =
      run("caddy validate " + config, as_unit("validate", config, limit, progress), progress);
  if (!done && done.error().error.hint.empty()) {
    done.error().error.hint = "correct the site; nothing was reloaded";
  }
  return done;
}

tl::expected<std::string, Failure> CaddyProgram::adapt(const std::string& config,
                                                       std::chrono::milliseconds limit,
                                                       Progress& progress) {
  return output_of("caddy adapt " + config, as_unit("adapt", config, limit, progress), progress);
}

std::string CaddyProgram::admin_address(Progress& progress) {
  std::string address = "localhost:2019";
  for (const auto& [name, value] : unit(progress).environment) {
    if (name == "CADDY_ADMIN" && !value.empty()) address = value;
  }
  return address;
}

Outcome CaddyProgram::run_unit(const std::string& verb, std::chrono::milliseconds limit,
                               Progress& progress) {
  ToolRun change;
  change.words = {"systemctl", verb, "--", kUnit};
  change.timeout = limit;
  auto done = run(verb + " " + kUnit, change, progress);
  if (done) return done;
  // Only the unit's journal says what Caddy did not like.
  Systemctl systemctl(tools_, tree_, uid_);
  auto lines = systemctl.journal(kUnit, false, 0, progress);
  if (!lines.empty()) done.error().last_lines = std::move(lines);
  if (done.error().error.hint.empty()) {
    done.error().error.hint = "see why on the host: journalctl -u caddy.service";
  }
  return done;
}

Outcome CaddyProgram::reload(const std::string& config, std::chrono::milliseconds limit,
                             Progress& progress) {
  CaddyUnit unit = this->unit(progress);
  if (uid_ == 0 && unit.active == "active") return run_unit("reload", limit, progress);
  ToolRun change;
  change.environment = std::move(unit.environment);
  change.words = {"caddy", "reload", "--config", config, "--adapter", "caddyfile"};
  change.timeout = limit;
  auto done = run("caddy reload " + config, change, progress);
  if (!done && done.error().error.hint.empty()) {
    done.error().error.hint = "does Caddy run, and is its admin endpoint on?";
  }
  return done;
}

Outcome CaddyProgram::reload_or_start(const std::string& config, std::chrono::milliseconds limit,
                                      Progress& progress) {
  const std::string active = unit(progress).active;
  const bool ended = active == "failed" || active == "activating";
  if (uid_ == 0 && ended) return run_unit("restart", limit, progress);
  return reload(config, limit, progress);
}

}  // namespace gannet::agent
