#include "base/error.h"

namespace gannet {

std::string_view to_string(Code code) {
  // clang-format off
  switch (code) {
    case Code::kInternal: return "internal";
    case Code::kInvalidInput: return "invalid-input";
    case Code::kNotFound: return "not-found";
    case Code::kUnsupported: return "unsupported";
    case Code::kInterrupted: return "interrupted";
    case Code::kIo: return "io";
    case Code::kUnreachable: return "unreachable";
    case Code::kTimeout: return "timeout";
    case Code::kAuthentication: return "authentication";
    case Code::kHostKeyUnknown: return "host-key-unknown";
    case Code::kHostKeyChanged: return "host-key-changed";
    case Code::kDisconnected: return "disconnected";
    case Code::kBadFrame: return "bad-frame";
    case Code::kFrameTooLarge: return "frame-too-large";
    case Code::kBadMessage: return "bad-message";
    case Code::kVersionMismatch: return "version-mismatch";
    case Code::kNoAgent: return "no-agent";
    case Code::kRemoteIo: return "remote-io";
    case Code::kCommandFailed: return "command-failed";
    case Code::kUnhealthy: return "unhealthy";
    case Code::kNoSpace: return "no-space";
    case Code::kPermission: return "permission";
    case Code::kPreflight: return "preflight";
    case Code::kReadOnly: return "read-only";
    case Code::kLocked: return "locked";
    case Code::kConflict: return "conflict";
    case Code::kCorrupt: return "corrupt";
    case Code::kRestoreFailed: return "restore-failed";
  }
  // clang-format on
  return "unknown";  // a number that a newer peer sent
}

}  // namespace gannet
