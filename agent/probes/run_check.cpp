#include "agent/probes/run_check.h"

#include <functional>

#include "agent/probes/file_probes.h"
#include "agent/probes/finding.h"
#include "agent/probes/net_probes.h"
#include "agent/probes/pi_probes.h"
#include "agent/probes/port_probes.h"
#include "agent/probes/process_probes.h"
#include "agent/probes/resource_probes.h"
#include "agent/system/isolated.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::Check;
using protocol::CheckKind;
using protocol::Finding;

/// Probes that touch files of any mount: one that hangs must not take the agent with it.
Finding isolated(const Check& check, const ProbeContext& context,
                 Finding (*probe)(const Check& check)) {
  const auto limit = attempt_limit(check);
  auto answer =
      run_isolated(limit, context.progress, [&] { return protocol::encode(probe(check)); });
  if (!answer) return miss(check, answer.error().context, "look at the host's kernel log: dmesg");
  if (!*answer) {
    return miss(check, check.target + " did not answer within " + format_duration(limit),
                "does a network mount hang? see: mount");
  }
  auto finding = protocol::decode<Finding>(**answer);
  if (!finding) return miss(check, finding.error().context, "look at the host's kernel log: dmesg");
  return std::move(*finding);
}

}  // namespace

Finding run_check(const Check& check, const ProbeContext& context) {
  if (context.progress.stop_requested()) return miss(check, "cancelled", "run the check again");
  switch (check.kind) {
    case CheckKind::kDisk:
      return isolated(check, context, probe_disk);
    case CheckKind::kMemory:
      return probe_memory(check, context.tree);
    case CheckKind::kLoad:
      return probe_load(check, context.tree);
    case CheckKind::kTemperature:
      return probe_temperature(check, context.tree);
    case CheckKind::kThrottling:
      return probe_throttling(check, context.tree);
    case CheckKind::kClock:
      return probe_clock(check, context);
    case CheckKind::kPortFree:
      return probe_port_free(check, context.tree);
    case CheckKind::kPortOpen:
      return probe_port_open(check, context.tree);
    case CheckKind::kUnit:
      return probe_unit(check, context);
    case CheckKind::kHttp:
      return probe_http(check, context);
    case CheckKind::kTcp:
      return probe_tcp(check, context);
    case CheckKind::kFile:
      return isolated(check, context, probe_file);
    case CheckKind::kProcess:
      return probe_process(check, context.tree);
    case CheckKind::kCommand:
      return probe_command(check, context);
    case CheckKind::kWritable:
      return isolated(check, context, probe_writable);
    case CheckKind::kCompose:
    case CheckKind::kCaddy:
    case CheckKind::kReboot:
      break;  // found by the agent itself, never asked for
  }
  return miss(
      check,
      "this agent does not know check " + std::to_string(static_cast<std::uint16_t>(check.kind)),
      "use an agent of the controller's version");
}

}  // namespace gannet::agent
