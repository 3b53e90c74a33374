#include "agent/probes/cgroup.h"

#include <gtest/gtest.h>

namespace gannet::agent {
namespace {

const std::string kId = "4f1c2d7be0a9c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c";

TEST(ParseCgroup, FindsTheServiceOfUnifiedAndOldHierarchies) {
  EXPECT_EQ(parse_cgroup("0::/system.slice/nginx.service\n").unit, "nginx.service");
  EXPECT_EQ(parse_cgroup("12:pids:/system.slice/ssh.service\n"
                         "1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n")
                .unit,
            "ssh.service");
}

TEST(ParseCgroup, TakesTheInnermostServiceAndNotTheUsersManager) {
  EXPECT_EQ(
      parse_cgroup("0::/user.slice/user-1000.slice/user@1000.service/app.slice/web.service").unit,
      "web.service");
  EXPECT_EQ(parse_cgroup("0::/user.slice/user-1000.slice/user@1000.service/init.scope").unit, "");
  EXPECT_EQ(parse_cgroup("0::/user.slice/user-1000.slice/session-3.scope").unit, "");
}

TEST(ParseCgroup, FindsContainersOfDockerAndPodman) {
  EXPECT_EQ(parse_cgroup("0::/system.slice/docker-" + kId + ".scope").container, kId);
  EXPECT_EQ(parse_cgroup("4:memory:/docker/" + kId + "\n").container, kId);
  EXPECT_EQ(parse_cgroup("0::/machine.slice/libpod-" + kId + ".scope/container").container, kId);
  EXPECT_EQ(parse_cgroup("0::/kubepods.slice/cri-containerd-" + kId + ".scope").container, kId);
}

TEST(ParseCgroup, MakesNothingOfOtherText) {
  for (const char* text : {"", "0::/", "nonsense", "::", "0::/docker/short", "0::/.service/x"}) {
    EXPECT_EQ(parse_cgroup(text).container, "") << text;
  }
}

}  // namespace
}  // namespace gannet::agent
