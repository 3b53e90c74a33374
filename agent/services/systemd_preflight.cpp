#include "agent/services/systemd_preflight.h"

#include <algorithm>
#include <string>

#include <sys/stat.h>

#include "agent/services/passwd.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::Finding;
using protocol::Severity;
using protocol::UnitSpec;

class Preflight {
 public:
  Preflight(const ServiceChange& change, Systemctl& systemctl, UnitHost host, Progress& progress)
      : change_(change), systemctl_(systemctl), host_(host), progress_(progress) {}

  std::vector<Finding> run() {
    const auto& units = change_.wanted->units;
    const auto is_user = [](const UnitSpec& unit) { return unit.user; };
    if (!std::all_of(units.begin(), units.end(), is_user)) check_system();
    if (std::any_of(units.begin(), units.end(), is_user)) check_user();
    if (findings_.empty()) check_units();
    return std::move(findings_);
  }

 private:
  void add(std::string name, std::string message, std::string hint,
           Severity severity = Severity::kFail) {
    Finding finding;
    finding.kind = protocol::CheckKind::kUnit;
    finding.name = std::move(name);
    finding.severity = severity;
    finding.message = std::move(message);
    finding.hint = std::move(hint);
    findings_.push_back(std::move(finding));
  }

  void check_system() {
    if (!systemctl_.runs(false)) {
      const std::string first = read_word(host_.tree.path("/proc/1/comm"));
      return add(
          "systemd",
          "systemd does not run here" + (first.empty() ? std::string() : ": process 1 is " + first),
          "deploy this service to a host with systemd, or run it another way");
    }
    if (host_.uid == 0) return;
    add("systemd", "units of the system need root, the agent runs as " + user_name(),
        "set become: sudo for this host, or scope: user for the service");
  }

  [[nodiscard]] std::string user_name() const {
    const auto user = find_user(host_.tree, host_.uid);
    return user ? user->name : std::to_string(host_.uid);
  }

  void check_user() {
    if (host_.uid == 0) {
      return add("systemd --user", "units of a user are of the agent's own, and it is root here",
                 "leave become out for this host, or set scope: system for the service");
    }
    const std::string fix = "run on the host: sudo loginctl enable-linger " + user_name();
    if (!lingers()) {
      return add("systemd --user",
                 "lingering is off for " + user_name() + ": its units end with its last session",
                 fix);
    }
    if (systemctl_.runs(true)) return;
    add("systemd --user", "no user manager runs: " + systemctl_.runtime_folder() + " is missing",
        fix);
  }

  [[nodiscard]] bool lingers() {
    ToolRun run;
    run.words = {"loginctl", "show-user", std::to_string(host_.uid), "-p", "Linger"};
    const auto result = host_.tools.run(run, progress_);
    if (result && result->ok()) return trim(result->out) == "Linger=yes";
    // A user without a session is not known to logind.
    struct stat info {};
    const std::string mark = host_.tree.path("/var/lib/systemd/linger/" + user_name());
    return ::stat(mark.c_str(), &info) == 0;
  }

  void check_units() {
    const auto facts = systemctl_.show(change_.wanted->units, progress_);
    if (!facts) {
      return add("systemd", facts.error().context, "run systemctl status on the host by hand");
    }
    for (std::size_t i = 0; i < facts->size(); ++i) {
      check_unit(change_.wanted->units[i], (*facts)[i]);
    }
  }

  void check_unit(const UnitSpec& unit, const UnitFacts& facts) {
    const std::string systemctl = unit.user ? "systemctl --user " : "sudo systemctl ";
    if (facts.load == "masked") {
      return add(unit.name, "is masked: it cannot be started",
                 "run on the host: " + systemctl + "unmask " + shell_quote(unit.name));
    }
    if (facts.state.exists || !unit.definition.empty()) return;
    // A `before` command may bring it with a package.
    add(unit.name, "is not on this host, and the release does not bring it",
        "install what it belongs to, or list its file under `systemd`",
        change_.wanted->before.empty() ? Severity::kFail : Severity::kWarn);
  }

  const ServiceChange& change_;
  Systemctl& systemctl_;
  UnitHost host_;
  Progress& progress_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> unit_preflight(const ServiceChange& change, Systemctl& systemctl,
                                    UnitHost host, Progress& progress) {
  if (change.wanted->units.empty()) return {};
  return Preflight(change, systemctl, host, progress).run();
}

}  // namespace gannet::agent
