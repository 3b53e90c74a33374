// A host without a machine: scripted commands, checks and watchdog around a file system.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/file_system.h"
#include "agent/host_actions.h"
#include "agent/host_state.h"
#include "protocol/messages.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_services.h"

namespace gannet::agent {

inline constexpr const char* kStateDir = "/var/lib/gannet";

/// Commands and checks that answer as told; waiting is moving the clock.
class ScriptedActions final : public HostActions {
 public:
  explicit ScriptedActions(test::FakeClock& clock) : clock_(clock) {}

  Result<CommandResult> run_hook(const std::string& service, const protocol::Hook& hook,
                                 Progress& progress) override;
  std::vector<protocol::Finding> run_checks(const std::vector<protocol::Check>& checks,
                                            Progress& progress) override;
  bool wait(std::chrono::milliseconds duration, Progress& progress) override;
  ServiceManager& services() override { return machine; }

  ScriptedServices machine;
  std::vector<std::string> ran;   ///< "web: reload"
  std::set<std::string> failing;  ///< commands that exit with 1
  int rounds = 0;                 ///< calls of run_checks
  /// Answers a check; default: all pass.
  std::function<bool(const protocol::Check&)> passes = [](const protocol::Check&) { return true; };
  std::function<void(const std::string&)> on_hook = [](const std::string&) {};

 private:
  test::FakeClock& clock_;
};

class ScriptedWatchdog final : public WatchdogLauncher {
 public:
  Result<> arm(const std::string& transaction, std::chrono::milliseconds deadline) override {
    if (broken) return fail(Code::kRemoteIo, "fork: Cannot allocate memory");
    armed.emplace_back(transaction, deadline);
    on_arm();
    return {};
  }
  std::vector<std::pair<std::string, std::chrono::milliseconds>> armed;
  bool broken = false;
  std::function<void()> on_arm = [] {};
};

/// Remembers steps; asks to stop at the n-th question, if told so.
class StoppingProgress final : public Progress {
 public:
  void event(const protocol::Event& event) override { steps.push_back(event.text); }
  bool stop_requested() override { return ++questions >= stop_at && stop_at > 0; }
  std::vector<std::string> steps;
  int stop_at = 0;  ///< 0: never
  int questions = 0;
};

/// Releases and the contents they need.
class Contents {
 public:
  /// Files: path -> content.
  protocol::Release release(const std::string& service, const std::string& id,
                            const std::map<std::string, std::string>& files);
  /// The stream of protocol::UploadRequest for `wanted`.
  [[nodiscard]] std::vector<std::byte> stream(const std::vector<Digest>& wanted) const;
  [[nodiscard]] protocol::UploadRequest announcement(const std::vector<Digest>& wanted) const;

 private:
  std::map<Digest, std::string> by_digest_;
};

/// One host with its parts; `files` may be any file system.
struct Host {
  explicit Host(FileSystem& file_system, std::string state_directory = kStateDir)
      : files(file_system), state_dir(std::move(state_directory)) {}

  FileSystem& files;
  std::string state_dir;
  test::FakeClock clock;
  ScriptedActions actions{clock};
  ScriptedWatchdog watchdog;
  StoppingProgress progress;
  Contents contents;

  [[nodiscard]] HostState::Options options() const {
    return {.state_dir = state_dir, .who = "alice@laptop", .run = "run-1"};
  }
  [[nodiscard]] Result<std::unique_ptr<HostState>> try_open() {
    return HostState::open(options(), files, actions, watchdog, clock, progress);
  }
  /// Must work.
  [[nodiscard]] std::unique_ptr<HostState> open();

  [[nodiscard]] static protocol::ApplyRequest request(const std::string& transaction,
                                                      std::vector<protocol::Release> releases);
  /// prepare and upload, then apply; no commit.
  [[nodiscard]] Result<protocol::ApplyReply> apply(HostState& state,
                                                   const protocol::ApplyRequest& request);
  [[nodiscard]] Result<protocol::CommitReply> deploy(HostState& state,
                                                     const std::string& transaction,
                                                     std::vector<protocol::Release> releases);
};

[[nodiscard]] protocol::Check check_named(const std::string& name);

}  // namespace gannet::agent
