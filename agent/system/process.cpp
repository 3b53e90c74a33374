#include "agent/system/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

#include "agent/system/posix.h"
#include "agent/system/spawn.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kOutputChunk = 32UL * 1024UL;  // bytes
constexpr milliseconds kGrace{2'000};                // between SIGTERM and SIGKILL
constexpr milliseconds kLinger{500};                 // for output of children in the background
constexpr milliseconds kPollSlice{100};              // longest wait between two questions
constexpr milliseconds kExitSlice{20};               // the same where exits are not announced

/// One command from start to end.
class CommandRun {
 public:
  CommandRun(const CommandSpec& spec, CommandIo& io, Spawned spawned)
      : spec_(spec), io_(io), child_(std::move(spawned)) {
    if (spec.timeout.count() > 0) deadline_ = std::chrono::steady_clock::now() + spec.timeout;
  }
  ~CommandRun() {
    if (reaped_) return;  // else an exception passes through: leave nothing behind
    ::kill(-child_.pid, SIGKILL);
    reap();
  }
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  CommandEnd run() {
    while (!finished()) {
      check_limits();
      pass_input();
      wait_for_news();
      pass_output(child_.output, OutputStream::kStdout);
      pass_output(child_.errors, OutputStream::kStderr);
      notice_exit();
    }
    // Whoever ignored SIGTERM and outlived the shell must not outlive the deadline.
    if (ending_since_) ::kill(-child_.pid, SIGKILL);
    reap();
    return end_;
  }

 private:
  using Moment = SteadyTime;

  [[nodiscard]] bool finished() const {
    if (!exited_at_) return false;
    if (!child_.output && !child_.errors) return true;
    const Moment now = std::chrono::steady_clock::now();
    if (ending_since_) return now >= *ending_since_ + kGrace;
    return now >= *exited_at_ + kLinger;
  }

  void check_limits() {
    const Moment now = std::chrono::steady_clock::now();
    if (ending_since_) {
      // Keep the link alive while the group dies.
      (void)io_.stop_requested();
      if (now >= *ending_since_ + kGrace) ::kill(-child_.pid, SIGKILL);
      return;
    }
    const bool stop = io_.stop_requested();
    if (exited_at_) return;
    if (stop) {
      end_.stopped = true;
    } else if (deadline_ && now >= *deadline_) {
      end_.timed_out = true;
    } else {
      return;
    }
    ending_since_ = now;
    ::kill(-child_.pid, SIGTERM);
  }

  [[nodiscard]] milliseconds longest_wait() const {
    const bool announced = child_.exit_news.valid() || exited_at_.has_value();
    milliseconds wait = announced ? kPollSlice : kExitSlice;
    if (deadline_ && !ending_since_) wait = std::min(wait, time_left(*deadline_, wait));
    if (ending_since_) wait = std::min(wait, time_left(*ending_since_ + kGrace, kExitSlice));
    return std::max(wait, milliseconds(1));
  }

  void wait_for_news() {
    std::array<pollfd, 5> entries{};
    entries[0] = {child_.output.get(), POLLIN, 0};
    entries[1] = {child_.errors.get(), POLLIN, 0};
    entries[2] = {input_pending() ? child_.input.get() : -1, POLLOUT, 0};
    entries[3] = {exited_at_ ? -1 : child_.exit_news.get(), POLLIN, 0};
    entries[4] = {ending_since_ ? -1 : io_.wake_fd(), POLLIN, 0};
    poll_for(entries, longest_wait());
  }

  void pass_output(UniqueFd& pipe, OutputStream stream) {
    if (!pipe) return;
    const ssize_t got = ::read(pipe.get(), buffer_.data(), buffer_.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
      pipe.reset();
      return;
    }
    if (got < 0) return;
    const auto size = static_cast<std::uint64_t>(got);
    const std::uint64_t shown = std::min(size, spec_.max_output - passed_);
    passed_ += shown;
    end_.dropped_bytes += size - shown;
    if (shown > 0) io_.output(stream, std::string_view(buffer_.data(), shown));
  }

  [[nodiscard]] bool input_pending() const { return written_ < pending_.size(); }

  void pass_input() {
    while (child_.input && refill_input()) {
      const ssize_t put =
          ::write(child_.input.get(), pending_.data() + written_, pending_.size() - written_);
      if (put > 0) {
        written_ += static_cast<std::size_t>(put);
        continue;
      }
      // A command that does not want to read any more is in its right.
      if (put < 0 && errno != EAGAIN && errno != EINTR) child_.input.reset();
      return;
    }
  }

  /// True when there is something to write; closes the command's stdin after the last of it.
  bool refill_input() {
    if (input_pending()) return true;
    pending_.clear();
    written_ = 0;
    if (more_input_) more_input_ = io_.read_input(pending_);
    if (!more_input_ && !input_pending()) child_.input.reset();
    return input_pending();
  }

  void notice_exit() {
    if (exited_at_) return;
    siginfo_t info{};
    // WNOWAIT: the zombie keeps its process group's number from being given to somebody else.
    if (::waitid(P_PID, static_cast<id_t>(child_.pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      return;
    }
    if (info.si_pid == 0) return;
    exited_at_ = std::chrono::steady_clock::now();
    child_.input.reset();
  }

  void reap() {
    int status = 0;
    pid_t got = -1;
    do {
      got = ::waitpid(child_.pid, &status, 0);
    } while (got < 0 && errno == EINTR);
    reaped_ = true;
    if (got < 0) return;
    if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
    end_.exit_code = end_.signal != 0 ? 128 + end_.signal : WEXITSTATUS(status);
  }

  const CommandSpec& spec_;
  CommandIo& io_;
  Spawned child_;
  CommandEnd end_;
  std::optional<Moment> deadline_;
  std::optional<Moment> ending_since_;  ///< when SIGTERM was sent
  std::optional<Moment> exited_at_;
  std::string pending_;  ///< stdin not yet written
  std::size_t written_ = 0;
  bool more_input_ = true;
  bool reaped_ = false;
  std::uint64_t passed_ = 0;  ///< bytes of output passed on
  std::array<char, kOutputChunk> buffer_{};
};

}  // namespace

Result<CommandEnd> run_command(const CommandSpec& spec, CommandIo& io) {
  TRY(Spawned spawned, spawn_shell(spec.command, spec.environment, spec.with_stdin));
  CommandRun run(spec, io, std::move(spawned));
  return run.run();
}

}  // namespace gannet::agent
