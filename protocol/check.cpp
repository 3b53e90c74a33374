#include "protocol/check.h"

#include "protocol/field_codec.h"

namespace gannet::protocol {

GANNET_MESSAGE_FIELDS(Pair, field(1, "key", &Pair::first), field(2, "value", &Pair::second))

GANNET_MESSAGE(Check, field(1, "kind", &Check::kind), field(2, "name", &Check::name),
               field(3, "target", &Check::target), field(4, "pattern", &Check::pattern),
               field(5, "port", &Check::port), field(6, "expect", &Check::expect),
               field(7, "min_bytes", &Check::min_bytes), field(8, "min_count", &Check::min_count),
               field(9, "max_value", &Check::max_value),
               field(10, "timeout_ms", &Check::timeout_ms),
               field(11, "warn_only", &Check::warn_only))

GANNET_MESSAGE(Finding, field(1, "kind", &Finding::kind), field(2, "name", &Finding::name),
               field(3, "severity", &Finding::severity), field(4, "message", &Finding::message),
               field(5, "hint", &Finding::hint), field(6, "values", &Finding::values))

std::string_view to_string(CheckKind kind) {
  // clang-format off
  switch (kind) {
    case CheckKind::kDisk: return "disk";
    case CheckKind::kMemory: return "memory";
    case CheckKind::kLoad: return "load";
    case CheckKind::kTemperature: return "temperature";
    case CheckKind::kThrottling: return "throttling";
    case CheckKind::kClock: return "clock";
    case CheckKind::kPortFree: return "port-free";
    case CheckKind::kPortOpen: return "port-open";
    case CheckKind::kUnit: return "unit";
    case CheckKind::kHttp: return "http";
    case CheckKind::kTcp: return "tcp";
    case CheckKind::kFile: return "file";
    case CheckKind::kProcess: return "process";
    case CheckKind::kCommand: return "command";
    case CheckKind::kWritable: return "writable";
    case CheckKind::kCompose: return "compose";
    case CheckKind::kCaddy: return "caddy";
    case CheckKind::kReboot: return "reboot";
  }
  // clang-format on
  return "unknown";  // a number that a newer peer sent
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kPass:
      return "pass";
    case Severity::kWarn:
      return "warn";
    case Severity::kFail:
      return "fail";
  }
  return "unknown";
}

}  // namespace gannet::protocol
