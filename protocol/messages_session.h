// Messages that open a link, report what goes on, and ask for checks. See protocol/messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "protocol/check.h"
#include "protocol/wire.h"

namespace gannet::protocol {

// ---- hello ----------------------------------------------------------------------------------

/// First frame of the controller.
struct Hello {
  std::uint32_t min_version = 0;
  std::uint32_t max_version = 0;
  std::vector<std::string> features;
  std::string build;         ///< version of the controller
  std::int64_t wall_ms = 0;  ///< controller's clock, UTC milliseconds since 1970
  std::string who;           ///< user@host that drives this session
  std::string run;           ///< id of the run; may be empty (ad-hoc commands)
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// What the agent knows about its host without being asked.
struct Facts {
  std::string hostname;
  std::string os_id;       ///< ID of /etc/os-release: "debian"
  std::string os_version;  ///< VERSION_ID
  std::string os_name;     ///< PRETTY_NAME
  std::string kernel;      ///< uname -r
  std::string arch;        ///< uname -m
  std::string model;       ///< device tree model, "Raspberry Pi 4 Model B Rev 1.4"; may be empty
  std::string boot_id;     ///< /proc/sys/kernel/random/boot_id
  std::uint32_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint32_t uid = 0;
  std::string user;  ///< from /etc/passwd; the number as text when not there
  std::string home;
  std::string state_dir;  ///< where this agent keeps its state
  std::string init;       ///< "systemd" or comm of process 1
  std::uint64_t uptime_s = 0;
  /// What programs here are made for: `arch`, or "armv7l" and the like beneath a 64-bit kernel.
  std::string userland{};
  friend bool operator==(const Facts&, const Facts&) = default;
};

/// How the last unfinished transaction ended when nobody watched; see docs/recovery.md.
struct Recovery {
  std::string transaction;
  std::string run;
  std::string reason;        ///< "watchdog expired", "agent was killed", "host rebooted"
  std::int64_t when_ms = 0;  ///< UTC
  std::vector<std::string> services;
  bool healthy = true;  ///< the restored state passed its checks
  std::string detail;   ///< first problem met, when not
  friend bool operator==(const Recovery&, const Recovery&) = default;
};

/// Answer to Hello.
struct HelloReply {
  std::uint32_t version = 0;
  std::vector<std::string> features;
  std::string build;
  std::int64_t wall_ms = 0;  ///< host's clock when answering
  Facts facts;
  std::optional<Recovery> recovered;  ///< set when this very start finished a recovery
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};

// ---- check ----------------------------------------------------------------------------------

struct CheckRequest {
  std::vector<Check> checks;
  std::int64_t wall_ms = 0;  ///< controller's clock when sending, for CheckKind::kClock
  friend bool operator==(const CheckRequest&, const CheckRequest&) = default;
};

struct CheckReply {
  std::vector<Finding> findings;  ///< one per check, same order
  friend bool operator==(const CheckReply&, const CheckReply&) = default;
};

// ---- agent -> controller --------------------------------------------------------------------

enum class EventKind : std::uint16_t {
  kStep = 1,    ///< text: "snapshot", "write 12 files", "health 2/3 s"
  kStdout = 2,  ///< data of a command
  kStderr = 3,
  kArmed = 4,  ///< the watchdog is set; value: milliseconds it has
};

struct Event {
  EventKind kind = EventKind::kStep;
  std::string service;  ///< empty: the host as a whole
  std::string text;     ///< raw bytes for kStdout and kStderr
  std::uint64_t value = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

struct ErrorMessage {
  Code code = Code::kInternal;
  std::string context;
  std::string hint;
  friend bool operator==(const ErrorMessage&, const ErrorMessage&) = default;
};

}  // namespace gannet::protocol
