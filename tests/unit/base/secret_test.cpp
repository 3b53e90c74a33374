#include "base/secret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <gtest/gtest.h>

namespace gannet {
namespace {

TEST(Secret, RevealsWhatItWasGiven) {
  EXPECT_TRUE(Secret().empty());
  const Secret secret(std::string("hunter2"));
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_FALSE(secret.empty());
}

TEST(Secret, CopiesAndMoves) {
  Secret first(std::string("a long password that does not fit inside the string object"));
  Secret copy(first);
  EXPECT_EQ(copy.reveal(), first.reveal());
  const Secret moved(std::move(first));
  EXPECT_EQ(moved.reveal(), copy.reveal());
  Secret other(std::string("other"));
  other = copy;
  EXPECT_EQ(other.reveal(), copy.reveal());
  Secret target;
  target = std::move(other);
  EXPECT_EQ(target.reveal(), moved.reveal());
}

TEST(Secret, MoveLeavesNothingBehind) {
  Secret first(std::string("hunter2"));
  const Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  Secret third;
  third = Secret(second);
  EXPECT_EQ(third.reveal(), "hunter2");
}

TEST(Secret, SelfAssignmentKeepsTheValue) {
  Secret secret(std::string("hunter2"));
  const Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, DestructorWipesTheBytes) {
  alignas(Secret) std::array<char, sizeof(Secret)> storage{};
  auto* secret = new (storage.data()) Secret(std::string("hunter2"));  // inside the object
  const auto holds = [&] {
    constexpr std::string_view kText = "hunter2";
    return std::search(storage.begin(), storage.end(), kText.begin(), kText.end()) != storage.end();
  };
  EXPECT_TRUE(holds());
  std::destroy_at(secret);
  EXPECT_FALSE(holds());
}

}  // namespace
}  // namespace gannet
