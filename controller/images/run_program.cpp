#include "controller/images/run_program.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <unistd.h>

#include "base/text.h"
#include "controller/ssh/local_process.h"

namespace gannet::controller {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxOutput = 64UL * 1024UL;          // bytes kept of each stream
constexpr auto kLook = std::chrono::milliseconds(100);     // for a wish to stop
constexpr auto kGrace = std::chrono::milliseconds(2'000);  // from SIGTERM to SIGKILL

/// Takes what is in the pipe now. Closes it at its end.
void drain(UniqueFd& fd, std::string& text) {
  std::array<char, 16384> chunk{};
  while (fd) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      fd.reset();
      return;
    }
    text.append(chunk.data(), std::min(static_cast<std::size_t>(got), kMaxOutput - text.size()));
  }
}

/// True when it has ended.
bool wait_some(const LocalProcess& process, std::chrono::milliseconds longest) {
  std::array<pollfd, 3> fds = {pollfd{process.life.get(), POLLIN, 0},
                               pollfd{process.out.get(), POLLIN, 0},
                               pollfd{process.err.get(), POLLIN, 0}};
  const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(longest.count()));
  return ready > 0 && (fds[0].revents & POLLIN) != 0;
}

void end_group(const LocalProcess& process) {
  ::kill(-process.pid, SIGTERM);
  pollfd life{process.life.get(), POLLIN, 0};
  if (::poll(&life, 1, static_cast<int>(kGrace.count())) <= 0) ::kill(-process.pid, SIGKILL);
  while (::poll(&life, 1, -1) < 0 && errno == EINTR) {
  }
  static_cast<void>(reap(process));
}

}  // namespace

Result<ProgramResult> run_program(const std::vector<std::string>& words,
                                  std::chrono::milliseconds limit, const CancelFlag& cancelled) {
  std::string command = "exec";
  for (const auto& word : words) command += " " + shell_quote(word);
  TRY(LocalProcess process, spawn_shell(command, {}));
  process.in.reset();
  ProgramResult result;
  const auto deadline = Clock::now() + limit;
  for (bool ended = false; !ended;) {
    if (cancelled || Clock::now() >= deadline) {
      end_group(process);
      if (cancelled) return fail(Code::kInterrupted, words.front() + ": interrupted");
      return fail(Code::kTimeout, words.front() + ": not done after " + format_duration(limit));
    }
    ended = wait_some(process, kLook);
    drain(process.out, result.out);
    drain(process.err, result.err);
  }
  const auto status = reap(process);
  if (!status) return fail(Code::kInternal, words.front() + ": its end was lost");
  result.code = status->code;
  if (!status->signal.empty()) result.err += "\nended by signal " + status->signal;
  return result;
}

}  // namespace gannet::controller
