#include "controller/ssh/local_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gannet::controller {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail_errno(Code::kIo, "make a pipe", errno, "raise the limit (ulimit -n) or lower -j");
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

void make_non_blocking(const UniqueFd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : added) {
    std::string& entry = result.emplace_back(name);
    entry.append("=").append(value);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// The attributes of the child: its own process group, default signals.
class SpawnSettings {
 public:
  SpawnSettings(int in, int out, int err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, in, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, 1);
    posix_spawn_file_actions_adddup2(&actions_, err, 2);
    posix_spawnattr_init(&attributes_);
    sigset_t ours;
    sigemptyset(&ours);
    posix_spawnattr_setsigmask(&attributes_, &ours);
    sigaddset(&ours, SIGPIPE);
    sigaddset(&ours, SIGINT);
    posix_spawnattr_setsigdefault(&attributes_, &ours);
    posix_spawnattr_setpgroup(&attributes_, 0);
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    posix_spawnattr_setflags(&attributes_, flags);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

Result<LocalProcess> spawn_shell(const std::string& command,
                                 const std::map<std::string, std::string>& environment) {
  TRY(Pipe in, make_pipe());
  TRY(Pipe out, make_pipe());
  TRY(Pipe err, make_pipe());
  std::vector<std::string> words = {"/bin/sh", "-c", command};
  std::vector<std::string> variables = merged_environment(environment);
  const auto argv = pointers(words);
  const auto envp = pointers(variables);
  const SpawnSettings settings(in.read_end.get(), out.write_end.get(), err.write_end.get());
  LocalProcess process;
  const int error = ::posix_spawn(&process.pid, "/bin/sh", settings.actions(),
                                  settings.attributes(), argv.data(), envp.data());
  if (error != 0) return fail_errno(Code::kIo, "start /bin/sh", error);
  // glibc 2.36 declares pidfd_open() without extern "C".
  process.life.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!process.life) return fail_errno(Code::kIo, "watch /bin/sh", errno);
  process.in = std::move(in.write_end);
  process.out = std::move(out.read_end);
  process.err = std::move(err.read_end);
  for (const UniqueFd* fd : {&process.in, &process.out, &process.err}) make_non_blocking(*fd);
  return process;
}

std::optional<ExitStatus> reap(const LocalProcess& process) {
  int status = 0;
  if (::waitpid(process.pid, &status, WNOHANG) != process.pid) return std::nullopt;
  ExitStatus result;
  if (WIFEXITED(status)) {
    result.code = WEXITSTATUS(status);
  } else {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    result.signal = name == nullptr ? std::to_string(WTERMSIG(status)) : name;
  }
  return result;
}

}  // namespace gannet::controller
