// Hosts that refuse, hang, are full, lie about who they are, or talk too much: each costs only
// itself and says exactly why.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"
#include "tests/support/tcp_servers.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;

/// Fills the small disk of h4 before the first file is written, past every pre-flight.
std::string fill_disk_hook() {
  return "    before: \"if [ -e {{var.root}}/etc/small ]; then cat /dev/zero > "
         "{{var.root}}/etc/fill 2>/dev/null; true; fi\"\n";
}

/// h1 refuses connections, h2 accepts them and says nothing, h3 hangs after the login, h4 has a
/// disk that fills up, h5 shows another host key than before; h6 and h7 are well.
class FiveSickHosts : public testing::Test {
 protected:
  FiveSickHosts() : fleet_({.hosts = 7, .session_scripts = true, .own_host_keys = true}) {
    fleet_.host(0).address = fleet_.host(1).address = "127.0.0.1";
    fleet_.host(0).port = refused_.port();
    fleet_.host(1).port = silent_.port();
    fleet_.host(2).set_session_script("exec sleep 1000");
    std::string known = fleet_.known_hosts();
    const std::string theirs = fleet_.host(4).server->host_key();
    known.replace(known.find(theirs), theirs.size(), fleet_.host(5).server->host_key());
    fleet_.write_known_hosts(known);
    fleet_.write_inventory();
    fleet_.write_project(std::string(kContinue) +
                         web_service(noise(8192, 1).substr(0, 8000), fill_disk_hook()));
  }

  /// False where this machine does not allow a small disk.
  bool make_disk_small() {
    const std::string etc = fleet_.host(3).root / "etc";
    fs::create_directories(etc);
    const std::string script = small_disk_in_session(etc, "256k");
    const auto at = script.find(" && eval");
    if (script.empty()) return false;
    fleet_.host(3).set_session_script(script.substr(0, at) + " && touch " + etc + "/small" +
                                      script.substr(at));
    return true;
  }

  RefusedPort refused_;
  BadServer silent_{BadServer::Manner::kSilent};
  Fleet fleet_;
};

TEST_F(FiveSickHosts, FailForFiveExactReasonsAndTheOthersFinishInTime) {
  if (!make_disk_small()) GTEST_SKIP() << "no mount namespaces here: no full disk can be made";

  const Output run = fleet_.json({"deploy", "-y", "--timeout", "3s"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_LT(run.elapsed, std::chrono::seconds(45));
  EXPECT_EQ(outcome(run, "h1"), "unreachable");
  EXPECT_THAT(reason(run, "h1"), HasSubstr("refused"));
  EXPECT_EQ(outcome(run, "h2"), "unreachable");
  EXPECT_THAT(reason(run, "h2"), AnyOf(HasSubstr("no answer"), HasSubstr("said nothing"),
                                       HasSubstr("banner"), HasSubstr("handshake")));
  EXPECT_EQ(outcome(run, "h3"), "unreachable");
  EXPECT_THAT(reason(run, "h3"), HasSubstr("agent"));
  EXPECT_EQ(outcome(run, "h4"), "rolled-back");
  EXPECT_THAT(reason(run, "h4"), HasSubstr("No space left on device"));
  EXPECT_EQ(outcome(run, "h5"), "unreachable");
  EXPECT_THAT(reason(run, "h5"), HasSubstr("host key"));
  EXPECT_THAT(reason(run, "h5"), HasSubstr("changed"));
  for (const std::size_t well : {5U, 6U}) {
    EXPECT_EQ(outcome(run, fleet_.host(well).name), "deployed");
    EXPECT_TRUE(fleet_.host(well).has("etc/app.conf"));
  }
  for (const std::size_t sick : {0U, 1U, 2U, 3U, 4U}) {
    EXPECT_THAT(fleet_.host(sick).tree(), testing::IsEmpty());
  }
}

TEST(SickHosts, OneThatIsOffStopsNobodyElse) {
  Fleet fleet({.hosts = 3});
  fleet.host(0).server->stop();
  fleet.write_project("strategy: { canary: 1, batch: 1, watchdog: 60s }\n" + web_service("one"));

  const Output run = fleet.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 4) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "unreachable");
  for (const std::size_t well : {1U, 2U}) {
    EXPECT_EQ(outcome(run, fleet.host(well).name), "deployed");
    EXPECT_EQ(fleet.host(well).read("etc/app.conf"), "one\n");
  }
}

TEST(SickHosts, UnknownHostKeyIsRefusedUntilTrusted) {
  Fleet fleet({.hosts = 2});
  fleet.write_project(std::string(kOneWave) + web_service("one"));
  fleet.write_known_hosts("");

  const Output refused = fleet.json({"deploy", "-y"});
  EXPECT_EQ(refused.exit_code, 4) << refused.all();
  EXPECT_THAT(reason(refused, "h1"), HasSubstr("gannet inventory trust"));
  EXPECT_THAT(fleet.host(0).tree(), testing::IsEmpty());
  EXPECT_EQ(fleet.known_hosts(), "");

  const Output trust = fleet.run({"inventory", "trust", "-y"});
  EXPECT_EQ(trust.exit_code, 0) << trust.all();
  const Output run = fleet.json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
}

TEST(SickHosts, KeyThatCannotBeWrittenDownIsNotCalledGood) {
  Fleet fleet({.hosts = 2});
  std::string hosts = "defaults: { ssh: { known_hosts: no/such/folder/known_hosts } }\nhosts:\n";
  for (const auto& host : fleet.hosts())
    hosts += "  " + host.name + ": { address: " + host.address +
             ", ssh: { port: " + std::to_string(host.port) + " } }\n";
  fleet.write("inventory.yaml", hosts);

  const Output trust = fleet.run({"inventory", "trust", "-y"});

  EXPECT_EQ(trust.exit_code, 1) << trust.all();
  EXPECT_THAT(trust.out, HasSubstr("2 hosts: 2 failed in"));
  EXPECT_THAT(trust.err, HasSubstr("error: h1, h2 (2 hosts): "));
  EXPECT_THAT(trust.err, HasSubstr("no/such/folder"));
}

TEST(SickHosts, LargeKnownHostsFileWithHashedNamesIsUnderstood) {
  Fleet fleet({.hosts = 20, .own_host_keys = true});
  std::string others;
  const std::string key = fleet.host(0).server->host_key();
  for (int i = 0; i < 5000 - 20; ++i) {
    others += "10." + std::to_string(i / 250) + ".7." + std::to_string(i % 250) + " " + key + "\n";
  }
  fleet.write_known_hosts(others + fleet.known_hosts());
  run_command({"ssh-keygen", "-q", "-H", "-f", fleet.known_hosts_file()});
  ASSERT_THAT(fleet.known_hosts(), testing::Not(HasSubstr("127.0")));

  const Output run = fleet.json({"exec", "--", "true"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
}

class TalkativeProfile : public testing::Test {
 protected:
  TalkativeProfile() : fleet_({.hosts = 2, .session_scripts = true}) {
    fleet_.write_project(std::string(kContinue) + web_service("one"));
  }
  FleetHost& host() { return fleet_.host(0); }

  Fleet fleet_;
};

TEST_F(TalkativeProfile, OneMebibyteOfNoiseBeforeTheAgentSpeaksIsSkipped) {
  write_file(host().dir / "noise", noise(1024UL * 1024UL, 5));
  host().set_session_script("cat " + (host().dir / "noise").string());

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(host().read("etc/app.conf"), "one\n");
}

TEST_F(TalkativeProfile, ThatExitsIsNamedWithWhatItSaid) {
  host().set_session_script("echo 'This account is not available.'; exit 1");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_THAT(run.exit_code, AnyOf(1, 4)) << run.all();
  EXPECT_THAT(outcome(run, "h1"), AnyOf("unreachable", "failed"));
  EXPECT_THAT(reason(run, "h1"), HasSubstr("This account is not available."));
  EXPECT_THAT(host().tree(), testing::IsEmpty());
  EXPECT_EQ(outcome(run, "h2"), "deployed");
}

TEST_F(TalkativeProfile, NoexecStateFolderIsNamedWithTheFix) {
  fs::create_directories(host().state);
  const std::string script = remount_in_session(host().state, "noexec");
  if (script.empty()) GTEST_SKIP() << "no mount namespaces here: noexec cannot be shown";
  host().set_session_script(script);

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_THAT(run.exit_code, AnyOf(1, 4)) << run.all();
  EXPECT_THAT(reason(run, "h1"), HasSubstr("noexec"));
  EXPECT_THAT(reason(run, "h1"), HasSubstr("state_dir"));
  EXPECT_THAT(host().tree(), testing::IsEmpty());
  EXPECT_EQ(outcome(run, "h2"), "deployed");
}

}  // namespace
}  // namespace gannet::test
