#include "agent/system/spawn.h"

#include <cerrno>
#include <csignal>
#include <map>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/system/posix.h"

namespace gannet::agent {
namespace {

/// posix_spawn's two objects, destroyed whatever happens.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  void descriptors(int input, int output, int errors) {
    if (input >= 0) {
      note(::posix_spawn_file_actions_adddup2(&actions_, input, 0));
    } else {
      note(::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0));
    }
    note(::posix_spawn_file_actions_adddup2(&actions_, output, 1));
    note(::posix_spawn_file_actions_adddup2(&actions_, errors, 2));
    note(::posix_spawn_file_actions_addclosefrom_np(&actions_, 3));
  }

  void clean_signals() {
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    note(::posix_spawnattr_setsigdefault(&attributes_, &all));
    note(::posix_spawnattr_setsigmask(&attributes_, &none));
    constexpr int kFlags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID;
    note(::posix_spawnattr_setflags(&attributes_, static_cast<short>(kFlags)));
  }

  /// 0 or an errno value.
  [[nodiscard]] int run(pid_t& pid, char* const* arguments, char* const* environment) const {
    if (error_ != 0) return error_;
    return ::posix_spawn(&pid, arguments[0], &actions_, &attributes_, arguments, environment);
  }

 private:
  void note(int result) {
    if (error_ == 0) error_ = result;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

/// Our own environment with `more` on top: "NAME=value".
std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& more) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : more) all.insert_or_assign(name, value);
  std::vector<std::string> lines;
  lines.reserve(all.size());
  for (const auto& [name, value] : all) {
    std::string& line = lines.emplace_back(name);
    line += '=';
    line += value;
  }
  return lines;
}

UniqueFd open_exit_news(pid_t pid) {
#ifdef SYS_pidfd_open
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  (void)pid;
  return {};
#endif
}

}  // namespace

Result<Spawned> spawn_shell(const std::string& command,
                            const std::vector<std::pair<std::string, std::string>>& environment,
                            bool with_stdin) {
  TRY(Pipe output, make_pipe());
  TRY(Pipe errors, make_pipe());
  Pipe input;
  if (with_stdin) {
    TRY(Pipe made, make_pipe());
    input = std::move(made);
    TRY_VOID(set_nonblocking(input.write.get()));
  }
  TRY_VOID(set_nonblocking(output.read.get()));
  TRY_VOID(set_nonblocking(errors.read.get()));

  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string text = command;
  char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  std::vector<std::string> lines = merged_environment(environment);
  std::vector<char*> variables;
  variables.reserve(lines.size() + 1);
  for (std::string& line : lines) variables.push_back(line.data());
  variables.push_back(nullptr);
  SpawnPlan plan;
  plan.descriptors(input.read.get(), output.write.get(), errors.write.get());
  plan.clean_signals();
  Spawned spawned;
  if (const int error_number = plan.run(spawned.pid, &arguments[0], variables.data());
      error_number != 0) {
    return fail_errno(Code::kRemoteIo, "start /bin/sh", error_number,
                      "is /bin/sh there, and may this user start another process?");
  }
  spawned.input = std::move(input.write);
  spawned.output = std::move(output.read);
  spawned.errors = std::move(errors.read);
  spawned.exit_news = open_exit_news(spawned.pid);
  return spawned;
}

}  // namespace gannet::agent
