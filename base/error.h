#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gannet {

/// What kind of thing went wrong, grouped by the reaction it asks for.
/// Stable numbers: they travel on the wire and stand in JSON output. Append only, never renumber.
enum class Code : std::uint16_t {
  // 1-9: report it.
  kInternal = 1,      ///< a bug in gannet
  kInvalidInput = 2,  ///< a file, option or value that the user can correct
  kNotFound = 3,
  kUnsupported = 4,  ///< the other side does not know this request or feature
  kInterrupted = 5,  ///< the user pressed ^C
  kIo = 6,           ///< a system call failed on the controller's own files

  // 10-19: the host cannot be reached; reconnect, skip or ask.
  kUnreachable = 10,
  kTimeout = 11,
  kAuthentication = 12,
  kHostKeyUnknown = 13,
  kHostKeyChanged = 14,
  kDisconnected = 15,

  // 20-29: the bytes make no sense; close the link, never retry on it.
  kBadFrame = 20,
  kFrameTooLarge = 21,
  kBadMessage = 22,
  kVersionMismatch = 23,
  kNoAgent = 24,  ///< what answered was not an agent

  // 30-39: an action on the host failed; what was changed has to be put back.
  kRemoteIo = 30,
  kCommandFailed = 31,
  kUnhealthy = 32,
  kNoSpace = 33,
  kPermission = 34,
  kPreflight = 35,
  kReadOnly = 36,

  // 40-49: somebody else is there; wait or ask.
  kLocked = 40,
  kConflict = 41,

  // 50-59: stop, a human has to look.
  kCorrupt = 50,
  kRestoreFailed = 51,
};

/// Stable lower-case name of a code, for JSON output and logs, e.g. "host-key-changed".
[[nodiscard]] std::string_view to_string(Code code);

/// What went wrong, where, and what to do next.
struct Error {
  Code code = Code::kInternal;
  std::string context;  ///< outermost place first, cause last: "pi-3: write /etc/x: No space left"
  std::string hint;     ///< one thing to do; may be empty

  /// Returns this error with `where` and ": " put in front of the context.
  [[nodiscard]] Error in(std::string_view where) && {
    context.insert(0, ": ").insert(0, where);
    return std::move(*this);
  }
};

}  // namespace gannet
