// -o json and -o jsonl of every command: what scripts rely on.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

using Words = std::vector<std::string>;

/// Every command that can be asked about a fleet on which one release is out.
const std::vector<Words>& commands() {
  static const std::vector<Words> all = {
      {"inventory", "list"},
      {"inventory", "show", "h1"},
      {"inventory", "trust", "-y"},
      {"validate"},
      {"check"},
      {"plan"},
      {"deploy", "-y"},
      {"status"},
      {"status", "--drift"},
      {"status", "--offline"},
      {"rollback", "--plan"},
      {"rollback", "-y"},
      {"history"},
      {"exec", "--", "echo hello"},
      {"lock", "--reason", "maintenance"},
      {"unlock"},
      {"agent", "version"},
      {"version"},
      {"agent", "remove", "-y"},
  };
  return all;
}

class OutputFormats : public testing::Test {
 protected:
  OutputFormats() : fleet_({.hosts = 2}) {
    for (const char* version : {"one", "two"}) {
      fleet_.write_project(std::string(kOneWave) + web_service(version));
      const Output run = fleet_.run({"deploy", "-y"});
      EXPECT_EQ(run.exit_code, 0) << run.all();
    }
  }

  Output ask(const Words& command, const std::string& format) {
    Words words = {"-o", format};
    words.insert(words.end(), command.begin(), command.end());
    return fleet_.run(words);
  }

  Fleet fleet_;
};

TEST_F(OutputFormats, JsonIsOneValueOnStdout) {
  for (const Words& command : commands()) {
    const Output run = ask(command, "json");
    EXPECT_EQ(run.exit_code, 0) << command[0] << ": " << run.all();
    const auto value = nlohmann::json::parse(run.out, nullptr, false);
    EXPECT_TRUE(value.is_object()) << command[0] << ": " << run.all();
  }
}

TEST_F(OutputFormats, JsonLinesAreOneObjectEach) {
  for (const Words& command : commands()) {
    const Output run = ask(command, "jsonl");
    EXPECT_EQ(run.exit_code, 0) << command[0] << ": " << run.all();
    std::istringstream lines(run.out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const auto value = nlohmann::json::parse(line, nullptr, false);
      EXPECT_TRUE(value.is_object()) << command[0] << ": " << line;
    }
    EXPECT_GT(count, 0) << command[0] << ": " << run.all();
  }
}

TEST_F(OutputFormats, TextHoldsNoEscapesWhenItIsNotForATerminal) {
  for (const Words& command : commands()) {
    const Output run = fleet_.run(command);
    EXPECT_EQ(run.exit_code, 0) << command[0] << ": " << run.all();
    EXPECT_EQ(run.all().find('\x1b'), std::string::npos) << command[0] << ": " << run.all();
  }
}

TEST_F(OutputFormats, HelpDoesNothingElse) {
  const auto blobs = fleet_.host(0).blobs();
  for (Words command : commands()) {
    command.resize(command[0] == "inventory" || command[0] == "agent" ? 2 : 1);
    command.push_back("--help");
    const Output run = fleet_.run(command);
    EXPECT_EQ(run.exit_code, 0) << command[0] << ": " << run.all();
    EXPECT_NE(run.out.find("gannet " + command[0]), std::string::npos) << run.all();
  }
  EXPECT_EQ(fleet_.host(0).blobs(), blobs);
}

TEST_F(OutputFormats, CompletionIsAScriptForEachShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Output run = fleet_.run({"completion", shell});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    EXPECT_NE(run.out.find("rollback"), std::string::npos) << run.all();
  }
}

}  // namespace
}  // namespace gannet::test
