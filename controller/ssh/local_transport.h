// "Hosts" on this machine: commands run through /bin/sh, with pipes instead of SSH.
#pragma once

#include <map>
#include <string>

#include "controller/ssh/transport.h"

namespace gannet::controller {

struct LocalTransportOptions {
  std::map<std::string, std::string> environment;  ///< added to this process's, for the commands
};

/// Every session is this machine, whatever the target says. For tests and --local.
///
/// A command lives as one over SSH does: it sees the end of its input when its channel goes, and
/// is not killed. Errors: exec kIo when no process can be made; the rest as Channel says.
class LocalTransport final : public Transport {
 public:
  explicit LocalTransport(LocalTransportOptions options = {}) : options_(std::move(options)) {}

  [[nodiscard]] Task<Result<std::unique_ptr<Session>>> connect(Target target,
                                                               ConnectTimeouts timeouts) override;

 private:
  LocalTransportOptions options_;
};

}  // namespace gannet::controller
