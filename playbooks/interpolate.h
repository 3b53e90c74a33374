// ${VAR} in gannet.yaml and in env files.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace gannet::playbooks {

/// Longest result, so that variables that double each other end somewhere.
inline constexpr std::size_t kMaxInterpolated = 10'000'000;  // bytes

/// The value of a variable, or nullopt when it is not set.
using VariableLookup = std::function<std::optional<std::string>(std::string_view name)>;

/// kBraces: only ${NAME} is replaced, $NAME stays for the shell. kNames: $NAME too (env files).
enum class DollarStyle { kBraces, kNames };

struct InterpolationProblem {
  std::size_t offset = 0;  ///< of the "$" in the text
  std::string variable;    ///< that is not set; empty for other mistakes
  std::string message;     ///< without the name of a file
  bool braces = true;      ///< written ${NAME}, not $NAME
};

/// Replaces ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?message}, ${NAME?message},
/// ${NAME:+other}, ${NAME+other} (the forms with ":" also when the value is empty) and $$ (one $).
/// Defaults and messages may hold variables themselves. A variable that is not set is a problem.
[[nodiscard]] tl::expected<std::string, InterpolationProblem> interpolate(
    std::string_view text, const VariableLookup& lookup, DollarStyle style);

}  // namespace gannet::playbooks
