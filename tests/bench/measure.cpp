// measure FILE COMMAND...: runs the command with its output to /dev/null and appends one line to
// FILE: wall seconds, CPU seconds of it and all its children, peak resident KiB of the largest.
// Exits like the command.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

[[noreturn]] void become(char** command) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const char* keep = std::getenv("MEASURE_OUTPUT");
  if (keep == nullptr) {
    ::dup2(null, 1);
    ::dup2(null, 2);
  }
  ::dup2(null, 0);
  ::execvp(command[0], command);
  ::_exit(127);
}

}  // namespace

int main(int count, char** words) {
  if (count < 3) {
    std::fputs("usage: measure FILE COMMAND...\n", stderr);
    return 2;
  }
  const auto started = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) become(words + 2);
  int status = 0;
  rusage used{};
  if (child < 0 || ::wait4(child, &status, 0, &used) != child) return 1;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
  std::FILE* out = std::fopen(words[1], "ae");
  if (out == nullptr) return 1;
  std::fprintf(out, "%.3f %.4f %ld\n", wall.count(),
               seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
  std::fclose(out);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
