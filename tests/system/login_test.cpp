// Logging in and becoming root with passwords: real PAM, real sudo, and somebody at a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kPassword = "correct horse $1";
constexpr const char* kAskPassword = "password for deploy";
constexpr const char* kAskSudo = "password of sudo on the hosts";

class Login : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override { return {{}, {}}; }

  void prepare() override {
    for (const Machine& machine : fleet().machines()) {
      machine.sh("useradd -m -s /bin/bash deploy");
      machine.write("/root/password", std::string("deploy:") + kPassword + "\n", 0600);
      machine.sh("chpasswd < /root/password");
      machine.write("/etc/sudoers.d/deploy", "deploy ALL=(ALL) ALL\n", 0440);
    }
  }

  /// sshd takes only this, "PasswordAuthentication", beside keys that deploy has not.
  void allow(const std::string& method) {
    for (const Machine& machine : fleet().machines()) {
      machine.write("/etc/ssh/sshd_config.d/0-login.conf", method + " yes\n");
      machine.sh("systemctl restart ssh");
    }
  }

  void log_in_as_deploy(const std::string& become) {
    const std::string lines = "ssh: { user: deploy, become: " + become + " }";
    fleet().write_inventory({{"h1", lines}, {"h2", lines}});
  }

  /// gannet on a terminal; `question` is asked once for both hosts and answered with `answer`.
  std::unique_ptr<TerminalProcess> answered(const std::vector<std::string>& arguments,
                                            const std::string& question,
                                            const std::string& answer) {
    auto gannet = fleet().start_on_terminal(arguments);
    gannet->wait_for(question);
    gannet->type(answer);
    return gannet;
  }
};

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(Login, PasswordIsAskedOnceForTheFleetAndNeverShown) {
  allow("PasswordAuthentication");
  log_in_as_deploy("none");

  const auto gannet =
      answered({"--ask-password", "exec", "--", "id", "-un"}, kAskPassword, kPassword);
  EXPECT_EQ(gannet->wait(), 0) << gannet->screen();
  EXPECT_THAT(gannet->screen(), HasSubstr("2 hosts"));
  EXPECT_THAT(gannet->screen(), HasSubstr("deploy\r\n"));
  EXPECT_EQ(count_of(gannet->screen(), kAskPassword), 1U) << gannet->screen();
  EXPECT_THAT(gannet->screen(), Not(HasSubstr(kPassword)));
}

TEST_F(Login, KeyboardInteractiveAnswersThePasswordQuestion) {
  allow("KbdInteractiveAuthentication");
  log_in_as_deploy("none");

  const auto gannet =
      answered({"--ask-password", "exec", "--", "id", "-un"}, kAskPassword, kPassword);
  EXPECT_EQ(gannet->wait(), 0) << gannet->screen();
  EXPECT_EQ(count_of(gannet->screen(), kAskPassword), 1U) << gannet->screen();
}

TEST_F(Login, WrongPasswordIsAReasonOfEachHost) {
  allow("PasswordAuthentication");
  log_in_as_deploy("none");

  const auto gannet = answered({"--ask-password", "exec", "--", "true"}, kAskPassword, "wrong");
  EXPECT_EQ(gannet->wait(), 4) << gannet->screen();
  EXPECT_THAT(gannet->screen(), HasSubstr("deploy"));
  EXPECT_THAT(gannet->screen(), HasSubstr("2 unreachable"));
}

TEST_F(Login, PasswordIsNotTriedUnlessItIsAllowed) {
  allow("PasswordAuthentication");
  log_in_as_deploy("none");

  const Output refused = fleet().run({"exec", "--", "true"});
  EXPECT_EQ(refused.exit_code, 4) << refused.all();
  EXPECT_THAT(refused.all(), HasSubstr("--ask-password"));
}

TEST_F(Login, SudoPasswordIsAskedOnceAndAWrongOneIsSaid) {
  for (const Machine& machine : fleet().machines()) {
    machine.sh("cp -r /root/.ssh /home/deploy/ && chown -R deploy: /home/deploy/.ssh");
  }
  log_in_as_deploy("sudo");

  const auto root = answered({"-K", "exec", "--", "id", "-un"}, kAskSudo, kPassword);
  EXPECT_EQ(root->wait(), 0) << root->screen();
  EXPECT_THAT(root->screen(), HasSubstr("root\r\n"));
  EXPECT_EQ(count_of(root->screen(), kAskSudo), 1U) << root->screen();
  EXPECT_THAT(root->screen(), Not(HasSubstr(kPassword)));

  const auto wrong = answered({"-K", "exec", "--", "id", "-un"}, kAskSudo, "wrong");
  EXPECT_NE(wrong->wait(), 0) << wrong->screen();
  EXPECT_THAT(wrong->screen(), HasSubstr("sudo"));
  EXPECT_THAT(wrong->screen(), Not(HasSubstr("root\r\n")));

  const Output without = fleet().run({"exec", "--", "true"});
  EXPECT_NE(without.exit_code, 0) << without.all();
  EXPECT_THAT(without.all(), HasSubstr("--ask-become-password"));
}

}  // namespace
}  // namespace gannet::test
