// Caddy as it is installed on the host.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "agent/services/tool.h"
#include "agent/services/unit_environment.h"
#include "agent/system/posix.h"
#include "base/result.h"

namespace gannet::agent {

/// How caddy.service is; all empty where systemd does not run it.
struct CaddyUnit {
  std::string active;       ///< ActiveState
  std::string user;         ///< whom Caddy runs as
  Environment environment;  ///< what its configuration reads as {$NAME}
};

class CaddyProgram {
 public:
  /// `uid`: of the agent's user. `tools` must outlive the object.
  CaddyProgram(Tools& tools, HostTree tree, std::uint32_t uid)
      : tools_(tools), tree_(std::move(tree)), uid_(uid) {}

  /// False when there is no program of that name. Errors: kRemoteIo, kCommandFailed.
  [[nodiscard]] Result<bool> installed(Progress& progress);
  [[nodiscard]] CaddyUnit unit(Progress& progress);
  /// True when a process serves sites now.
  [[nodiscard]] bool runs(Progress& progress);

  /// Reads `config` and all that it imports as Caddy would, changing nothing. Failures end with
  /// Caddy's own message.
  [[nodiscard]] Outcome validate(const std::string& config, std::chrono::milliseconds limit,
                                 Progress& progress);
  /// The configuration in JSON that `config` comes to, with what it imports; nothing is loaded.
  [[nodiscard]] tl::expected<std::string, Failure> adapt(const std::string& config,
                                                         std::chrono::milliseconds limit,
                                                         Progress& progress);
  /// Where the admin endpoint is unless the configuration says otherwise: "localhost:2019".
  [[nodiscard]] std::string admin_address(Progress& progress);
  /// Lets the running Caddy take over `config` without closing connections; it keeps what it has
  /// when it cannot.
  [[nodiscard]] Outcome reload(const std::string& config, std::chrono::milliseconds limit,
                               Progress& progress);
  /// The same for one that may have ended over a configuration that was bad: it is started then.
  [[nodiscard]] Outcome reload_or_start(const std::string& config, std::chrono::milliseconds limit,
                                        Progress& progress);

 private:
  [[nodiscard]] std::vector<std::string> as_user(const std::string& user) const;
  /// `caddy <verb>` for `config`, as Caddy's own user and in the environment of its unit.
  [[nodiscard]] ToolRun as_unit(const std::string& verb, const std::string& config,
                                std::chrono::milliseconds limit, Progress& progress);
  [[nodiscard]] tl::expected<std::string, Failure> output_of(const std::string& what,
                                                             const ToolRun& run,
                                                             Progress& progress);
  [[nodiscard]] Outcome run(const std::string& what, const ToolRun& run, Progress& progress);
  [[nodiscard]] Outcome run_unit(const std::string& verb, std::chrono::milliseconds limit,
                                 Progress& progress);

  Tools& tools_;
  HostTree tree_;
  std::uint32_t uid_;
};

/// What Caddy said: its error without the log lines around it.
[[nodiscard]] std::string caddy_message(const ToolResult& result);

}  // namespace gannet::agent
