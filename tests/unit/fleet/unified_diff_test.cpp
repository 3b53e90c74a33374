#include "controller/deploy/unified_diff.h"

#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

TEST(UnifiedDiff, OfEqualTextsIsEmpty) {
  EXPECT_EQ(unified_diff("", ""), "");
  EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n"), "");
}

TEST(UnifiedDiff, ShowsOneChangedLineWithItsContext) {
  EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, ShowsAddedAndRemovedFiles) {
  EXPECT_EQ(unified_diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, MarksAMissingNewlineAtTheEnd) {
  EXPECT_EQ(unified_diff("a\nb", "a\nb\n"),
            "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
}

TEST(UnifiedDiff, KeepsFarChangesInHunksOfTheirOwn) {
  std::string before, after;
  for (int i = 1; i <= 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 5 || i == 20 ? "x" : std::to_string(i)) + "\n";
  }
  const auto diff = unified_diff(before, after);
  EXPECT_NE(diff.find("@@ -2,7 +2,7 @@"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -17,7 +17,7 @@"), std::string::npos) << diff;
}

TEST(UnifiedDiff, ShowsEverythingWhenNothingIsAlike) {
  std::string before, after;
  for (int i = 0; i < 2'000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  const auto diff = unified_diff(before, after);
  EXPECT_EQ(diff.substr(0, 26), "@@ -1,2000 +1,2000 @@\n-old");
}

TEST(UnifiedDiff, RefusesWhatIsTooLarge) {
  EXPECT_TRUE(can_diff("a\n", std::string(kMaxDiffBytes, 'x')));
  EXPECT_FALSE(can_diff("a\n", std::string(kMaxDiffBytes + 1, 'x')));
  EXPECT_FALSE(can_diff(std::string(kMaxDiffLines, '\n'), ""));
}

TEST(LooksBinary, AcceptsUtf8Only) {
  EXPECT_FALSE(looks_binary("plain\n"));
  EXPECT_FALSE(looks_binary("Grüße \xE2\x82\xAC \xF0\x9F\x90\xA6"));
  EXPECT_TRUE(looks_binary(std::string("a\0b", 3)));
  EXPECT_TRUE(looks_binary("\xFF\xFE"));
  EXPECT_TRUE(looks_binary("cut \xE2\x82"));
}

/// Applies hunks to `before`: what a reader of the difference believes the new text to be.
std::string apply_diff(const std::string& before, const std::string& diff) {
  std::vector<std::string> old_lines, hunks;
  const auto cut = [](const std::string& text, std::vector<std::string>& lines) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  };
  cut(before, old_lines);
  cut(diff, hunks);
  std::string after;
  std::size_t next = 0;
  for (const auto& line : hunks) {
    if (line.starts_with("@@")) {
      const auto first = std::stoul(line.substr(4));
      const bool empty = line.substr(4, line.find(' ', 4) - 4).ends_with(",0");
      const std::size_t begin = empty ? first : first - 1;
      while (next < begin) after += old_lines.at(next++) + "\n";
    } else if (line[0] == ' ') {
      EXPECT_EQ(line.substr(1), old_lines.at(next));
      after += old_lines.at(next++) + "\n";
    } else if (line[0] == '-') {
      EXPECT_EQ(line.substr(1), old_lines.at(next++));
    } else {
      after += line.substr(1) + "\n";
    }
  }
  while (next < old_lines.size()) after += old_lines.at(next++) + "\n";
  return after;
}

TEST(UnifiedDiff, OfRandomTextsLeadsFromOneToTheOther) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string before, after;
    for (auto i = random() % 40; i > 0; --i) before += std::string(1, "abcd"[random() % 4]) + "\n";
    for (auto i = random() % 40; i > 0; --i) after += std::string(1, "abcd"[random() % 4]) + "\n";
    EXPECT_EQ(apply_diff(before, unified_diff(before, after)), after);
  }
}

}  // namespace
}  // namespace gannet::controller
