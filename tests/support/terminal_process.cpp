#include "tests/support/terminal_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/ssh_fixtures.h"

namespace gannet::test {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

TerminalProcess::TerminalProcess(const std::vector<std::string>& argv) {
  std::vector<std::string> words = argv;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const winsize size{.ws_row = 50, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  pid_ = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (pid_ < 0) throw_errno("forkpty");
  if (pid_ == 0) {
    ::execv(pointers.front(), pointers.data());
    ::_exit(127);
  }
  terminal_ = UniqueFd(terminal);
}

TerminalProcess::~TerminalProcess() {
  if (reaped_) return;
  ::kill(-pid_, SIGKILL);  // forkpty() made it the leader of a session and of a group
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

bool TerminalProcess::read_until(Clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd entry{.fd = terminal_.get(), .events = POLLIN, .revents = 0};
  const int ready = ::poll(&entry, 1, left > 0 ? static_cast<int>(left) : 0);
  if (ready == 0) return false;
  if (ready < 0) return errno == EINTR;
  std::array<char, 4096> buffer{};
  const auto count = ::read(terminal_.get(), buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;  // EIO: nobody has the other end open any more
  screen_.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

void TerminalProcess::wait_for(const std::string& text, std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    const std::size_t at = screen_.find(text, seen_);
    if (at != std::string::npos) {
      seen_ = at + text.size();
      return;
    }
    if (!read_until(deadline)) {
      throw std::runtime_error("\"" + text + "\" is not on the terminal:\n" + screen_);
    }
  }
}

void TerminalProcess::type(const std::string& line) const {
  const std::string text = line + "\r";
  if (::write(terminal_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw_errno("write to the terminal");
  }
}

int TerminalProcess::wait(std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  while (read_until(deadline)) {
  }
  int status = 0;
  wait_until(
      "the end of the program on the terminal:\n" + screen_,
      [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, std::chrono::seconds(10));
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace gannet::test
