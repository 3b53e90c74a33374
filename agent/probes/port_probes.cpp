#include "agent/probes/port_probes.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "agent/probes/finding.h"
#include "agent/probes/listeners.h"

namespace gannet::agent {
namespace {

constexpr std::uint32_t kMaxPort = 65'535;

PortProtocol protocol_of(const protocol::Check& check) {
  return check.pattern == "udp" ? PortProtocol::kUdp : PortProtocol::kTcp;
}

std::string port_name(const protocol::Check& check) {
  return (protocol_of(check) == PortProtocol::kUdp ? "UDP port " : "port ") +
         std::to_string(check.port);
}

std::optional<protocol::Finding> refuse_bad_port(const protocol::Check& check) {
  if (check.port >= 1 && check.port <= kMaxPort) return std::nullopt;
  return miss(check, std::to_string(check.port) + " is not a port", "name a port from 1 to 65535");
}

std::vector<Listener> listeners_of(const protocol::Check& check, const HostTree& tree) {
  return find_listeners(tree, static_cast<std::uint16_t>(check.port), protocol_of(check));
}

void add_owner(protocol::Finding& finding, const Listener& owner) {
  add_value(finding, "address", owner.address);
  add_value(finding, "uid", owner.uid);
  if (owner.pid == 0) return;
  add_value(finding, "pid", owner.pid);
  add_value(finding, "process", owner.command);
  if (!owner.unit.empty()) add_value(finding, "unit", owner.unit);
  if (!owner.container.empty()) add_value(finding, "container", owner.container);
}

std::string hint_to_free(const protocol::Check& check, const Listener& owner) {
  if (!owner.container.empty()) {
    return "stop the container: docker stop " + owner.container.substr(0, 12) +
           ", or use another port";
  }
  if (!owner.unit.empty()) return "stop it: systemctl stop " + owner.unit + ", or use another port";
  if (owner.pid != 0) return "stop process " + std::to_string(owner.pid) + ", or use another port";
  return "see who it is: sudo ss -lnp sport = " + std::to_string(check.port);
}

}  // namespace

protocol::Finding probe_port_free(const protocol::Check& check, const HostTree& tree) {
  if (auto refused = refuse_bad_port(check)) return std::move(*refused);
  const std::vector<Listener> listeners = listeners_of(check, tree);
  if (listeners.empty()) return pass(check, port_name(check) + " is free");
  const auto stranger =
      std::find_if_not(listeners.begin(), listeners.end(),
                       [&](const Listener& listener) { return owned_by(listener, check.target); });
  const bool taken = stranger != listeners.end();
  const Listener& shown = taken ? *stranger : listeners.front();
  protocol::Finding finding =
      judge(check, taken,
            port_name(check) + (taken ? " is taken by " : " is held by its own service: ") +
                describe(shown),
            hint_to_free(check, shown));
  add_owner(finding, shown);
  return finding;
}

protocol::Finding probe_port_open(const protocol::Check& check, const HostTree& tree) {
  if (auto refused = refuse_bad_port(check)) return std::move(*refused);
  const std::vector<Listener> listeners = listeners_of(check, tree);
  if (listeners.empty()) {
    return miss(check, "nobody listens on " + port_name(check),
                check.target.empty() ? "start the service that should"
                                     : "is " + check.target + " running?");
  }
  const auto wanted =
      std::find_if(listeners.begin(), listeners.end(), [&](const Listener& listener) {
        return check.target.empty() || owned_by(listener, check.target);
      });
  const bool missed = wanted == listeners.end();
  const Listener& shown = missed ? listeners.front() : *wanted;
  protocol::Finding finding = judge(
      check, missed, port_name(check) + " is served by " + describe(shown),
      shown.pid == 0 ? "let the agent run as root, so that it can see who listens: become: sudo"
                     : check.target + " should listen there: stop the other one");
  add_owner(finding, shown);
  return finding;
}

}  // namespace gannet::agent
