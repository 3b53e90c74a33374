// What a host's own words say about a change whose end nobody saw.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "protocol/messages.h"

namespace gannet::controller {

enum class Truth : std::uint8_t {
  kCommitted,     ///< the releases are in force
  kPending,       ///< still under way, or healthy and waiting for the commit
  kRestored,      ///< put back and healthy
  kRestoredSick,  ///< put back, but what is there is not healthy
  kBefore,        ///< no trace of it: the host is as it was
};

/// `recovered`: what the agent did when it started, from its answer to hello.
[[nodiscard]] Truth judge(const protocol::StatusReply& status,
                          const std::optional<protocol::Recovery>& recovered,
                          const std::string& transaction,
                          std::span<const protocol::Release> releases);

/// The recovery of this transaction, if the host tells of one.
[[nodiscard]] const protocol::Recovery* recovery_of(
    const protocol::StatusReply& status, const std::optional<protocol::Recovery>& recovered,
    const std::string& transaction);

/// The time of day here at which `when` will be: "14:05:09".
[[nodiscard]] std::string time_of_day(SteadyTime when);

}  // namespace gannet::controller
