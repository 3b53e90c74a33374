// Logging in: agent, key files, password.
#pragma once

#include <memory>

#include "controller/ssh/blocking_pool.h"
#include "controller/ssh/key_ring.h"
#include "controller/ssh/ssh_core.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

/// Logs in on a session whose host key was accepted.
///
/// Order: the identity files of `target` if it names any, then the agent's keys; otherwise the
/// agent's keys, then the default files. A password only if the target asks for it. A key from a
/// file is offered with its signature at once: no "none" request and no probe, two round trips
/// less. (libssh does probe the agent's keys.)
/// The agent is talked to on a helper thread, since it may wait for the user's touch.
/// `timeout` does not run while the user is asked something.
/// Errors: kAuthentication, which names all that was tried; kTimeout; kDisconnected.
[[nodiscard]] Task<Result<>> authenticate(std::shared_ptr<SshCore> core, Target target,
                                          KeyRing& keys, BlockingPool& pool,
                                          std::chrono::milliseconds timeout);

}  // namespace gannet::controller
