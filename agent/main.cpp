// gannet-agent: wires the parts together. What it does is in agent/system and agent/core.

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "agent/core/content_store.h"
#include "agent/core/posix_file_system.h"
#include "agent/core/watchdog.h"
#include "agent/host_state.h"
#include "agent/services/caddy_sites.h"
#include "agent/services/compose_projects.h"
#include "agent/services/docker_images.h"
#include "agent/services/docker_memory.h"
#include "agent/services/host_services.h"
#include "agent/services/systemd_units.h"
#include "agent/services/tool.h"
#include "agent/system/agent_clock.h"
#include "agent/system/command_line.h"
#include "agent/system/frame_link.h"
#include "agent/system/server.h"
#include "agent/system/system_actions.h"
#include "agent/system/watchdog_process.h"

namespace gannet::agent {
namespace {

constexpr int kFailed = 1;
constexpr int kUsageError = 2;

/// The layers of shipped images lie in the content store.
class StoredBlobs final : public BlobSource {
 public:
  StoredBlobs(FileSystem& files, const std::string& state_dir)
      : files_(files), store_(files, StatePaths(state_dir)) {}

  Result<std::unique_ptr<BlobReader>> open(const Digest& digest) override {
    TRY(auto file, files_.open(store_.path_of(digest)));
    return std::make_unique<Reader>(std::move(file));
  }

 private:
  class Reader final : public BlobReader {
   public:
    explicit Reader(std::unique_ptr<FileReader> file) : file_(std::move(file)) {}
    Result<std::size_t> read(std::span<std::byte> buffer) override { return file_->read(buffer); }

   private:
    std::unique_ptr<FileReader> file_;
  };

  FileSystem& files_;
  ContentStore store_;
};

/// What every subcommand that touches the host works with.
struct Host {
  explicit Host(const CommandLine& line)
      : blobs(files, line.state_dir),
        watchdog("/proc/self/exe", line.state_dir, {HostTree{}, ::geteuid() == 0}) {}

  AgentClock clock;
  PosixFileSystem files;
  HostTools tools;
  StoredBlobs blobs;
  DockerMemory docker;
  DockerImages images{tools, blobs, &docker};
  ComposeProjects compose{tools, clock, &docker};
  SystemdUnits units{tools, HostTree{}, ::geteuid()};
  CaddySites sites{tools, HostTree{}, ::geteuid()};
  HostServices services{{&compose, &units, &sites}, images};
  SystemActions actions{HostTree{}, clock, services};
  ProcessWatchdog watchdog;
};

int report(const Error& error) {
  std::fprintf(stderr, "gannet-agent: %s\n", error.context.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "  hint: %s\n", error.hint.c_str());
  return kFailed;
}

/// A session's end reaches us as the end of stdin; signals of dying terminals must not come first.
void prepare_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // an inherited SIG_IGN would hide how commands end
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Moves `fd` out of reach of everything that prints or reads by habit.
Result<UniqueFd> take_over(int fd) {
  UniqueFd taken(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!taken) {
    return fail_errno(Code::kRemoteIo, "take over descriptor " + std::to_string(fd), errno,
                      "start gannet-agent serve with stdin and stdout connected");
  }
  return taken;
}

int serve(const CommandLine& line) {
  auto in = take_over(STDIN_FILENO);
  auto out = take_over(STDOUT_FILENO);
  if (!in) return report(in.error());
  if (!out) return report(out.error());
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  if (null > STDERR_FILENO) ::close(null);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);

  Host host(line);
  FrameLink link(std::move(*in), std::move(*out), {});
  const auto open_state = [&host](const HostState::Options& options, Progress& progress) {
    return HostState::open(options, host.files, host.actions, host.watchdog, host.clock, progress);
  };
  Server server({line.state_dir, GANNET_VERSION, HostTree{}}, link, host.actions, host.clock,
                open_state);
  return static_cast<int>(server.run());
}

int watchdog(const CommandLine& line) {
  Host host(line);
  report_ready();
  const auto end = run_watchdog({line.state_dir, "watchdog", ""}, host.files, host.actions,
                                host.clock, line.transaction, line.deadline);
  if (!end) return report(end.error());
  return *end == WatchdogEnd::kRestoreFailed ? kFailed : 0;
}

int recover(const CommandLine& line) {
  Host host(line);
  NoProgress nobody;
  const auto state = HostState::open({line.state_dir, "recover", ""}, host.files, host.actions,
                                     host.watchdog, host.clock, nobody);
  if (!state) return report(state.error());
  const auto& recovered = (*state)->recovered();
  if (!recovered) {
    std::puts("nothing to recover");
    return 0;
  }
  std::printf("transaction %s: %s; what was there before is back\n", recovered->transaction.c_str(),
              recovered->reason.c_str());
  if (recovered->healthy) return 0;
  std::fprintf(stderr, "gannet-agent: restored, but not healthy: %s\n", recovered->detail.c_str());
  return kFailed;
}

int run(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  if (!line) {
    (void)report(line.error());
    return kUsageError;
  }
  prepare_signals();
  switch (line->subcommand) {
    case Subcommand::kServe:
      return serve(*line);
    case Subcommand::kWatchdog:
      return watchdog(*line);
    case Subcommand::kRecover:
      return recover(*line);
    case Subcommand::kVersion:
      std::printf("gannet-agent %s\n", GANNET_VERSION);
      return 0;
    case Subcommand::kHelp:
      std::fwrite(kUsage.data(), 1, kUsage.size(), stdout);
      return 0;
  }
  return kFailed;
}

}  // namespace
}  // namespace gannet::agent

int main(int argc, char** argv) {
  try {
    return gannet::agent::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "gannet-agent: bug: %s\n", problem.what());
    return gannet::agent::kFailed;
  }
}
