// The test server itself, proven with OpenSSH's own client.
#include "tests/support/ssh_server.h"

#include <gtest/gtest.h>

namespace gannet::test {
namespace {

std::string run_ssh(const SshServer& server, const std::string& command) {
  const TempDir dir;
  write_file(dir / "known_hosts", server.known_hosts());
  return run_command({"ssh", "-F", "none", "-i", client_key(), "-o", "BatchMode=yes", "-o",
                      "UserKnownHostsFile=" + (dir / "known_hosts"), "-o", "IdentitiesOnly=yes",
                      "-p", std::to_string(server.port()), current_user() + "@" + server.address(),
                      command});
}

TEST(SshServer, RunsACommandWithTheGivenHomeAndEnvironment) {
  const TempDir home;
  write_file(home / ".bashrc", "echo profile\n");
  SshServerOptions options;
  options.home = home.path();
  options.environment["GANNET_TEST_X"] = "a value";
  const SshServer server(options);
  const std::string output = run_ssh(server, "echo \"$HOME,$GANNET_TEST_X\"");
  EXPECT_NE(output.find(home.path().string() + ",a value\n"), std::string::npos) << output;
}

TEST(SshServer, EndsWhatWasStartedInItsSessions) {
  const TempDir dir;
  {
    const SshServer server;
    run_ssh(server, "(setsid sh -c 'echo $$ > " + (dir / "pid") +
                        "; exec sleep 1000' </dev/null >/dev/null 2>&1 &)");
    wait_until("the detached program", [&] { return !read_file(dir / "pid").empty(); });
  }
  const std::string pid = read_file(dir / "pid");
  const std::string stat = "/proc/" + pid.substr(0, pid.find('\n')) + "/cmdline";
  wait_until("its end", [&] { return read_file(stat).find("sleep") == std::string::npos; });
}

TEST(SshServer, RestartsOnTheSamePortWithTheSameKey) {
  SshServer server;
  server.stop();
  EXPECT_THROW(run_ssh(server, "true"), std::runtime_error);
  server.restart();
  EXPECT_EQ(run_ssh(server, "echo back"), "back\n");
}

TEST(SshServer, StartsFiftyAtOnce) {
  const auto fleet = SshServer::start_fleet(50);
  EXPECT_EQ(run_ssh(*fleet.front(), "echo first"), "first\n");
  EXPECT_EQ(run_ssh(*fleet.back(), "echo last"), "last\n");
  EXPECT_NE(fleet.front()->address(), fleet.back()->address());
}

}  // namespace
}  // namespace gannet::test
