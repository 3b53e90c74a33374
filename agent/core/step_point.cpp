#include "agent/core/step_point.h"

#ifdef GANNET_TEST_HOOKS
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace gannet::agent {
namespace {

/// The number of lines that the file then has; 0 when it cannot be written, which makes a test
/// fail, loudly, where it counts the steps.
long append_line(const char* path, std::string_view name) {
  const UniqueFd file(::open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return 0;
  std::string line(name);
  line += '\n';
  if (::write(file.get(), line.data(), line.size()) < 0 || ::lseek(file.get(), 0, SEEK_SET) != 0) {
    return 0;
  }
  long lines = 0;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(file.get(), buffer, sizeof buffer)) > 0;) {
    lines += std::count(buffer, buffer + got, '\n');
  }
  return lines;
}

/// Whether variable `name` holds the number of the step that was just passed.
bool is_wanted(const char* name, long passed) {
  const char* text = std::getenv(name);
  if (text == nullptr) return false;
  long wanted = 0;
  const char* end = text + std::strlen(text);
  return std::from_chars(text, end, wanted).ptr == end && wanted == passed;
}

}  // namespace

void step_point(std::string_view name) {
  static int passed = 0;
  ++passed;
  if (const char* file = std::getenv("GANNET_TEST_STEPS_FILE")) {
    if (is_wanted("GANNET_TEST_STOP_AT", append_line(file, name))) ::raise(SIGSTOP);
  }
  if (is_wanted("GANNET_TEST_KILL_AT", passed)) {
    ::kill(::getpid(), SIGKILL);
    ::pause();
  }
}

}  // namespace gannet::agent
#endif
