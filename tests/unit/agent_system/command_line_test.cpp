#include "agent/system/command_line.h"

#include <gtest/gtest.h>

namespace gannet::agent {
namespace {

std::string problem(const std::vector<std::string>& arguments) {
  const auto line = parse_command_line(arguments);
  return line ? "(none)" : line.error().context;
}

TEST(CommandLine, ReadsBothWaysToWriteAnOption) {
  const std::vector<std::string> spaced = {"serve", "--state-dir", "/var/lib/gannet"};
  const std::vector<std::string> joined = {"serve", "--state-dir=/var/lib/gannet"};
  for (const auto& arguments : {spaced, joined}) {
    const auto line = parse_command_line(arguments);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->subcommand, Subcommand::kServe);
    EXPECT_EQ(line->state_dir, "/var/lib/gannet");
  }
}

TEST(CommandLine, ReadsTheWatchdogsArguments) {
  const std::vector<std::string> arguments = {"watchdog", "--state-dir",   "/s", "--transaction",
                                              "t1",       "--deadline-ms", "900"};
  const auto line = parse_command_line(arguments);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->subcommand, Subcommand::kWatchdog);
  EXPECT_EQ(line->transaction, "t1");
  EXPECT_EQ(line->deadline, std::chrono::milliseconds(900));
}

TEST(CommandLine, HelpAnywhereIsHelp) {
  const std::vector<std::string> arguments = {"serve", "--state-dir", "/s", "--help"};
  EXPECT_EQ(parse_command_line(arguments)->subcommand, Subcommand::kHelp);
}

TEST(CommandLine, NamesWhatIsWrong) {
  EXPECT_EQ(problem({}), "a subcommand is missing");
  EXPECT_EQ(problem({"fly"}), "unknown subcommand \"fly\"");
  EXPECT_EQ(problem({"serve"}), "serve: --state-dir is missing");
  EXPECT_EQ(problem({"serve", "--state-dir"}), "serve: --state-dir needs a value");
  EXPECT_EQ(problem({"serve", "--state-dir", "rel"}),
            "--state-dir: \"rel\" is not an absolute path without . and ..");
  EXPECT_EQ(problem({"serve", "--state-dir", "/a/../b"}),
            "--state-dir: \"/a/../b\" is not an absolute path without . and ..");
  EXPECT_EQ(problem({"recover", "--transaction", "t"}),
            "recover: unknown argument \"--transaction\"");
  EXPECT_EQ(problem({"watchdog", "--state-dir=/s", "--transaction=t", "--deadline-ms=soon"}),
            "--deadline-ms: \"soon\" is no number of milliseconds");
}

}  // namespace
}  // namespace gannet::agent
