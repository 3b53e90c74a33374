// The agents that gannet can put on hosts: one static program per architecture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace gannet::controller {

/// One agent file. Its content is read once, when it is found.
struct AgentBinary {
  std::string arch;  ///< "x86_64", "aarch64", "armv7l", "armv6l", "i686": as `uname -m` says
  std::filesystem::path file;
  Digest digest;
  std::uint64_t size = 0;  ///< bytes
};

/// Finds agents named `gannet-agent-<arch>` or `gannet-agent` (whose ELF header tells what it is).
/// Debian's names (amd64, arm64, armhf, armel, i386) mean the same.
class AgentBinaries {
 public:
  /// Looks in $GANNET_AGENT_DIR when that is set, else beside this program, in ../agent (build
  /// tree) and in ../lib/gannet. Errors: as find().
  [[nodiscard]] static Result<AgentBinaries> locate();

  /// Looks in `folders`; the first that has an architecture wins. Errors: kNotFound when there is
  /// no agent in any of them, naming them; kIo when one cannot be read.
  [[nodiscard]] static Result<AgentBinaries> find(std::vector<std::filesystem::path> folders);

  [[nodiscard]] const std::vector<AgentBinary>& all() const { return agents_; }

  /// The agent for what `uname -m` says. Errors: kNotFound naming the file that is missing and
  /// where it was looked for.
  [[nodiscard]] Result<const AgentBinary*> for_machine(std::string_view machine) const;

  /// The whole content of an agent of all(); read once. Errors: kIo, kConflict when it changed
  /// since it was found.
  [[nodiscard]] Result<std::shared_ptr<const std::string>> content(const AgentBinary& agent) const;

  /// What `uname -m` may say on hosts that run agents of `arch`: "armv7l" -> "armv7l", "armv8l".
  [[nodiscard]] static std::vector<std::string> machines_of(std::string_view arch);

 private:
  std::vector<std::filesystem::path> folders_;
  std::vector<AgentBinary> agents_;
  mutable std::map<Digest, std::shared_ptr<const std::string>> contents_;  ///< read so far
};

}  // namespace gannet::controller
