// The real stdout and stderr.
#include <cerrno>
#include <memory>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "controller/report/reporter.h"

namespace gannet::controller {
namespace {

/// Writes all of `text`. A reader that went away (EPIPE) is nobody's error: the run goes on and is
/// recorded.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return;
    // Somebody made the terminal non-blocking: wait until it takes more.
    pollfd ready{fd, POLLOUT, 0};
    ::poll(&ready, 1, -1);
  }
}

class TerminalSink final : public Sink {
 public:
  void out(std::string_view text) override { write_all(STDOUT_FILENO, text); }
  void err(std::string_view text) override { write_all(STDERR_FILENO, text); }
  [[nodiscard]] Size size() const override {
    winsize window{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return {};
    return {window.ws_row, window.ws_col};
  }
};

}  // namespace

std::unique_ptr<Sink> make_terminal_sink() { return std::make_unique<TerminalSink>(); }

}  // namespace gannet::controller
