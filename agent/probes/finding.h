// Builds findings. A probe states its fact first and says then whether that is good enough.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/check.h"

namespace gannet::agent {

/// A finding that passed.
[[nodiscard]] protocol::Finding pass(const protocol::Check& check, std::string message);

/// A finding that did not: a warning when the check is warn_only, else a failure.
[[nodiscard]] protocol::Finding miss(const protocol::Check& check, std::string message,
                                     std::string hint);

/// miss() when `missed`, else pass() without the hint.
[[nodiscard]] protocol::Finding judge(const protocol::Check& check, bool missed,
                                      std::string message, std::string hint);

/// A fact worth a warning whatever the check says.
[[nodiscard]] protocol::Finding warn(const protocol::Check& check, std::string message,
                                     std::string hint);

/// Adds a measured value for JSON output.
void add_value(protocol::Finding& finding, std::string key, std::string value);
void add_value(protocol::Finding& finding, std::string key, std::uint64_t value);

/// "3.07" for 307, "71" for 7100.
[[nodiscard]] std::string format_hundredths(std::uint64_t hundredths);

/// Time for one attempt: what the check says, 5 s for 0, at most 10 minutes.
[[nodiscard]] std::chrono::milliseconds attempt_limit(const protocol::Check& check);

}  // namespace gannet::agent
