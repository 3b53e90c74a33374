#include "inventory/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::inventory {
namespace {

Host pi_1() {
  Host host;
  host.name = "pi-1";
  host.address = "10.0.0.5";
  host.labels = {{"role", "pi"}, {"site", "home"}, {"rack", "a.1"}};
  host.tags = {"canary", "old"};
  host.groups = {"garage", "shed"};
  return host;
}

struct SelectorCase {
  const char* text;
  bool matches;
};

class SelectorMatches : public testing::TestWithParam<SelectorCase> {};

TEST_P(SelectorMatches, Pi1) {
  const auto selector = Selector::parse(GetParam().text);
  ASSERT_TRUE(selector) << selector.error().context;
  EXPECT_EQ(selector->matches(pi_1()), GetParam().matches);
  EXPECT_EQ(selector->text(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, SelectorMatches,
    testing::Values(
        SelectorCase{"pi-1", true}, SelectorCase{"pi-2", false}, SelectorCase{"pi-*", true},
        SelectorCase{"p?-1", true}, SelectorCase{"*", true}, SelectorCase{"web-*", false},
        SelectorCase{"role=pi", true}, SelectorCase{"role=p*", true},
        SelectorCase{"role=web", false}, SelectorCase{"role!=pi", false},
        SelectorCase{"role!=web", true}, SelectorCase{"gpu=yes", false},
        SelectorCase{"gpu!=yes", true}, SelectorCase{"rack=a.1", true},
        SelectorCase{"@garage", true}, SelectorCase{"@lab", false}, SelectorCase{"@g*", true},
        SelectorCase{"tag=canary", true}, SelectorCase{"tag=old", true},
        SelectorCase{"tag=new", false}, SelectorCase{"tag!=canary", false},
        SelectorCase{"tag!=new", true}, SelectorCase{"name=pi-1", true},
        SelectorCase{"name=pi-?", true}, SelectorCase{"name!=pi-1", false},
        SelectorCase{"address=10.0.*", true}, SelectorCase{"address=10.1.*", false},
        SelectorCase{"!pi-1", false}, SelectorCase{"!web", true}, SelectorCase{"!!pi-1", true},
        SelectorCase{"!@lab", true}, SelectorCase{"role=pi,site=home", true},
        SelectorCase{"role=pi,site=lab", false}, SelectorCase{"role=web|site=home", true},
        SelectorCase{"role=web|site=lab", false},
        SelectorCase{"role=web,site=lab|@garage", true},  // "," binds tighter
        SelectorCase{"@garage|role=web,site=lab", true},
        SelectorCase{"(@garage|role=web),site=lab", false},
        SelectorCase{"!(role=web|site=lab)", true}, SelectorCase{"!(role=pi|site=lab),pi-1", false},
        SelectorCase{" role = pi , ( site=home | @lab ) ", true}, SelectorCase{"a|b|pi-1|c", true},
        SelectorCase{"pi-1,role=pi,site=home,tag=old", true}, SelectorCase{"((((pi-1))))", true}));

TEST(Selector, AllMatchesEveryHost) {
  EXPECT_TRUE(Selector::all().matches(pi_1()));
  EXPECT_TRUE(Selector().matches(pi_1()));
  EXPECT_EQ(Selector::all().text(), "*");
}

TEST(Selector, TellsTheNamesItUses) {
  const auto selector =
      Selector::parse("role=pi,@garage|!(pi-1|web-*),name=pi-2,name=x*,tag=a,site!=b|@g*");
  ASSERT_TRUE(selector);
  EXPECT_THAT(selector->label_keys(), testing::ElementsAre("role", "site"));
  EXPECT_THAT(selector->group_names(), testing::ElementsAre("garage"));
  EXPECT_THAT(selector->host_names(), testing::ElementsAre("pi-1", "pi-2"));
  EXPECT_EQ(selector->names()[1].offset, 9U);
}

struct BadSelector {
  const char* text;
  const char* context;
};

class SelectorRefuses : public testing::TestWithParam<BadSelector> {};

TEST_P(SelectorRefuses, WithACaret) {
  const auto selector = Selector::parse(GetParam().text);
  ASSERT_FALSE(selector);
  EXPECT_EQ(selector.error().code, Code::kInvalidInput);
  EXPECT_EQ(selector.error().context, std::string("selector: ") + GetParam().context);
  EXPECT_EQ(selector.error().hint, "write for example role=pi,!tag=old or pi-*|@garage");
}

INSTANTIATE_TEST_SUITE_P(
    Errors, SelectorRefuses,
    testing::Values(
        BadSelector{"", "expected a host, key=value, tag=name or @group\n  \n  ^"},
        BadSelector{"role=", "expected a value\n  role=\n       ^"},
        BadSelector{"role==pi", "one \"=\" is enough\n  role==pi\n       ^"},
        BadSelector{"role=pi,",
                    "expected a host, key=value, tag=name or @group\n  role=pi,\n"
                    "          ^"},
        BadSelector{"a||b", "expected a host, key=value, tag=name or @group\n  a||b\n    ^"},
        BadSelector{"(a", "expected \")\"\n  (a\n    ^"},
        BadSelector{"a)", "no \"(\" belongs to this\n  a)\n   ^"},
        BadSelector{"a b", "expected \",\", \"|\" or the end\n  a b\n    ^"},
        BadSelector{"@", "expected the name of a group\n  @\n   ^"},
        BadSelector{"ro*e=pi", "a key takes no wildcard\n  ro*e=pi\n    ^"},
        BadSelector{"=pi", "expected a host, key=value, tag=name or @group\n  =pi\n  ^"},
        BadSelector{"a!b", "expected \",\", \"|\" or the end\n  a!b\n   ^"}));

TEST(Selector, RefusesDeepNestingAndLongTexts) {
  EXPECT_FALSE(Selector::parse(std::string(3'000, '(')));
  EXPECT_FALSE(Selector::parse(std::string(3'000, '!') + "a"));
  const auto longer = Selector::parse(std::string(5'000, 'a'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().context, "selector: longer than 4096 bytes");
}

}  // namespace
}  // namespace gannet::inventory
