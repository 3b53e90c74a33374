#include "agent/system/isolated.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "agent/system/posix.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWaitSlice{100};

/// Closes all descriptors from 3 up but `kept`: a child that hangs must not hold our locks.
void close_all_but(int kept) {
  for (const std::string& name : list_directory("/proc/self/fd")) {
    const auto fd = parse_unsigned(name);
    if (fd && *fd > 2 && static_cast<int>(*fd) != kept) ::close(static_cast<int>(*fd));
  }
}

[[noreturn]] void run_child(int out, const std::function<protocol::Bytes()>& work) {
  close_all_but(out);
  const protocol::Bytes result = work();
  std::size_t written = 0;
  while (written < result.size()) {
    const ssize_t put = ::write(out, result.data() + written, result.size() - written);
    if (put <= 0) ::_exit(1);
    written += static_cast<std::size_t>(put);
  }
  ::_exit(0);
}

bool ended_well(pid_t child) {
  int status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(child, &status, 0);
  } while (got < 0 && errno == EINTR);
  return got == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// Children that were killed but may hang in the kernel for long: nobody waits for them.
std::vector<pid_t>& abandoned() {
  static std::vector<pid_t> children;
  return children;
}

void reap_abandoned() {
  std::erase_if(abandoned(), [](pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; });
}

}  // namespace

Result<std::optional<protocol::Bytes>> run_isolated(milliseconds limit, Progress& progress,
                                                    const std::function<protocol::Bytes()>& work) {
  reap_abandoned();
  TRY(Pipe pipe, make_pipe());
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(Code::kRemoteIo, "fork", errno);
  if (child == 0) run_child(pipe.write.get(), work);
  pipe.write.reset();

  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  protocol::Bytes result;
  std::array<std::byte, 4096> chunk{};
  while (!progress.stop_requested() && time_left(deadline, limit).count() > 0) {
    std::array<pollfd, 1> entry{pollfd{pipe.read.get(), POLLIN, 0}};
    poll_for(entry, time_left(deadline, kWaitSlice));
    if (entry[0].revents == 0) continue;
    const ssize_t got = ::read(pipe.read.get(), chunk.data(), chunk.size());
    if (got > 0) {
      result.insert(result.end(), chunk.begin(), chunk.begin() + got);
    } else if (got == 0) {
      if (ended_well(child)) return result;
      return fail(Code::kRemoteIo, "the probe's process died");
    }
  }
  ::kill(child, SIGKILL);
  abandoned().push_back(child);
  return std::nullopt;
}

}  // namespace gannet::agent
