#include "agent/system/line_tail.h"

#include <gtest/gtest.h>

namespace gannet::agent {
namespace {

using Lines = std::vector<std::string>;

TEST(LineTail, PutsLinesTogetherThatArriveInPieces) {
  LineTail tail;
  for (const char* part : {"on", "e\ntw", "o\r\n", "", "three"}) tail.add(part);
  EXPECT_EQ(tail.take(), (Lines{"one", "two", "three"}));
  EXPECT_EQ(tail.take(), Lines{});
}

TEST(LineTail, KeepsTheLastLinesOnly) {
  LineTail tail;
  for (int i = 0; i < 100; ++i) tail.add(std::to_string(i) + "\n");
  const Lines lines = tail.take();
  ASSERT_EQ(lines.size(), LineTail::kMaxLines);
  EXPECT_EQ(lines.front(), "80");
  EXPECT_EQ(lines.back(), "99");
}

TEST(LineTail, CutsLongLines) {
  LineTail tail;
  for (int i = 0; i < 100; ++i) tail.add(std::string(999, 'x'));
  tail.add("\nnext");
  const Lines lines = tail.take();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), LineTail::kMaxLine);
  EXPECT_EQ(lines[1], "next");
}

}  // namespace
}  // namespace gannet::agent
