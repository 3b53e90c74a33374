#include "base/error.h"

#include <set>

#include <errno.h>

#include <gtest/gtest.h>

#include "base/result.h"

namespace gannet {
namespace {

constexpr int kHighestCode = 51;

TEST(Error, InPutsThePlaceInFront) {
  const Error error = Error{Code::kIo, "No such file", "look"}.in("/etc/x").in("pi-3");
  EXPECT_EQ(error.context, "pi-3: /etc/x: No such file");
  EXPECT_EQ(error.code, Code::kIo);
  EXPECT_EQ(error.hint, "look");
}

TEST(Error, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int number = 1; number <= kHighestCode; ++number) {
    const std::string_view name = to_string(static_cast<Code>(number));
    if (name == "unknown") continue;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(names.size(), 28U);
}

TEST(Error, NamesThatJsonReadersRelyOnStay) {
  EXPECT_EQ(to_string(Code::kInternal), "internal");
  EXPECT_EQ(to_string(Code::kHostKeyChanged), "host-key-changed");
  EXPECT_EQ(to_string(Code::kLocked), "locked");
  EXPECT_EQ(to_string(Code::kRestoreFailed), "restore-failed");
}

TEST(Error, NumberOfANewerPeerIsUnknown) {
  EXPECT_EQ(to_string(static_cast<Code>(9999)), "unknown");
}

TEST(Result, FailErrnoSpeaksInTheSystemsWords) {
  const Result<> result = fail_errno(Code::kIo, "write /etc/x", ENOSPC, "free space on /etc");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kIo);
  EXPECT_EQ(result.error().context, "write /etc/x: No space left on device");
  EXPECT_EQ(result.error().hint, "free space on /etc");
}

TEST(Result, FailErrnoNamesANumberNobodyKnows) {
  const Result<> result = fail_errno(Code::kIo, "open", 4095);
  EXPECT_EQ(result.error().context, "open: error number 4095");
  EXPECT_EQ(result.error().hint, "");
}

Result<int> half(int number) {
  if (number % 2 != 0) return fail(Code::kInvalidInput, "odd");
  return number / 2;
}

Result<int> quarter(int number) {
  TRY(const int once, half(number));
  TRY(const int twice, half(once));
  return twice;
}

Result<> check_even(int number) {
  TRY_VOID(half(number).map([](int) {}));
  return {};
}

TEST(Result, TryHandsValuesOnAndErrorsOut) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().context, "odd");
  EXPECT_TRUE(check_even(2));
  EXPECT_EQ(check_even(1).error().context, "odd");
}

}  // namespace
}  // namespace gannet
