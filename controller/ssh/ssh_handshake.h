// From an address to an encrypted session whose host key is known to us: TCP, banner, key exchange.
#pragma once

#include <memory>
#include <string>

#include "controller/ssh/blocking_pool.h"
#include "controller/ssh/host_key.h"
#include "controller/ssh/ssh_core.h"
#include "controller/ssh/ssh_transport.h"
#include "controller/ssh/tcp_connect.h"

namespace gannet::controller {

struct Handshaken {
  std::shared_ptr<SshCore> core;
  HostKey host_key;  ///< proven to be the host's, but not yet compared with known_hosts
};

/// What a handshake needs beside the target.
struct HandshakeSettings {
  std::string key_exchange;
  std::string ciphers;
  std::string host_key_algorithms;
};

/// Errors: kUnreachable, kTimeout (names the phase), kDisconnected, kIo.
[[nodiscard]] Task<Result<Handshaken>> shake_hands(BlockingPool& pool, Resolver resolver,
                                                   Target target, ConnectTimeouts timeouts,
                                                   HandshakeSettings settings);

}  // namespace gannet::controller
