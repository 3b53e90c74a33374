#include "controller/cli/prompt.h"

#include <cerrno>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/text.h"
#include "base/unique_fd.h"

namespace gannet::controller {
namespace {

constexpr char kInterruptKey = '\x03';  // what ^C gives while signals are off

UniqueFd open_terminal() { return UniqueFd(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)); }

void write_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

/// Echo off and ^C as a character, so that the terminal is never left silent; undone at the end.
class SilentTerminal {
 public:
  explicit SilentTerminal(int fd) : fd_(fd), changed_(::tcgetattr(fd, &before_) == 0) {
    if (!changed_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    ::tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  int fd_;
  termios before_{};
  bool changed_;
};

/// One line without its end; nullopt at the end of file, on a signal and on ^C.
std::optional<std::string> read_line(int fd) {
  constexpr char kBackspace = '\b';
  constexpr char kDelete = '\x7f';
  std::string line;
  for (;;) {
    char c = 0;
    const auto count = ::read(fd, &c, 1);
    if (count <= 0 || c == kInterruptKey) return std::nullopt;
    if (c == '\n' || c == '\r') return line;
    if (c == kBackspace || c == kDelete) {
      if (!line.empty()) line.pop_back();
    } else {
      line += c;
    }
  }
}

}  // namespace

bool TerminalPrompter::available() const { return open_terminal().valid(); }

bool TerminalPrompter::confirm(const std::string& question) {
  const auto terminal = open_terminal();
  if (!terminal) return false;
  write_text(terminal.get(), question + " [y/N] ");
  const auto answer = read_line(terminal.get());
  if (!answer) write_text(terminal.get(), "\n");
  const auto word = answer ? trim(*answer) : std::string_view();
  return word == "y" || word == "Y" || word == "yes" || word == "Yes";
}

Result<Secret> TerminalPrompter::ask_secret(const std::string& question) {
  const auto terminal = open_terminal();
  if (!terminal)
    return fail(Code::kInvalidInput, question + ": there is no terminal to ask on",
                "run gannet in a terminal, or load the key into ssh-agent");
  const SilentTerminal silent(terminal.get());
  write_text(terminal.get(), question + ": ");
  auto line = read_line(terminal.get());
  write_text(terminal.get(), "\n");
  if (!line) return fail(Code::kInterrupted, question + ": not answered");
  return Secret(std::move(*line));
}

}  // namespace gannet::controller
