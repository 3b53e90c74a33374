#include "inventory/problem.h"

#include <gtest/gtest.h>

#include "tests/unit/inventory/temp_folder.h"

namespace gannet::inventory {
namespace {

Problem make(int line, int column, std::string source_line) {
  return Problem{{"inventory.yaml", line, column}, "unknown key \"adress\" in host \"web-3\"",
                 "did you mean \"address\"?",      "",
                 std::move(source_line),           Severity::kError};
}

TEST(Problem, ShowsPlaceLineCaretAndSuggestion) {
  EXPECT_EQ(to_string(make(14, 5, "    adress: 10.0.0.3")),
            "inventory.yaml:14:5: unknown key \"adress\" in host \"web-3\"\n"
            "   14 |     adress: 10.0.0.3\n"
            "      |     ^ did you mean \"address\"?");
}

TEST(Problem, PutsTheNoteBehindTheMessageWhenThereIsNoLine) {
  EXPECT_EQ(to_string(make(14, 5, "")),
            "inventory.yaml:14:5: unknown key \"adress\" in host \"web-3\"; "
            "did you mean \"address\"?");
}

TEST(Problem, NamesOnlyTheFileWhenThereIsNoPlaceInIt) {
  Problem problem;
  problem.from.file = "gannet.yaml";
  problem.message = "is larger than 10 MB";
  EXPECT_EQ(to_string(problem), "gannet.yaml: is larger than 10 MB");
}

TEST(Problem, PlacesTheCaretUnderWideCharactersAndTabs) {
  Problem problem = make(2, 4, "\t\xE6\x97\xA5x: \xE6\x97\xA5");
  problem.note = "";
  EXPECT_EQ(to_string(problem),
            "inventory.yaml:2:4: unknown key \"adress\" in host \"web-3\"\n"
            "    2 |  \xE6\x97\xA5x: \xE6\x97\xA5\n"
            "      |     ^");
}

TEST(Problem, CutsALongLineAroundTheCaret) {
  const std::string text = to_string(make(1, 5001, std::string(10'000, 'x')));
  EXPECT_LT(text.size(), 400U);
  EXPECT_NE(text.find("\n    1 | ...xxx"), std::string::npos);
  EXPECT_NE(text.find("xxx...\n"), std::string::npos);
}

TEST(Problem, KeepsControlCharactersFromTheTerminal) {
  Problem problem = make(1, 1, "a\x1B[31mb");
  EXPECT_NE(to_string(problem).find("a\\x1b[31mb"), std::string::npos) << to_string(problem);
}

TEST(Problem, BecomesAnErrorThatKeepsTheHint) {
  Problem problem = make(14, 5, "    adress: 10.0.0.3");
  problem.hint = "read the manual";
  const Error error = to_error(problem);
  EXPECT_EQ(error.code, Code::kInvalidInput);
  EXPECT_EQ(error.context, to_string(problem));
  EXPECT_EQ(error.hint, "read the manual");
}

TEST(Problem, ManyBecomeOneErrorThatSaysHowManyMore) {
  const Error error = to_single_error(std::vector<Problem>(25, make(1, 1, "")));
  EXPECT_TRUE(error.context.ends_with("\n... and 5 more"));
}

TEST(Problem, FindsTheTokenInItsFile) {
  const test::TempFolder folder;
  Problem problem = make(2, 3, "");
  problem.from.file =
      folder.write("x.yaml", "a: 1\nb: hello ${NAME} you\r\nc: |\n  ${C}\n").string();
  add_source_line(problem, "${NAME");
  EXPECT_EQ(problem.from.column, 10);
  EXPECT_EQ(problem.source_line, "b: hello ${NAME} you");

  problem.from.line = 3;
  problem.from.column = 4;
  add_source_line(problem, "${C", 1);
  EXPECT_EQ(problem.from.line, 4);
  EXPECT_EQ(problem.from.column, 3);
}

TEST(SourceLocation, IsWrittenLikeACompilerDoes) {
  EXPECT_EQ(to_string(SourceLocation{"a.yaml", 14, 5}), "a.yaml:14:5");
  EXPECT_EQ(to_string(SourceLocation{"a.yaml", 0, 0}), "a.yaml");
}

}  // namespace
}  // namespace gannet::inventory
