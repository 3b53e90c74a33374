#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet {
namespace {

using testing::ElementsAre;

TEST(Trim, TakesWhiteSpaceFromBothEnds) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_THAT(split("a,b", ','), ElementsAre("a", "b"));
  EXPECT_THAT(split(",a,", ','), ElementsAre("", "a", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Join, PutsSeparatorsBetween) {
  const std::vector<std::string> parts{"a", "b", ""};
  EXPECT_EQ(join(parts, ", "), "a, b, ");
  EXPECT_EQ(join(std::span(parts).first(1), ", "), "a");
  EXPECT_EQ(join({}, ", "), "");
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string> keys{"address", "port", "labels", "user"};
  EXPECT_EQ(nearest("adress", keys), "address");
  EXPECT_EQ(nearest("prot", keys), "port");  // swapped neighbours are one mistake
  EXPECT_EQ(nearest("label", keys), "labels");
  EXPECT_EQ(nearest("port", keys), "port");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
  const std::vector<std::string> keys{"address", "port"};
  EXPECT_EQ(nearest("timeout", keys), std::nullopt);
  EXPECT_EQ(nearest("pxyt", keys), std::nullopt);  // two mistakes in four letters
  EXPECT_EQ(nearest("port", {}), std::nullopt);
}

TEST(Nearest, PrefersTheNearerAndThenTheEarlier) {
  const std::vector<std::string> keys{"checks_all", "checks", "checkz"};
  EXPECT_EQ(nearest("checkss", keys), "checks");
  EXPECT_EQ(nearest("check", keys), "checks");
}

TEST(GlobMatch, StarIsAnyRunAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(glob_match("pi-*", "pi-"));
  EXPECT_TRUE(glob_match("pi-*", "pi-17"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_TRUE(glob_match("a*b*c", "aXbYbZc"));
  EXPECT_TRUE(glob_match("p?-1", "pi-1"));
  EXPECT_TRUE(glob_match("**a**", "bab"));
  EXPECT_FALSE(glob_match("pi-?", "pi-"));
  EXPECT_FALSE(glob_match("pi-*", "vps-1"));
  EXPECT_FALSE(glob_match("a*b", "abc"));
  EXPECT_FALSE(glob_match("", "a"));
}

TEST(GlobMatch, ManyStarsStayFast) {
  const std::string text(2'000, 'a');
  EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*a*b", text));
}

TEST(IsCleanAbsolutePath, AcceptsPlainPaths) {
  EXPECT_TRUE(is_clean_absolute_path("/etc"));
  EXPECT_TRUE(is_clean_absolute_path("/etc/app/..config/.x"));
  EXPECT_TRUE(is_clean_absolute_path("/a b/\xc3\xa4"));
}

TEST(IsCleanAbsolutePath, RefusesEverythingThatCouldEscape) {
  for (const std::string_view path :
       {"", "/", "etc", "./etc", "/etc/", "/etc//x", "//etc", "/etc/../x", "/..", "/.", "/a/./b"}) {
    EXPECT_FALSE(is_clean_absolute_path(path)) << path;
  }
  EXPECT_FALSE(is_clean_absolute_path(std::string_view("/a\0b", 4)));
}

TEST(ShellQuote, LeavesHarmlessWordsAlone) {
  EXPECT_EQ(shell_quote("/usr/bin/x-1.2_3"), "/usr/bin/x-1.2_3");
  EXPECT_EQ(shell_quote("user@host:22"), "user@host:22");
}

TEST(ShellQuote, QuotesTheRest) {
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_quote("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_quote("~x"), "'~x'");
  EXPECT_EQ(shell_quote("A=b"), "'A=b'");
}

TEST(Printable, EscapesWhatDrivesATerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable("a\rb\x7f"), "a\\x0db\\x7f");
  EXPECT_EQ(printable("a\n\tb"), "a\n\tb");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // C1 control: CSI
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\xe2\\x80\\xae");  // right-to-left override
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, KeepsUtf8AndEscapesWhatIsNot) {
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7"),
            "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");                             // cut short
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong "/"
  EXPECT_EQ(printable("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");           // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
  EXPECT_EQ(printable("\xc3x"), "\\xc3x");
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("gr\xc3\xbc\xc3\x9f"), 4U);
  EXPECT_EQ(display_width("\xe6\x97\xa5\xe6\x9c\xac"), 4U);  // two wide characters
  EXPECT_EQ(display_width("e\xcc\x81"), 1U);                 // e and a combining accent
  EXPECT_EQ(display_width("\xf0\x9f\x90\xa7"), 2U);          // emoji
  EXPECT_EQ(display_width("\xff"), 1U);
  EXPECT_EQ(display_width("a\tb\n"), 2U);
}

}  // namespace
}  // namespace gannet
