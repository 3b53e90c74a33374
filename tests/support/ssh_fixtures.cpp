#include "tests/support/ssh_fixtures.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

/// The parent of a process, from /proc/PID/stat; 0 when it is gone.
pid_t parent_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const auto name_end = text.rfind(')');  // the name itself may hold spaces and parentheses
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

std::vector<std::pair<pid_t, pid_t>> all_processes() {
  std::vector<std::pair<pid_t, pid_t>> result;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t pid = std::stoi(name);
    result.emplace_back(pid, parent_of(pid));
  }
  return result;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const ProcessOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out =
      ::open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (null < 0 || out < 0) ::_exit(126);
  ::dup2(null, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

}  // namespace

void throw_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

TempDir::TempDir() {
  std::string pattern = fs::temp_directory_path() / "gannet-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw_errno("mkdtemp " + pattern);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_file(const fs::path& file, const std::string& content, unsigned mode) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  if (!out || ::chmod(file.c_str(), mode) != 0) throw_errno("write " + file.string());
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited for " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

ChildProcess::ChildProcess(const std::vector<std::string>& argv, const ProcessOptions& options) {
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("fork");
  if (pid_ == 0) become(argv, options);
}

ChildProcess::~ChildProcess() { kill_tree(); }

bool ChildProcess::running() {
  if (!reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !reaped_;
}

void ChildProcess::signal(int number) const {
  if (!reaped_) ::kill(pid_, number);
}

std::vector<pid_t> ChildProcess::descendants() const {
  const auto processes = all_processes();
  std::vector<pid_t> found = {pid_};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& [pid, parent] : processes) {
      if (parent == found[i]) found.push_back(pid);
    }
  }
  found.erase(found.begin());
  return found;
}

void ChildProcess::kill_tree() {
  if (!running()) return;
  ::kill(pid_, SIGSTOP);  // no new children while the list is made
  const auto below = descendants();
  kill_only();
  for (const pid_t pid : below) ::kill(pid, SIGKILL);
}

void ChildProcess::kill_only() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

int ChildProcess::wait() {
  while (!reaped_) {
    const pid_t got = ::waitpid(pid_, &status_, 0);
    if (got < 0 && errno != EINTR) throw_errno("waitpid");
    reaped_ = got == pid_;
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::string run_command(const std::vector<std::string>& argv, const ProcessOptions& options) {
  const TempDir dir;
  ProcessOptions to_file = options;
  to_file.output_file = dir / "output";
  ChildProcess process(argv, to_file);
  const int code = process.wait();
  std::string output = read_file(to_file.output_file);
  if (code == 0) return output;
  std::string text = "exit " + std::to_string(code) + " from";
  for (const auto& word : argv) text += " " + word;
  throw std::runtime_error(text + ":\n" + output);
}

std::string make_key(const std::string& file, KeyType type, const std::string& passphrase) {
  const char* name = "ed25519";
  if (type == KeyType::kEcdsa) name = "ecdsa";
  if (type == KeyType::kRsa) name = "rsa";
  fs::remove(file);
  run_command({"ssh-keygen", "-q", "-t", name, "-N", passphrase, "-C", "gannet-test", "-f", file});
  std::string line = read_file(file + ".pub");
  while (!line.empty() && line.back() == '\n') line.pop_back();
  return line;
}

SshAgent::SshAgent(const std::vector<std::string>& private_key_files)
    : socket_(dir_ / "agent"), process_({"ssh-agent", "-D", "-a", socket_}) {
  wait_until("ssh-agent's socket", [this] { return fs::exists(socket_); });
  ProcessOptions options;
  options.environment["SSH_AUTH_SOCK"] = socket_;
  for (const auto& file : private_key_files) run_command({"ssh-add", "-q", file}, options);
}

ScopedEnv::ScopedEnv(std::string name, const char* value) : name_(std::move(name)) {
  if (const char* before = std::getenv(name_.c_str())) {
    before_ = before;
    was_set_ = true;
  }
  if (value != nullptr) {
    ::setenv(name_.c_str(), value, 1);
  } else {
    ::unsetenv(name_.c_str());
  }
}

ScopedEnv::~ScopedEnv() {
  if (was_set_) {
    ::setenv(name_.c_str(), before_.c_str(), 1);
  } else {
    ::unsetenv(name_.c_str());
  }
}

}  // namespace gannet::test
