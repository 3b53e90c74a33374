#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "agent/probes/file_probes.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

class FileProbeTest : public ::testing::Test {
 protected:
  protocol::Finding look(const std::string& target, const std::string& pattern = {}) {
    protocol::Check check = make_check(CheckKind::kFile, target);
    check.pattern = pattern;
    return probe(check);
  }
  TempDir temp_;
};

TEST_F(FileProbeTest, PassesWhenTheFileExists) {
  const std::string path = temp_.write("ready", "version 2\n");
  const auto finding = look(path);
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, path + " exists");
  EXPECT_EQ(finding.name, "the check");
  EXPECT_EQ(finding.hint, "");
}

TEST_F(FileProbeTest, FailsWithTheSystemsCauseWhenItDoesNot) {
  const auto finding = look(temp_.path("missing"));
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, temp_.path("missing") + ": No such file or directory");
}

TEST_F(FileProbeTest, SearchesThePattern) {
  const std::string path = temp_.write("ready", "version 2\n");
  EXPECT_EQ(look(path, "version 2").severity, Severity::kPass);
  const auto finding = look(path, "version 3");
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, path + " does not hold \"version 3\"");
}

TEST_F(FileProbeTest, DoesNotWaitForANamedPipe) {
  const std::string path = temp_.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(look(path, "x").message, path + " is not a regular file");
}

TEST_F(FileProbeTest, WarnsOnlyWhenToldSo) {
  protocol::Check check = make_check(CheckKind::kFile, temp_.path("missing"));
  check.warn_only = true;
  EXPECT_EQ(probe(check).severity, Severity::kWarn);
}

TEST_F(FileProbeTest, WritableLeavesNothingBehind) {
  const auto finding = probe(make_check(CheckKind::kWritable, temp_.path("not/yet/there")));
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, temp_.path() + " accepts writes");
  EXPECT_TRUE(list_directory(temp_.path()).empty());
}

TEST_F(FileProbeTest, WritableFailsWhereNothingCanBeWritten) {
  const auto finding = probe(make_check(CheckKind::kWritable, "/proc/sys"));
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message.find("cannot write to /proc/sys: "), 0U) << finding.message;
  EXPECT_FALSE(finding.hint.empty());
}

TEST_F(FileProbeTest, WritableRefusesARelativePath) {
  EXPECT_EQ(probe(make_check(CheckKind::kWritable, "etc")).message,
            "\"etc\" is not an absolute path");
}

}  // namespace
}  // namespace gannet::agent
