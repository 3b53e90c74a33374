// Checks that the agent runs on a host, and what it found. Used by pre-flight and health gates.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::protocol {

enum class CheckKind : std::uint16_t {
  kDisk = 1,         ///< target: path. Fails when free bytes < min_bytes or inodes < min_count
  kMemory = 2,       ///< available memory >= min_bytes
  kLoad = 3,         ///< 1-minute load per core <= max_value (hundredths: 150 = 1.50)
  kTemperature = 4,  ///< hottest thermal zone <= max_value (hundredths of a degree Celsius)
  kThrottling = 5,   ///< Raspberry Pi firmware flags: under-voltage, capped, throttled
  kClock = 6,        ///< |host clock - controller clock| <= max_value (milliseconds)
  kPortFree = 7,     ///< port: nobody listens on it, or only `target` (a unit or process name) does
  kPortOpen = 8,     ///< port: somebody on this host listens on it; target: expected owner or ""
  kUnit = 9,         ///< target: systemd unit that must be active
  kHttp = 10,        ///< target: http URL; expect: status code; pattern: text the body must hold
  kTcp = 11,         ///< target: numeric address or "localhost"; port: must accept
  kFile = 12,        ///< target: path must exist; pattern: text it must hold
  kProcess = 13,     ///< target: name (comm) or absolute path of a running executable
  kCommand = 14,     ///< target: shell command that must exit with `expect` (default 0)
  kWritable = 15,    ///< target: path whose file system must accept writes from the agent
  // Never asked for, only found by the agent itself:
  kCompose = 16,  ///< a Compose project: its images and containers
  kCaddy = 17,    ///< a Caddy site
  kReboot = 18,   ///< a restart of the host
};

/// One question. Fields that a kind does not use stay at their defaults.
struct Check {
  CheckKind kind = CheckKind::kDisk;
  std::string name;     ///< label in reports; default made by the controller: "disk /var"
  std::string target;   ///< path, URL, address, unit, process or command
  std::string pattern;  ///< substring; may be empty
  std::uint32_t port = 0;
  std::int64_t expect = 0;
  std::uint64_t min_bytes = 0;
  std::uint64_t min_count = 0;
  std::uint64_t max_value = 0;
  std::uint64_t timeout_ms = 5'000;  ///< for one attempt
  bool warn_only = false;            ///< a miss is a warning, not a failure

  friend bool operator==(const Check&, const Check&) = default;
};

enum class Severity : std::uint16_t { kPass = 1, kWarn = 2, kFail = 3 };

/// The answer to one check.
struct Finding {
  CheckKind kind = CheckKind::kDisk;
  std::string name;  ///< the check's
  Severity severity = Severity::kPass;
  std::string message;  ///< the measured fact: "412 MiB free of 29 GiB on /var"
  std::string hint;     ///< what to do when not passed: "free 100 MiB ... "
  std::vector<std::pair<std::string, std::string>> values;  ///< measured, for JSON: {"pid","812"}

  friend bool operator==(const Finding&, const Finding&) = default;
};

[[nodiscard]] Bytes encode(const Check& check);
template <>
Result<Check> decode<Check>(std::span<const std::byte> payload);
[[nodiscard]] Bytes encode(const Finding& finding);
template <>
Result<Finding> decode<Finding>(std::span<const std::byte> payload);

/// "disk", "port-free", ...: the vocabulary of gannet.yaml, reports and JSON.
[[nodiscard]] std::string_view to_string(CheckKind kind);
[[nodiscard]] std::string_view to_string(Severity severity);  ///< "pass", "warn", "fail"

}  // namespace gannet::protocol
