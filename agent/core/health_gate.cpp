#include "agent/core/health_gate.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRound{200};
constexpr milliseconds kRuntimeRound{1'000};  // asking Docker and systemd starts programs

std::string seconds(milliseconds time) {
  const auto tenths = time.count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

milliseconds since(SteadyTime start, Clock& clock) {
  return std::chrono::duration_cast<milliseconds>(clock.steady() - start);
}

/// One service on its way to health.
class Gate {
 public:
  Gate(const GateSubject& subject, SteadyTime start)
      : subject_(subject),
        service_(subject.release->service),
        gate_(subject.release->health),
        start_(start) {}

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::vector<protocol::Finding> findings() const {
    auto all = checks_;
    all.insert(all.end(), runtime_.begin(), runtime_.end());
    return all;
  }

  void run(HostActions& actions, Clock& clock, Progress& progress) {
    if (gate_.checks.empty() && !subject_.release->runs_something()) {
      done_ = true;
      return;
    }
    // From before the round: checks that take long must not make the stable time shorter.
    const SteadyTime asked = clock.steady();
    if (!gate_.checks.empty()) checks_ = actions.run_checks(gate_.checks, progress);
    const bool fresh = look_at_runtime(asked, actions, progress);
    const bool passed = failing() == nullptr;
    if (!passed) healthy_since_.reset();
    if (passed && !healthy_since_) healthy_since_ = asked;
    const milliseconds stable = healthy_since_ ? since(*healthy_since_, clock) : milliseconds{0};
    done_ = passed && fresh && stable >= wanted();
    if (passed) {
      progress.step(service_, "health " + seconds(std::min(stable, wanted())) + "/" +
                                  seconds(wanted()) + " s");
    }
  }

  /// True when there is no way any more to become healthy in time.
  [[nodiscard]] bool too_late(Clock& clock) const {
    if (done_) return false;
    return is_final(failing()) || since(start_, clock) >= milliseconds(gate_.timeout_ms);
  }

  [[nodiscard]] GateResult failure() const {
    GateResult result;
    result.healthy = false;
    const protocol::Finding* finding = failing();
    if (finding == nullptr) {
      result.error = service_ + ": health: not stable for " + format_duration(wanted()) +
                     " within " + format_duration(milliseconds(gate_.timeout_ms));
      result.hint = "raise `timeout` of its health, or look why it comes and goes";
      return result;
    }
    result.error = service_ + ": health: " + finding->name + ": " + finding->message;
    result.hint = finding->hint;
    for (const auto& [key, value] : finding->values) {
      if (key == "output") result.last_lines = split(value, '\n');
    }
    return result;
  }

 private:
  [[nodiscard]] milliseconds wanted() const { return milliseconds(gate_.stable_for_ms); }

  /// Asks what runs, not more often than it has to. True when what is known is of this round.
  bool look_at_runtime(SteadyTime now, HostActions& actions, Progress& progress) {
    if (!subject_.release->runs_something()) return true;
    const bool due = !looked_ || now - *looked_ >= kRuntimeRound;
    const bool decides = healthy_since_ && now - *healthy_since_ >= wanted();
    if (!due && !decides) return false;
    runtime_ =
        actions.services().health(*subject_.release, subject_.images, *subject_.before, progress);
    looked_ = now;
    return true;
  }

  [[nodiscard]] static bool is_final(const protocol::Finding* finding) {
    if (finding == nullptr) return false;
    return std::any_of(finding->values.begin(), finding->values.end(),
                       [](const auto& value) { return value.first == kFinal; });
  }

  [[nodiscard]] static const protocol::Finding* failing_one(
      const std::vector<protocol::Finding>& findings) {
    const auto found = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
      return finding.severity == protocol::Severity::kFail;
    });
    return found == findings.end() ? nullptr : &*found;
  }

  /// What runs comes first: a dead service explains why its port does not answer.
  [[nodiscard]] const protocol::Finding* failing() const {
    const auto* runtime = failing_one(runtime_);
    return runtime != nullptr ? runtime : failing_one(checks_);
  }

  GateSubject subject_;
  std::string service_;
  protocol::HealthGate gate_;
  SteadyTime start_;
  std::optional<SteadyTime> healthy_since_;
  std::optional<SteadyTime> looked_;
  std::vector<protocol::Finding> checks_;
  std::vector<protocol::Finding> runtime_;
  bool done_ = false;
};

std::vector<protocol::Finding> all_findings(const std::vector<Gate>& gates) {
  std::vector<protocol::Finding> all;
  for (const Gate& gate : gates) {
    auto found = gate.findings();
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

GateResult stopped(const std::vector<Gate>& gates) {
  GateResult result;
  result.healthy = false;
  result.stopped = true;
  result.code = Code::kInterrupted;
  result.error = "stopped while waiting for health";
  result.findings = all_findings(gates);
  return result;
}

}  // namespace

GateResult run_gates(const std::vector<GateSubject>& subjects, HostActions& actions, Clock& clock,
                     Progress& progress) {
  std::vector<Gate> gates;
  gates.reserve(subjects.size());
  for (const auto& subject : subjects) gates.emplace_back(subject, clock.steady());
  for (;;) {
    if (progress.stop_requested()) return stopped(gates);
    const SteadyTime round = clock.steady();
    bool all_done = true;
    for (Gate& gate : gates) {
      if (!gate.done()) gate.run(actions, clock, progress);
      all_done = all_done && gate.done();
    }
    if (all_done) break;
    for (const Gate& gate : gates) {
      if (!gate.too_late(clock)) continue;
      GateResult result = gate.failure();
      result.findings = all_findings(gates);
      return result;
    }
    const milliseconds rest = kRound - since(round, clock);
    if (!actions.wait(std::max(rest, milliseconds{1}), progress)) return stopped(gates);
  }
  GateResult result;
  result.findings = all_findings(gates);
  return result;
}

}  // namespace gannet::agent
