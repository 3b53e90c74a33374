// Deciding whether a host is the one it says it is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "controller/ssh/host_key.h"
#include "controller/ssh/known_hosts.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

/// Host key algorithms to offer, best first, as libssh wants them ("a,b,c"): those of the key
/// types in `preferred` before the others, as OpenSSH does, so that a host with several keys shows
/// one that is known.
[[nodiscard]] std::string host_key_algorithms(std::span<const std::string> preferred);

/// The exact text and the fix for every answer but kTrusted.
/// Errors: kHostKeyUnknown, kHostKeyChanged (also for a revoked key).
[[nodiscard]] Result<> accept_host_key(const Target& target, const HostKey& key,
                                       const KnownHosts::Answer& answer);

}  // namespace gannet::controller
