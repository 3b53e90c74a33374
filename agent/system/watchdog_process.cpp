#include "agent/system/watchdog_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/system/boot_unit.h"
#include "agent/system/notify.h"
#include "agent/system/posix.h"
#include "agent/system/process.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::chrono::milliseconds kReadyLimit{10'000};
constexpr int kMaxInherited = 1024;
constexpr char kReady = 'R';

/// Between fork and exec. Only calls that are allowed there; exits when anything fails, which the
/// starter sees as an end of file without kReady.
[[noreturn]] void become_watchdog(const char* program, char* const* arguments, int ready) {
  if (::setsid() < 0) ::_exit(1);
  const pid_t second = ::fork();
  if (second != 0) ::_exit(second > 0 ? 0 : 1);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  (void)!::chdir("/");
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) ::_exit(1);
  // The pipe may be any number: move it out of the way of 0, 1 and 2 before they are replaced.
  const int safe = ::fcntl(ready, F_DUPFD, 16);
  if (safe < 0) ::_exit(1);
  for (int fd = 0; fd < 3; ++fd) {
    ::dup2(null, fd);
    ::fcntl(fd, F_SETFD, 0);  // when `null` itself is one of the three
  }
  ::dup2(safe, kReadyFd);
  // Whatever the session left open to us (sudo and shells do) must not live as long as we do.
  for (int fd = kReadyFd + 1; fd < kMaxInherited; ++fd) ::close(fd);
  ::execve(program, arguments, environ);
  ::_exit(1);
}

Result<> wait_until_ready(int fd) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kReadyLimit;
  for (;;) {
    const auto left = time_left(deadline, kReadyLimit);
    if (left.count() == 0) {
      return fail(Code::kRemoteIo, "start the watchdog: it did not report within 10 s",
                  "is the host overloaded? nothing was changed on it");
    }
    std::array<pollfd, 1> entry{pollfd{fd, POLLIN, 0}};
    poll_for(entry, left);
    if (entry[0].revents == 0) continue;
    char answer = 0;
    const ssize_t got = ::read(fd, &answer, 1);
    if (got == 1 && answer == kReady) return {};
    if (got < 0 && errno == EINTR) continue;
    return fail(Code::kRemoteIo, "start the watchdog: it ended before it watched",
                "may this user run programs in the background, and is /proc mounted?");
  }
}

/// Nobody is interested in what systemd-run prints.
class Silent final : public CommandIo {
 public:
  void output(OutputStream /*stream*/, std::string_view /*data*/) override {}
  [[nodiscard]] bool stop_requested() override { return false; }
};

}  // namespace

Result<> ProcessWatchdog::arm(const std::string& transaction, std::chrono::milliseconds deadline) {
  std::vector<std::string> words = {"watchdog",
                                    "--state-dir",
                                    state_dir_,
                                    "--transaction",
                                    transaction,
                                    "--deadline-ms",
                                    std::to_string(deadline.count())};
  if (host_.root && systemd_runs(host_.tree)) {
    // Its name holds its content's hash, so it stays what it is.
    const std::string link = read_link(program_);
    const std::string program = link.empty() ? program_ : link;
    auto installed = BootUnit(host_.tree, state_dir_).install(program);
    if (!installed && installed.error().code != Code::kReadOnly) return installed;
    if (hand_to_systemd(program, transaction, words)) return {};
  }
  return detach(std::move(words));
}

Result<std::vector<std::string>> ProcessWatchdog::forget() {
  if (!host_.root) return std::vector<std::string>{};
  return BootUnit(host_.tree, state_dir_).remove();
}

/// systemd-run returns when the new process has said that it watches. False when systemd cannot do
/// it for whatever reason (it may be forbidden to run what lies below /var): a process can.
bool ProcessWatchdog::hand_to_systemd(const std::string& program, const std::string& transaction,
                                      const std::vector<std::string>& words) const {
  CommandSpec spec;
  spec.timeout = kReadyLimit + std::chrono::seconds(2);
  spec.command = "exec systemd-run --quiet --collect --service-type=notify -p KillMode=process" +
                 std::string(" -p TimeoutStartSec=10 --unit=") +
                 shell_quote("gannet-watchdog-" + transaction) + " -- " + shell_quote(program);
  for (const std::string& word : words) spec.command += " " + shell_quote(word);
  Silent io;
  const auto end = run_command(spec, io);
  return end && end->exit_code == 0 && !end->timed_out;
}

Result<> ProcessWatchdog::detach(std::vector<std::string> words) const {
  words.insert(words.begin(), "gannet-agent");
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  TRY(Pipe ready, make_pipe());
  const pid_t first = ::fork();
  if (first < 0) return fail_errno(Code::kRemoteIo, "start the watchdog: fork", errno);
  if (first == 0) become_watchdog(program_.c_str(), arguments.data(), ready.write.get());
  ready.write.reset();
  int status = 0;
  while (::waitpid(first, &status, 0) < 0 && errno == EINTR) {
  }
  return wait_until_ready(ready.read.get());
}

void report_ready() {
  if (const char* address = std::getenv("NOTIFY_SOCKET"); address != nullptr) {
    static_cast<void>(notify_ready(address));
    ::unsetenv("NOTIFY_SOCKET");  // hooks that it runs have nothing to say there
    return;
  }
  struct stat info {};
  if (::fstat(kReadyFd, &info) != 0 || !S_ISFIFO(info.st_mode)) return;
  (void)!::write(kReadyFd, &kReady, 1);
  ::close(kReadyFd);
}

}  // namespace gannet::agent
