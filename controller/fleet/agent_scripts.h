// What the remote shell is asked to do: start the agent, or install it. Written for any POSIX sh
// (dash, busybox), one line, without quotes, backslashes and "!", so that whatever login shell
// passes them on (csh and fish, too) leaves them alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "controller/fleet/agent_binaries.h"

namespace gannet::controller {

/// A script and its arguments $1, $2, ...
struct ShellScript {
  std::string text;
  std::vector<std::string> arguments;
};

/// Starts the agent for the host's architecture. An agent's name holds its SHA-256 and is given
/// only after the content was verified, in a folder that only its owner can write to; what is
/// checked at every start is therefore cheap: that it belongs to us and that its size is right.
/// Prints a line for parse_bootstrap() when it cannot be started.
/// `state_dir` empty: /var/lib/gannet for root, else ~/.local/share/gannet.
[[nodiscard]] ShellScript start_script(const AgentBinaries& agents, std::string_view state_dir);

/// Reads the agent from stdin into a temporary file, verifies size and SHA-256, and renames it to
/// its content-addressed name. Two controllers at once do not meet: `unique` names the temporary
/// file, and the rename is atomic. See explain_install().
[[nodiscard]] ShellScript install_script(const AgentBinary& agent, std::string_view state_dir,
                                         std::string_view unique);

/// What start_script() said instead of starting an agent.
struct BootstrapAnswer {
  std::string machine;    ///< uname -m; empty when the agent is there but may not be run
  std::string state_dir;  ///< clean absolute path
  std::string noexec;     ///< path of the agent that may not be run
};
/// Finds that line in what the host printed.
[[nodiscard]] std::optional<BootstrapAnswer> parse_bootstrap(std::string_view printed);

/// How an installation ended, from its exit status and what it printed. Errors: kNoSpace,
/// kReadOnly, kPermission, kCorrupt, kRemoteIo.
[[nodiscard]] Result<> explain_install(int exit_code, std::string_view printed,
                                       std::string_view errors, std::string_view state_dir);

/// The words of a shell command that runs `script`: sh -c '...' gannet ARGUMENT...
[[nodiscard]] std::string shell_command(const ShellScript& script);

}  // namespace gannet::controller
