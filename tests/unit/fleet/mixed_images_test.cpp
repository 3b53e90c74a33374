#include "controller/deploy/mixed_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(MixedImages, OneImageEverywhereIsNothingToTell) {
  EXPECT_THAT(mixed_images({}), IsEmpty());
  const HostImages one{"a", "x86_64", {{"web:1", "sha256:x"}}};
  const HostImages same{"b", "x86_64", {{"web:1", "sha256:x"}}};
  const HostImages other_machine{"c", "aarch64", {{"web:1", "sha256:y"}}};
  const HostImages other_name{"d", "x86_64", {{"db:1", "sha256:z"}, {"web:2", ""}}};
  EXPECT_THAT(mixed_images({one, same, other_machine, other_name}), IsEmpty());
}

TEST(MixedImages, ATagThatWasPushedAgainMeanwhileIsToldWithItsHosts) {
  const auto told = mixed_images({{"a", "m", {{"web:1", "sha256:0123456789abcdef"}}},
                                  {"b", "m", {{"web:1", "sha256:fedcba9876543210"}}},
                                  {"c", "m", {{"web:1", "sha256:0123456789abcdef"}}}});
  EXPECT_THAT(told, ElementsAre(testing::StartsWith(
                        "web:1 is not the same image everywhere: sha256:0123456789ab on a, c; "
                        "sha256:fedcba987654 on b. ")));
}

TEST(MixedImages, ManyHostsAreCounted) {
  std::vector<HostImages> hosts;
  for (char name = 'a'; name < 'i'; ++name) {
    hosts.push_back(
        {std::string(1, name), "m", {{"web:1", name == 'h' ? "sha256:2" : "sha256:1"}}});
  }
  EXPECT_THAT(mixed_images(hosts).at(0), HasSubstr("a, b, c, d, e and 2 more; sha256:2 on h"));
}

}  // namespace
}  // namespace gannet::controller
