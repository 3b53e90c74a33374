#include "tests/support/gannet_process.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gannet::test {
namespace {

/// What a sanitizer or the dynamic linker of the test run needs, too.
constexpr const char* kPassedOn[] = {"PATH",         "ASAN_OPTIONS", "UBSAN_OPTIONS",
                                     "TSAN_OPTIONS", "LSAN_OPTIONS", "TMPDIR"};

}  // namespace

nlohmann::json Output::json() const {
  nlohmann::json value = nlohmann::json::parse(out, nullptr, false);
  if (value.is_discarded()) throw std::runtime_error("stdout is not JSON: " + all());
  return value;
}

std::string Output::all() const {
  return "exit code " + std::to_string(exit_code) + " after " + std::to_string(elapsed.count()) +
         " ms\n--- stdout\n" + out + "--- stderr\n" + err;
}

GannetProcess::GannetProcess(const std::string& program, const std::vector<std::string>& arguments,
                             std::map<std::string, std::string> environment) {
  for (const char* name : kPassedOn) {
    const char* value = std::getenv(name);
    if (value != nullptr) environment.emplace(name, value);
  }
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) become(program, arguments, environment);
}

void GannetProcess::become(const std::string& program, const std::vector<std::string>& arguments,
                           const std::map<std::string, std::string>& environment) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = ::open((dir_ / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = ::open((dir_ / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (null < 0 || out < 0 || err < 0) ::_exit(126);
  ::dup2(null, 0);
  ::dup2(out, 1);
  ::dup2(err, 2);
  std::vector<std::string> texts = {program};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  const std::size_t words = texts.size();
  for (const auto& [name, value] : environment) texts.push_back(name + "=" + value);
  std::vector<char*> argv;
  std::vector<char*> envp;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    (i < words ? argv : envp).push_back(texts[i].data());
  }
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  ::execve(program.c_str(), argv.data(), envp.data());
  ::_exit(127);
}

GannetProcess::~GannetProcess() {
  if (!running()) return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void GannetProcess::signal(int number) const {
  if (!reaped_) ::kill(pid_, number);
}

bool GannetProcess::running() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !reaped_;
}

Output GannetProcess::wait(std::chrono::seconds limit) {
  bool in_time = true;
  try {
    wait_until(
        "gannet to end", [this] { return !running(); }, limit);
  } catch (const std::runtime_error&) {
    in_time = false;
    signal(SIGKILL);
    reaped_ = ::waitpid(pid_, &status_, 0) == pid_;
  }
  Output run;
  run.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  run.out = read_file(dir_ / "out");
  run.err = read_file(dir_ / "err");
  run.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started_);
  if (!in_time) throw std::runtime_error("gannet did not end in time: " + run.all());
  return run;
}

}  // namespace gannet::test
