#include "controller/images/platform.h"

#include <gtest/gtest.h>

#include "controller/images/image_reference.h"

namespace gannet::controller {
namespace {

TEST(Platform, OfTheMachinesThatPeopleHave) {
  EXPECT_EQ(to_string(platform_of("x86_64")), "linux/amd64");
  EXPECT_EQ(to_string(platform_of("aarch64")), "linux/arm64");
  EXPECT_EQ(to_string(platform_of("armv7l")), "linux/arm/v7");
  EXPECT_EQ(to_string(platform_of("armv6l")), "linux/arm/v6");
  EXPECT_EQ(to_string(platform_of("s390x")), "linux/s390x");
}

TEST(Platform, OnlyTheRightArchitectureFits) {
  const Platform amd64{"linux", "amd64", ""};
  EXPECT_GT(fitness(amd64, platform_of("x86_64")), 0);
  EXPECT_EQ(fitness(amd64, platform_of("aarch64")), 0);
  EXPECT_EQ(fitness({"windows", "amd64", ""}, platform_of("x86_64")), 0);
  EXPECT_GT(fitness({"linux", "arm64", "v8"}, platform_of("aarch64")), 0);
  EXPECT_EQ(fitness({"linux", "arm", "v7"}, platform_of("aarch64")), 0);
}

TEST(Platform, OlderVariantsOfArmRunOnNewerMachines) {
  const Platform v5{"linux", "arm", "v5"};
  const Platform v6{"linux", "arm", "v6"};
  const Platform v7{"linux", "arm", "v7"};
  const Platform any{"linux", "arm", ""};
  EXPECT_EQ(fitness(v7, platform_of("armv6l")), 0);
  EXPECT_GT(fitness(v6, platform_of("armv6l")), fitness(v5, platform_of("armv6l")));
  EXPECT_GT(fitness(v7, platform_of("armv7l")), fitness(v6, platform_of("armv7l")));
  EXPECT_GT(fitness(v6, platform_of("armv7l")), fitness(any, platform_of("armv7l")));
  EXPECT_GT(fitness(any, platform_of("armv6l")), 0);
}

TEST(ImageReference, IsCompletedAsDockerDoes) {
  EXPECT_EQ(full_reference("api"), "docker.io/library/api:latest");
  EXPECT_EQ(full_reference("me/api:dev"), "docker.io/me/api:dev");
  EXPECT_EQ(full_reference("registry.lan:5000/api"), "registry.lan:5000/api:latest");
  EXPECT_EQ(full_reference("localhost/api:1"), "localhost/api:1");
  EXPECT_EQ(full_reference("api:1@sha256:00"), "docker.io/library/api:1");
  EXPECT_EQ(full_reference("api@sha256:00"), "docker.io/library/api@sha256:00");
}

TEST(ImageReference, MeansTheSame) {
  EXPECT_TRUE(means("docker.io/library/api:dev", "api:dev"));
  EXPECT_TRUE(means("dev", "api:dev"));  // an OCI layout may hold the tag alone
  EXPECT_FALSE(means("api:dev", "api:prod"));
  EXPECT_FALSE(means("me/api:dev", "api:dev"));
}

}  // namespace
}  // namespace gannet::controller
