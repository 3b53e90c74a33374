#include "base/unique_fd.h"

#include <errno.h>
#include <fcntl.h>

#include <gtest/gtest.h>

namespace gannet {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(UniqueFd, OwnsNothingByDefault) {
  UniqueFd fd;
  EXPECT_FALSE(fd.valid());
  EXPECT_FALSE(static_cast<bool>(fd));
  EXPECT_EQ(fd.get(), -1);
  EXPECT_TRUE(fd.close());
}

TEST(UniqueFd, ClosesWhenDestroyed) {
  const int raw = open_null();
  ASSERT_GE(raw, 0);
  {
    const UniqueFd fd(raw);
    EXPECT_TRUE(fd.valid());
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(UniqueFd, MoveHandsOverAndClosesWhatWasThere) {
  const int first = open_null();
  const int second = open_null();
  UniqueFd a(first);
  UniqueFd b(second);
  a = std::move(b);
  EXPECT_FALSE(is_open(first));
  EXPECT_EQ(a.get(), second);
  const UniqueFd c(std::move(a));
  EXPECT_EQ(c.get(), second);
  EXPECT_TRUE(is_open(second));
}

TEST(UniqueFd, ReleaseDoesNotClose) {
  const int raw = open_null();
  UniqueFd fd(raw);
  EXPECT_EQ(fd.release(), raw);
  EXPECT_TRUE(is_open(raw));
  EXPECT_FALSE(fd.valid());
  fd.reset(raw);
  fd.reset(raw);
  EXPECT_TRUE(is_open(raw));
}

TEST(UniqueFd, ResetKeepsErrnoOfTheCaller) {
  UniqueFd fd(open_null());
  errno = ENOENT;
  fd.reset();
  EXPECT_EQ(errno, ENOENT);
}

TEST(UniqueFd, CloseReportsWhatTheSystemSaid) {
  const int raw = open_null();
  UniqueFd fd(raw);
  UniqueFd same(raw);
  EXPECT_TRUE(fd.close());
  EXPECT_FALSE(fd.valid());
  const auto again = same.close();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().context, "close: Bad file descriptor");
  EXPECT_FALSE(same.valid());
}

}  // namespace
}  // namespace gannet
