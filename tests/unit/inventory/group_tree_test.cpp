#include "inventory/group_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::inventory {
namespace {

GroupTree tree(const std::map<std::string, std::vector<std::string>>& children) {
  GroupTree made;
  for (const auto& [name, names] : children) {
    Group group;
    group.children = names;
    made.add(name, group);
  }
  return made;
}

TEST(GroupTree, OrdersParentsBeforeChildrenAndSiblingsByName) {
  const GroupTree groups =
      tree({{"all", {"site", "arch"}}, {"site", {"garage"}}, {"arch", {}}, {"garage", {}}});
  EXPECT_THAT(groups.closure({"garage", "arch"}),
              testing::ElementsAre("all", "arch", "site", "garage"));
  EXPECT_THAT(groups.closure({}), testing::IsEmpty());
}

TEST(GroupTree, CountsTheLongestWayOfADiamond) {
  const GroupTree groups = tree({{"a", {"b", "d"}}, {"b", {"c"}}, {"c", {"d"}}, {"d", {}}});
  EXPECT_THAT(groups.closure({"d"}), testing::ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(groups.find_cycle(), testing::IsEmpty());
}

TEST(GroupTree, FindsACycleAndNothingElse) {
  EXPECT_THAT(tree({{"a", {"b"}}, {"b", {"c"}}, {"c", {"b"}}, {"d", {}}}).find_cycle(),
              testing::ElementsAre("b", "c", "b"));
  EXPECT_THAT(tree({{"a", {"a"}}}).find_cycle(), testing::ElementsAre("a", "a"));
}

TEST(LayOver, ReplacesKeyByKeyAndSettingBySetting) {
  Inherited base;
  base.labels = {{"role", "pi"}, {"site", "home"}};
  base.ssh.user = "pi";
  base.ssh.port = 22;
  base.state_dir = "/a";
  Inherited over;
  over.labels = {{"site", "lab"}};
  over.ssh.port = 2222;
  lay_over(base, over);
  EXPECT_THAT(base.labels,
              testing::ElementsAre(testing::Pair("role", "pi"), testing::Pair("site", "lab")));
  EXPECT_EQ(base.ssh.user, "pi");
  EXPECT_EQ(base.ssh.port, 2222);
  EXPECT_EQ(base.state_dir, "/a");
}

}  // namespace
}  // namespace gannet::inventory
