#include "controller/report/wording.h"

#include <cstdlib>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/report/table.h"

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Names = std::vector<std::string>;

std::string folded(const Names& names) { return fold_hosts(names); }

HostRecord worded_host(const std::string& name, Outcome outcome, const std::string& message,
                       const std::string& hint = {}) {
  HostRecord host;
  host.host = name;
  host.outcome = outcome;
  host.message = message;
  host.hint = hint;
  return host;
}

TEST(Wording, ElapsedHasOneUnitThatFits) {
  EXPECT_EQ(format_elapsed(0), "0.0 s");
  EXPECT_EQ(format_elapsed(1'449), "1.4 s");
  EXPECT_EQ(format_elapsed(59'999), "59.9 s");
  EXPECT_EQ(format_elapsed(125'000), "2 min 05 s");
  EXPECT_EQ(format_elapsed(3'720'000), "1 h 02 min");
  EXPECT_EQ(format_elapsed(-5), "0.0 s");
}

TEST(Wording, AgeIsRoundedDown) {
  EXPECT_EQ(format_age(59'000), "59 s");
  EXPECT_EQ(format_age(179'000), "2 min");
  EXPECT_EQ(format_age(7'199'000), "1 h");
  EXPECT_EQ(format_age(86'400'000), "1 day");
  EXPECT_EQ(format_age(3 * 86'400'000LL), "3 days");
}

TEST(Wording, LocalTimeFollowsTheTimeZone) {
  ::setenv("TZ", "UTC", 1);  // NOLINT(concurrency-mt-unsafe)
  ::tzset();
  EXPECT_EQ(format_local(1'795'428'072'000), "2026-11-23 10:01:12");
  EXPECT_EQ(format_local(0), "-");
}

TEST(Wording, HostsAreFoldedIntoRanges) {
  EXPECT_EQ(folded({"pi-1", "pi-2", "pi-3", "pi-7"}), "pi-[1-3,7]");
  EXPECT_EQ(folded({"pi-2", "db", "pi-1"}), "pi-[1,2], db");
  EXPECT_EQ(folded({"n08", "n09", "n10"}), "n[08,09], n10") << "widths are not mixed";
  EXPECT_EQ(folded({"10.0.0.5", "10.0.0.6", "10.0.0.7"}), "10.0.0.[5-7]");
  EXPECT_EQ(folded({"a1.lan", "a2.lan", "a3.lan"}), "a[1-3].lan");
  EXPECT_EQ(folded({"x99999999999999999999"}), "x99999999999999999999");
  EXPECT_EQ(folded({}), "");
}

TEST(Wording, HostsAreNamedWithTheirNumber) {
  EXPECT_EQ(name_hosts(Names{"pi-1"}), "pi-1");
  EXPECT_EQ(name_hosts(Names{"pi-1", "pi-2"}), "pi-1, pi-2 (2 hosts)");
  EXPECT_EQ(name_hosts(Names{"pi-1", "pi-2", "pi-3"}), "pi-[1-3] (3 hosts)");
}

TEST(Wording, EqualMessagesAreFoldedWithoutTheHostsName) {
  const auto folded = fold_messages(std::vector<HostRecord>{
      worded_host("pi-1", Outcome::kUnreachable, "pi-1: connect: refused", "start sshd"),
      worded_host("pi-2", Outcome::kDeployed, ""),
      worded_host("pi-3", Outcome::kUnreachable, "connect: refused", "start sshd"),
      worded_host("pi-4", Outcome::kFailed, "connect: refused", "start sshd")});
  ASSERT_THAT(folded, SizeIs(2));
  EXPECT_THAT(folded[0].hosts, ElementsAre("pi-1", "pi-3"));
  EXPECT_EQ(folded[0].message, "connect: refused");
  EXPECT_THAT(folded[1].hosts, ElementsAre("pi-4"));
}

TEST(Wording, CountsSayOkForCommandsThatChangeNothing) {
  const std::vector<Outcome> outcomes{Outcome::kDeployed, Outcome::kUnreachable,
                                      Outcome::kUnchanged, Outcome::kDeployed};
  EXPECT_EQ(outcome_counts(outcomes, Vocabulary::kDeployment),
            "2 deployed, 1 unchanged, 1 unreachable");
  EXPECT_EQ(outcome_counts(outcomes, Vocabulary::kNeutral), "3 ok, 1 unreachable");
}

TEST(Wording, OneLineHasNoControlCharacters) {
  EXPECT_EQ(one_line("a\nb\tc\x1b[31m\x07 "), "a b c\\x1b[31m\\x07");
}

TEST(Wording, CutKeepsWholeCharacters) {
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to("日本語", 4), "日…") << "wide characters take two columns";
  EXPECT_EQ(cut_to("abc", 0), "");
}

TEST(Table, ColumnsLineUpByDisplayWidth) {
  Table table({"HOST", "OUTCOME", "MESSAGE"});
  table.add({{"pi-1"}, {"deployed", Tone::kGood}, {"fine"}});
  table.add({{"日本"}, {"failed", Tone::kBad}, {"no space"}});
  EXPECT_EQ(table.render(Style(false), 0),
            "HOST  OUTCOME   MESSAGE\n"
            "pi-1  deployed  fine\n"
            "日本  failed    no space\n");
}

TEST(Table, EmptyColumnsAreLeftOut) {
  Table table({"HOST", "TAG", "STATE"});
  table.add({{"pi-1"}, {}, {"ok"}});
  EXPECT_EQ(table.render(Style(false), 0), "HOST  STATE\npi-1  ok\n");
}

TEST(Table, LastColumnWrapsAtTheTerminalsEdge) {
  Table table({"HOST", "MESSAGE"});
  table.add({{"pi-1"}, {"one two three four five six seven"}});
  EXPECT_EQ(table.render(Style(false), 30),
            "HOST  MESSAGE\n"
            "pi-1  one two three four five\n"
            "      six seven\n");
}

TEST(Table, CellsCannotDriveTheTerminal) {
  Table table({"HOST"});
  table.add({{"pi\x1b[2J\n1"}});
  EXPECT_EQ(table.render(Style(false), 0), "HOST\npi\\x1b[2J 1\n");
}

TEST(Style, ColorsOnlyWhenAllowed) {
  EXPECT_EQ(Style(false).paint(Tone::kBad, "x"), "x");
  EXPECT_EQ(Style(true).paint(Tone::kBad, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Style(true).paint(Tone::kPlain, "x"), "x");
}

}  // namespace
}  // namespace gannet::controller
