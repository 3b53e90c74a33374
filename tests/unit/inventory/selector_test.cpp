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

struct Case {
  const char* text;
  bool matches;
};

class SelectorMatches : public testing::TestWithParam<Case> {};

TEST_P(SelectorMatches, Pi1) {
  const auto selector = Selector::parse(GetParam().text);
  ASSERT_TRUE(selector) << selector.error().context;
  EXPECT_EQ(selector->matches(pi_1()), GetParam().matches);
  EXPECT_EQ(selector->text(), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Grammar, SelectorMatches,
    testing::Values(
        Case{"pi-1", true}, Case{"pi-2", false}, Case{"pi-*", true}, Case{"p?-1", true},
        Case{"*", true}, Case{"web-*", false}, Case{"role=pi", true}, Case{"role=p*", true},
        Case{"role=web", false}, Case{"role!=pi", false}, Case{"role!=web", true},
        Case{"gpu=yes", false}, Case{"gpu!=yes", true}, Case{"rack=a.1", true},
        Case{"@garage", true}, Case{"@lab", false}, Case{"@g*", true}, Case{"tag=canary", true},
        Case{"tag=old", true}, Case{"tag=new", false}, Case{"tag!=canary", false},
        Case{"tag!=new", true}, Case{"name=pi-1", true}, Case{"name=pi-?", true},
        Case{"name!=pi-1", false}, Case{"address=10.0.*", true}, Case{"address=10.1.*", false},
        Case{"!pi-1", false}, Case{"!web", true}, Case{"!!pi-1", true}, Case{"!@lab", true},
        Case{"role=pi,site=home", true}, Case{"role=pi,site=lab", false},
        Case{"role=web|site=home", true}, Case{"role=web|site=lab", false},
        Case{"role=web,site=lab|@garage", true},  // "," binds tighter
        Case{"@garage|role=web,site=lab", true}, Case{"(@garage|role=web),site=lab", false},
        Case{"!(role=web|site=lab)", true}, Case{"!(role=pi|site=lab),pi-1", false},
        Case{" role = pi , ( site=home | @lab ) ", true}, Case{"a|b|pi-1|c", true},
        Case{"pi-1,role=pi,site=home,tag=old", true}, Case{"((((pi-1))))", true}));

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

struct BadCase {
  const char* text;
  const char* context;
};

class SelectorRefuses : public testing::TestWithParam<BadCase> {};

TEST_P(SelectorRefuses, WithACaret) {
  const auto selector = Selector::parse(GetParam().text);
  ASSERT_FALSE(selector);
  EXPECT_EQ(selector.error().code, Code::kInvalidInput);
  EXPECT_EQ(selector.error().context, std::string("selector: ") + GetParam().context);
  EXPECT_EQ(selector.error().hint, "write for example role=pi,!tag=old or pi-*|@garage");
}

INSTANTIATE_TEST_SUITE_P(
    Errors, SelectorRefuses,
    testing::Values(BadCase{"", "expected a host, key=value, tag=name or @group\n  \n  ^"},
                    BadCase{"role=", "expected a value\n  role=\n       ^"},
                    BadCase{"role==pi", "one \"=\" is enough\n  role==pi\n       ^"},
                    BadCase{"role=pi,",
                            "expected a host, key=value, tag=name or @group\n  role=pi,\n"
                            "          ^"},
                    BadCase{"a||b",
                            "expected a host, key=value, tag=name or @group\n  a||b\n    ^"},
                    BadCase{"(a", "expected \")\"\n  (a\n    ^"},
                    BadCase{"a)", "no \"(\" belongs to this\n  a)\n   ^"},
                    BadCase{"a b", "expected \",\", \"|\" or the end\n  a b\n    ^"},
                    BadCase{"@", "expected the name of a group\n  @\n   ^"},
                    BadCase{"ro*e=pi", "a key takes no wildcard\n  ro*e=pi\n    ^"},
                    BadCase{"=pi", "expected a host, key=value, tag=name or @group\n  =pi\n  ^"},
                    BadCase{"a!b", "expected \",\", \"|\" or the end\n  a!b\n   ^"}));

TEST(Selector, RefusesDeepNestingAndLongTexts) {
  EXPECT_FALSE(Selector::parse(std::string(3'000, '(')));
  EXPECT_FALSE(Selector::parse(std::string(3'000, '!') + "a"));
  const auto longer = Selector::parse(std::string(5'000, 'a'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().context, "selector: longer than 4096 bytes");
}

}  // namespace
}  // namespace gannet::inventory
