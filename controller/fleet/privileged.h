// Programs on a host, run as the login user or as root through sudo.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "controller/fleet/agent_scripts.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

/// With whose rights the agent runs.
struct Privilege {
  bool sudo = false;
  std::optional<Secret> password;  ///< of sudo; without one sudo must not ask (NOPASSWD)
};

/// Starts `script` and, with a password, answers sudo's question: on stdin, only after sudo has
/// asked for it, never in a command line. When it returns, the program's stdin is ours.
/// Errors: kAuthentication (sudo did not take the password), kTimeout, kDisconnected, and those of
/// Session::exec().
[[nodiscard]] Task<Result<std::unique_ptr<Channel>>> run_script(std::shared_ptr<Session> session,
                                                                ShellScript script,
                                                                Privilege privilege,
                                                                DeadlineTime deadline);

/// The reason in `errors` (stderr) why sudo refused; nullopt when it is not sudo that complains.
[[nodiscard]] std::optional<Error> explain_sudo(std::string_view errors);

}  // namespace gannet::controller
