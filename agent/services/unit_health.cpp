#include "agent/services/unit_health.h"

#include "agent/core/health_gate.h"
#include "agent/probes/finding.h"
#include "agent/services/unit_actions.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::Finding;
using protocol::Severity;

/// Restarts by systemd that nobody may forgive. A start by hand counts from 0 again and has another
/// invocation; an automatic one has another invocation, too, and counts on.
std::uint64_t new_restarts(const UnitFacts& facts, const protocol::UnitState* before) {
  const std::uint64_t now = facts.state.restarts;
  if (before == nullptr) return now;
  if (before->invocation == facts.state.invocation) return 0;
  return now > before->restarts ? now - before->restarts : now;
}

class Judgement {
 public:
  Judgement(const protocol::UnitSpec& spec, const UnitFacts& facts,
            const protocol::UnitState* before)
      : spec_(spec), facts_(facts), restarts_(new_restarts(facts, before)) {}

  Finding finding() {
    finding_.kind = protocol::CheckKind::kUnit;
    finding_.name = spec_.name;
    if (!facts_.state.active.empty()) {
      finding_.message = facts_.state.active;
      if (!facts_.state.sub.empty()) finding_.message += " (" + facts_.state.sub + ")";
    }
    add_values();
    judge();
    return std::move(finding_);
  }

 private:
  enum class Hope : std::uint8_t { kNone, kSome };

  void fail_with(std::string message, Hope hope) {
    finding_.severity = Severity::kFail;
    finding_.message = std::move(message);
    finding_.hint = std::string("see its journal on the host: journalctl ") +
                    (spec_.user ? "--user-unit " : "-u ") + shell_quote(spec_.name);
    if (hope == Hope::kNone) add_value(finding_, kFinal, "true");
  }

  void add_values() {
    add_value(finding_, "active", facts_.state.active);
    add_value(finding_, "sub", facts_.state.sub);
    add_value(finding_, "result", facts_.state.result);
    add_value(finding_, "restarts", facts_.state.restarts);
  }

  /// "exit-code, status 3"
  [[nodiscard]] std::string cause() const {
    std::string cause = facts_.state.result;
    if (!facts_.exit_status.empty() && facts_.exit_status != "0") {
      cause += ", status " + facts_.exit_status;
    }
    return cause;
  }

  void judge() {
    if (!facts_.state.exists) return fail_with("systemd knows no such unit", Hope::kNone);
    if (facts_.state.active == "failed" && spec_.running) {
      return fail_with("failed (" + cause() + ")", Hope::kNone);
    }
    if (spec_.running) {
      judge_running();
    } else if (facts_.runs() && !facts_.triggered) {
      fail_with("is " + finding_.message + ", and should not run", Hope::kSome);
    }
    if (finding_.severity == Severity::kPass) judge_boot();
  }

  void judge_running() {
    if (restarts_ > 0 || facts_.restarting()) {
      const std::uint64_t times = restarts_ == 0 ? 1 : restarts_;
      const std::string count = times == 1 ? "once" : std::to_string(times) + " times";
      std::string message = facts_.restarting() && restarts_ == 0
                                ? "ended and waits for its restart"
                                : "systemd restarted it " + count + " since the deployment began";
      add_value(finding_, "restarts_here", restarts_);
      if (facts_.state.result != "success") message += " (" + cause() + ")";
      return fail_with(std::move(message), Hope::kNone);
    }
    if (facts_.state.active == "active" || facts_.done()) return;
    const bool ended = facts_.state.active == "inactive";
    if (ended && facts_.triggered && facts_.state.result == "success") return;
    fail_with(ended ? "inactive: it ended by itself" : finding_.message,
              ended ? Hope::kNone : Hope::kSome);
  }

  void judge_boot() {
    if (!is_shipped(spec_)) return;
    const std::string& state = facts_.state.enabled;
    // Units without [Install] and those made by generators cannot be enabled, nor disabled.
    if (spec_.enable && (state == "disabled" || state == "masked" || state == "enabled-runtime")) {
      fail_with("does not start at boot (" + state + ")", Hope::kNone);
      finding_.hint = "run on the host: systemctl enable " + shell_quote(spec_.name);
    }
    if (!spec_.enable && facts_.enabled()) {
      fail_with("starts at boot, and should not (" + state + ")", Hope::kNone);
      finding_.hint = "run on the host: systemctl disable " + shell_quote(spec_.name);
    }
  }

  const protocol::UnitSpec& spec_;
  const UnitFacts& facts_;
  std::uint64_t restarts_;
  Finding finding_;
};

}  // namespace

std::string last_exit(const std::vector<std::string>& journal) {
  constexpr std::string_view kWords = "Main process exited, ";
  std::string last;
  for (const std::string& line : journal) {
    const std::size_t at = line.find(kWords);
    if (at != std::string::npos) last = "main process exited, " + line.substr(at + kWords.size());
  }
  return printable(last);
}

Finding unit_health(const protocol::UnitSpec& spec, const UnitFacts& facts,
                    const protocol::UnitState* before) {
  return Judgement(spec, facts, before).finding();
}

}  // namespace gannet::agent
