#include "agent/services/unit_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(UnitEnvironment, IsReadAsSystemctlShowsIt) {
  EXPECT_THAT(shown_environment(R"(A=1 "B=x y" C="q\"r\$s" 'D=a b' E= =no 9F=no)"),
              ElementsAre(Pair("A", "1"), Pair("B", "x y"), Pair("C", "q\"r$s"), Pair("D", "a b"),
                          Pair("E", "")));
  EXPECT_THAT(shown_environment("$'A=x y' B=2"), ElementsAre(Pair("A", "x y"), Pair("B", "2")));
  EXPECT_THAT(shown_environment(""), IsEmpty());
}

TEST(UnitEnvironment, FilesAreReadAsSystemdDoes) {
  EXPECT_THAT(environment_file("# A=0\n; B=0\nA = 1 \n\nB='x # y' \nC=\"a\\\"b\\nc\"d\nD=a\\\n  b\n"
                               "no line\nE=x y  \r\nF=\nexport G=1\nH=$A"),
              ElementsAre(Pair("A", "1"), Pair("B", "x # y"), Pair("C", "a\"b\\ncd"),
                          Pair("D", "a  b"), Pair("E", "x y"), Pair("F", ""), Pair("H", "$A")));
  EXPECT_THAT(environment_file("# goes on \\\nA=1\nB=2"), ElementsAre(Pair("B", "2")));
  EXPECT_THAT(environment_file("A='open"), ElementsAre(Pair("A", "open")));
  EXPECT_THAT(environment_file("A=\\"), ElementsAre(Pair("A", "")));
  EXPECT_THAT(environment_file(std::string("\0\n=\n\xff=1", 7)), IsEmpty());
}

TEST(UnitEnvironment, FilesComeAfterWhatTheUnitSaysItself) {
  const TempDir host;
  host.write("etc/caddy/one.env", "A=file\n");
  host.write("etc/caddy/two.env", "B=2\n");
  host.write("etc/caddy/other", "C=3\n");
  EXPECT_THAT(unit_environment("EnvironmentFiles=/etc/caddy/*.env (ignore_errors=no)\n"
                               "EnvironmentFiles=/etc/none (ignore_errors=yes)\n"
                               "Environment=A=unit\n",
                               HostTree{host.path()}),
              ElementsAre(Pair("A", "unit"), Pair("A", "file"), Pair("B", "2")));
}

}  // namespace
}  // namespace gannet::agent
