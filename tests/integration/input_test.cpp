// Mistakes in what the user wrote: exit 2, the place is named, and nobody is contacted.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"
#include "tests/support/tcp_servers.h"

namespace gannet::test {
namespace {

using testing::HasSubstr;

/// One host whose address is a listener that counts who calls.
class BadInput : public testing::Test {
 protected:
  BadInput() : fleet_({.hosts = 1}), listener_(BadServer::Manner::kClose) {
    fleet_.host(0).address = "127.0.0.1";
    fleet_.host(0).port = listener_.port();
    fleet_.host(0).labels = {{"role", "pi"}};
    fleet_.write_inventory();
    fleet_.write_project(std::string(kOneWave) + web_service("one"));
  }

  /// Runs the command and expects exit 2, `words` on stderr and no connection.
  void expect_refused(const std::vector<std::string>& arguments,
                      const std::vector<std::string>& words) {
    const Output run = fleet_.run(arguments);
    EXPECT_EQ(run.exit_code, 2) << run.all();
    for (const auto& word : words) EXPECT_THAT(run.err, HasSubstr(word));
    EXPECT_EQ(listener_.accepted(), 0);
  }

  Fleet fleet_;
  BadServer listener_;
};

TEST_F(BadInput, TheListenerDoesCountARealDeployment) {
  const Output run = fleet_.run({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 4) << run.all();
  EXPECT_GT(listener_.accepted(), 0);
}

TEST_F(BadInput, EmptySelection) { expect_refused({"deploy", "-y", "--on", "role=web"}, {"role"}); }

TEST_F(BadInput, UnknownSelectorKeyNamesTheNearest) {
  expect_refused({"deploy", "-y", "--on", "rol=pi"}, {"rol", "role"});
}

TEST_F(BadInput, MalformedSelector) {
  expect_refused({"deploy", "-y", "--on", "role=pi,,("}, {"^"});
}

TEST_F(BadInput, UnknownHostInSelection) { expect_refused({"check", "--on", "h9"}, {"h9"}); }

TEST_F(BadInput, UnknownServiceNamesTheNearest) {
  expect_refused({"deploy", "-y", "wbe"}, {"wbe", "web"});
}

TEST_F(BadInput, YamlError) {
  fleet_.write_project("services:\n  web: [unclosed\n");
  expect_refused({"deploy", "-y"}, {"gannet.yaml:"});
}

TEST_F(BadInput, UnknownKeyNamesTheNearest) {
  fleet_.write_project("services:\n  web:\n    fils: []\n");
  expect_refused({"deploy", "-y"}, {"gannet.yaml:5:", "fils", "files"});
}

TEST_F(BadInput, YamlErrorInTheInventory) {
  fleet_.write("inventory.yaml", "hosts:\n  h1: { adress: 127.0.0.1 }\n");
  expect_refused({"deploy", "-y"}, {"inventory.yaml:2:", "adress", "address"});
}

TEST_F(BadInput, MissingSourceFile) {
  fleet_.write_project(
      "services:\n  web:\n    files: [ { src: nowhere.conf, dest: /tmp/gannet-test/x } ]\n");
  expect_refused({"deploy", "-y"}, {"nowhere.conf", "gannet.yaml:5:"});
}

TEST_F(BadInput, UnsetVariable) {
  fleet_.write_project(
      "services:\n  web:\n    files: [ { content: \"x\", dest: \"/tmp/${NOT_SET_ANYWHERE}/x\" } ]"
      "\n");
  expect_refused({"deploy", "-y"}, {"NOT_SET_ANYWHERE", "gannet.yaml:5:"});
}

TEST_F(BadInput, MissingInventory) {
  fleet_.remove("inventory.yaml");
  expect_refused({"deploy", "-y"}, {"inventory.yaml"});
}

TEST_F(BadInput, MissingProject) {
  fleet_.remove("gannet.yaml");
  expect_refused({"deploy", "-y"}, {"gannet.yaml"});
}

TEST_F(BadInput, UnknownOption) { expect_refused({"deploy", "--no-such-option"}, {"no-such"}); }

TEST_F(BadInput, UnknownCommand) { expect_refused({"depoly"}, {"depoly"}); }

TEST_F(BadInput, UnknownEnvironment) {
  expect_refused({"deploy", "-y", "--env", "production"}, {"production"});
}

TEST_F(BadInput, DeployWithoutATerminalAndWithoutYes) { expect_refused({"deploy"}, {"-y"}); }

TEST_F(BadInput, ErrorsAreOneJsonObjectWhenAskedFor) {
  const Output run = fleet_.json({"deploy", "-y", "wbe"});
  EXPECT_EQ(run.exit_code, 2) << run.all();
  EXPECT_THAT(std::string(run.json().at("error").at("message")), HasSubstr("wbe"));
  EXPECT_EQ(listener_.accepted(), 0);
}

TEST_F(BadInput, ValidateContactsNobody) {
  const Output run = fleet_.run({"validate"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(listener_.accepted(), 0);
}

}  // namespace
}  // namespace gannet::test
