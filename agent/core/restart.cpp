#include "agent/core/restart.h"

#include <algorithm>
#include <utility>

#include "agent/core/file_tools.h"
#include "agent/core/health_gate.h"
#include "agent/core/restore.h"
#include "agent/core/step_point.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr const char* kFlag = "/run/reboot-required";
constexpr const char* kReasons = "/run/reboot-required.pkgs";
constexpr std::uint64_t kMaxReasons = 64ULL * 1024;  // bytes
constexpr std::size_t kMaxNames = 20;
/// Asynchronous with systemd: returns when the init system has accepted it.
constexpr const char* kCommand =
    "if [ -d /run/systemd/system ]; then systemctl --no-ask-password reboot; else reboot; fi";
constexpr std::uint64_t kCommandMs = 30'000;

std::int64_t allowed_ms(const Journal& journal) {
  return static_cast<std::int64_t>(journal.watchdog_ms) + kRestartMs;
}

/// A wall clock may be wrong at boot (no battery, no network yet), and the steady one begins anew:
/// whichever says that less is left counts.
std::int64_t left_ms(const Engine& engine, const Journal& journal) {
  const std::int64_t allowed = allowed_ms(journal);
  const std::int64_t began = journal.deadline_steady_ms - allowed;
  const std::int64_t now = engine.steady_ms();
  // In a container the steady clock is the machine's and goes on.
  const bool new_clock = now < began;
  const std::int64_t by_steady = new_clock ? allowed - now : journal.deadline_steady_ms - now;
  return std::min(by_steady, journal.deadline_ms - engine.wall_ms());
}

Failure no_restart(const std::string& why, std::vector<std::string> lines) {
  return {{Code::kCommandFailed, "restart the host: " + why,
           "restart it by hand and deploy again, use become: sudo, or set reboot: never"},
          std::move(lines)};
}

Outcome run_restart(const Engine& engine, const Journal& journal, Progress& progress) {
  Unstoppable unstoppable(progress);  // the link may die with the host
  const protocol::Hook hook{kCommand, kCommandMs};
  auto done = engine.actions.run_hook(journal.releases.front().service, hook, unstoppable);
  if (!done) return tl::unexpected(no_restart(done.error().context, {}));
  if (done->ok()) return {};
  const std::string why =
      done->timed_out ? "ran into its timeout" : "exit code " + std::to_string(done->exit_code);
  return tl::unexpected(no_restart(why, done->last_lines));
}

Result<> settle(const Engine& engine, Journal& journal, const std::string& boot) {
  journal.state = JournalState::kApplied;
  journal.boot_id = boot;  // from here on another restart is one that nobody planned
  journal.restarted_boot_id.clear();
  set_deadline(engine, journal, 0);
  TRY_VOID(engine.journals.save(journal));
  step_point("journal applied");
  return {};
}

protocol::ApplyReply healthy(const Engine& engine, const Journal& journal) {
  protocol::ApplyReply reply;
  if (journal.watchdog_ms > 0) {
    const auto left = journal.deadline_steady_ms - engine.steady_ms();
    reply.watchdog_left_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0));
  }
  return reply;
}

/// The gates of all releases, once more: what ran before the restart proves nothing.
GateResult pass_gates(const Engine& engine, const Journal& journal, Progress& progress) {
  std::vector<GateSubject> subjects;
  subjects.reserve(journal.releases.size());
  for (std::size_t i = 0; i < journal.releases.size(); ++i)
    subjects.push_back({&journal.releases[i], journal.images[i], &journal.running});
  return run_gates(subjects, engine.actions, engine.clock, progress);
}

}  // namespace

Result<std::optional<std::vector<std::string>>> restart_wanted(
    const Engine& engine, const std::vector<protocol::Release>& releases) {
  using Reasons = std::optional<std::vector<std::string>>;
  const bool asked = std::any_of(releases.begin(), releases.end(),
                                 [](const auto& release) { return release.reboot_when_needed; });
  if (!asked) return Reasons{};
  TRY(const auto flag, engine.files.stat(kFlag));
  if (!flag) return Reasons{};
  std::vector<std::string> names;
  // Only for people: a list that cannot be read keeps nobody from restarting.
  const auto text = read_text(engine.files, kReasons, kMaxReasons);
  for (const auto& line : split(text.value_or(""), '\n')) {
    const std::string name = printable(trim(line));
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!name.empty() && !known && names.size() < kMaxNames) names.push_back(name);
  }
  return Reasons{std::move(names)};
}

Outcome begin_restart(const Engine& engine, Journal& journal, Progress& progress) {
  if (journal.boot_id.empty())
    return tl::unexpected(no_restart("this kernel does not tell one boot from the next", {}));
  journal.state = JournalState::kRebooting;
  set_deadline(engine, journal, kRestartMs);
  auto saved = engine.journals.save(journal);
  if (!saved) return tl::unexpected(Failure{std::move(saved.error()), {}});
  step_point("journal rebooting");
  return run_restart(engine, journal, progress);
}

std::uint64_t restart_left_ms(const Engine& engine, const Journal& journal) {
  if (journal.watchdog_ms == 0) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(left_ms(engine, journal), 0));
}

std::optional<std::string> overdue_restart(const Engine& engine, const Journal& journal,
                                           const std::string& boot) {
  const bool restarted = boot != journal.boot_id;
  if (restarted && !journal.restarted_boot_id.empty() && boot != journal.restarted_boot_id)
    return "host rebooted again after its planned restart";
  if (journal.watchdog_ms == 0) return std::nullopt;
  if (!restarted && engine.steady_ms() >= journal.deadline_steady_ms)
    return "the host did not restart in time";
  if (restarted && left_ms(engine, journal) <= 0) return "watchdog expired after a planned restart";
  return std::nullopt;
}

bool is_fresh_restart(const Journal& journal, const std::string& boot) {
  return journal.state == JournalState::kRebooting && boot != journal.boot_id &&
         boot != journal.restarted_boot_id;
}

std::optional<std::string> watch_restarted(const Engine& engine, WatchdogLauncher& watchdog,
                                           Journal& journal, const std::string& boot) {
  if (journal.watchdog_ms > 0) {
    const std::int64_t left = left_ms(engine, journal);
    auto armed = watchdog.arm(journal.transaction, std::chrono::milliseconds(left));
    if (!armed) return "no watchdog after the planned restart: " + armed.error().context;
    step_point("watchdog armed again");
    journal.deadline_steady_ms = engine.steady_ms() + left;
    journal.deadline_ms = engine.wall_ms() + left;
  }
  journal.restarted_boot_id = boot;
  auto saved = engine.journals.save(journal);
  if (!saved) return "the planned restart could not be noted: " + saved.error().context;
  step_point("journal restarted");
  return std::nullopt;
}

Result<protocol::ApplyReply> go_on(const Engine& engine, const std::string& transaction,
                                   Progress& progress) {
  TRY_VOID(check_name("transaction", transaction));
  auto loaded = engine.journals.load(transaction);
  if (!loaded && loaded.error().code == Code::kNotFound)
    return fail(Code::kNotFound, "transaction " + transaction + " is not open: it was put back",
                "gannet status shows what is in force and why");
  if (!loaded) return fail(std::move(loaded.error()));
  Journal journal = std::move(*loaded);
  if (journal.state == JournalState::kApplied) return healthy(engine, journal);  // asked twice
  TRY(const std::string boot, engine.boot_id());
  if (journal.state != JournalState::kRebooting || boot == journal.boot_id)
    return fail(Code::kConflict, "the host has not restarted yet", "ask again");
  progress.step("", "restarted");
  GateResult gate = pass_gates(engine, journal, progress);
  if (!gate.healthy)
    return go_back(engine, journal, {{gate.code, gate.error, gate.hint}, gate.last_lines},
                   gate.findings, progress);
  if (auto settled = settle(engine, journal, boot); !settled)
    return go_back(engine, journal, {settled.error(), {}}, gate.findings, progress);
  auto reply = healthy(engine, journal);
  reply.findings = std::move(gate.findings);
  return reply;
}

}  // namespace gannet::agent
