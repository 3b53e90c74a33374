#include <unistd.h>

#include <gtest/gtest.h>

#include "agent/probes/listeners.h"
#include "agent/probes/port_probes.h"
#include "tests/unit/agent_system/fake_peer.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

protocol::Finding on_pi(CheckKind kind, std::uint32_t port, const std::string& target = {},
                        const std::string& pattern = {}) {
  protocol::Check check = make_check(kind, target);
  check.port = port;
  check.pattern = pattern;
  return probe(check, pi4());
}

TEST(PortFreeProbe, PassesWhenNobodyListens) {
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 8080).message, "port 8080 is free");
  // 53 is the far end of a connection there, and a connected UDP socket has a port of its own.
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 53).severity, Severity::kPass);
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 0x8A2F, "", "udp").severity, Severity::kPass);
}

TEST(PortFreeProbe, NamesTheServiceThatHasIt) {
  const auto finding = on_pi(CheckKind::kPortFree, 80);
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "port 80 is taken by nginx (pid 1340, nginx.service)");
  EXPECT_EQ(finding.hint, "stop it: systemctl stop nginx.service, or use another port");
  EXPECT_EQ(value_of(finding, "pid"), "1340");
  EXPECT_EQ(value_of(finding, "process"), "nginx");
  EXPECT_EQ(value_of(finding, "unit"), "nginx.service");
  EXPECT_EQ(value_of(finding, "address"), "0.0.0.0");
}

TEST(PortFreeProbe, NamesTheContainerThatHasIt) {
  const auto finding = on_pi(CheckKind::kPortFree, 3000);
  EXPECT_EQ(finding.message, "port 3000 is taken by node (pid 1502, container 4f1c2d7be0a9)");
  EXPECT_EQ(finding.hint, "stop the container: docker stop 4f1c2d7be0a9, or use another port");
  EXPECT_EQ(value_of(finding, "address"), "127.0.0.1");
}

TEST(PortFreeProbe, SaysWhenTheOwnerCannotBeSeen) {
  const auto finding = on_pi(CheckKind::kPortFree, 5432);
  EXPECT_EQ(finding.message,
            "port 5432 is taken by a process of uid 112 that cannot be seen without root");
  EXPECT_EQ(value_of(finding, "address"), "::1");
  EXPECT_EQ(value_of(finding, "pid"), "(none)");
}

TEST(PortFreeProbe, PassesWhenItsOwnServiceHasIt) {
  for (const char* name : {"nginx", "nginx.service"}) {
    const auto finding = on_pi(CheckKind::kPortFree, 80, name);
    EXPECT_EQ(finding.severity, Severity::kPass);
    EXPECT_EQ(finding.message,
              "port 80 is held by its own service: nginx (pid 1340, nginx.service)");
  }
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 3000, "4f1c2d7be0a9").severity, Severity::kPass);
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 80, "caddy").severity, Severity::kFail);
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 3000, "4f1").severity, Severity::kFail);
}

TEST(PortFreeProbe, LooksAtUdpWhenAskedTo) {
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 5353).severity, Severity::kPass);
  EXPECT_EQ(on_pi(CheckKind::kPortFree, 5353, "", "udp").message,
            "UDP port 5353 is taken by a process of uid 104 that cannot be seen without root");
}

TEST(PortProbes, RefuseWhatIsNoPort) {
  for (const std::uint32_t port : {0U, 65'536U}) {
    EXPECT_EQ(on_pi(CheckKind::kPortFree, port).severity, Severity::kFail);
    EXPECT_EQ(on_pi(CheckKind::kPortOpen, port).message, std::to_string(port) + " is not a port");
  }
}

TEST(PortOpenProbe, PassesForAnyOrTheExpectedOwner) {
  EXPECT_EQ(on_pi(CheckKind::kPortOpen, 80).message,
            "port 80 is served by nginx (pid 1340, nginx.service)");
  EXPECT_EQ(on_pi(CheckKind::kPortOpen, 80, "nginx").severity, Severity::kPass);
}

TEST(PortOpenProbe, FailsForAnotherOwnerOrNone) {
  const auto other = on_pi(CheckKind::kPortOpen, 80, "caddy");
  EXPECT_EQ(other.severity, Severity::kFail);
  EXPECT_EQ(other.hint, "caddy should listen there: stop the other one");
  EXPECT_EQ(on_pi(CheckKind::kPortOpen, 8080, "caddy").message, "nobody listens on port 8080");
}

TEST(PortProbes, SeeThisVeryProcess) {
  const LoopbackPort port;
  protocol::Check check = make_check(CheckKind::kPortOpen);
  check.port = port.port();
  const auto finding = probe(check);
  EXPECT_EQ(finding.severity, Severity::kPass) << finding.message;
  EXPECT_EQ(value_of(finding, "pid"), std::to_string(::getpid()));
  EXPECT_EQ(value_of(finding, "process"), read_word("/proc/self/comm"));
  check.kind = CheckKind::kPortFree;
  EXPECT_EQ(probe(check).severity, Severity::kFail);
}

}  // namespace
}  // namespace gannet::agent
