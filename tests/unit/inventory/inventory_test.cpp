#include "inventory/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/natural_order.h"

namespace gannet::inventory {
namespace {

Host host(const std::string& name, std::map<std::string, std::string> labels = {},
          std::vector<std::string> groups = {}) {
  Host made;
  made.name = name;
  made.address = name;
  made.labels = std::move(labels);
  made.groups = std::move(groups);
  made.from = {"inventory.yaml", static_cast<int>(name.size()), 3};
  return made;
}

std::vector<std::string> names(const std::vector<Host>& hosts) {
  std::vector<std::string> found;
  for (const Host& one : hosts) found.push_back(one.name);
  return found;
}

Inventory fleet() {
  auto made = Inventory::from_hosts({host("pi-10", {{"role", "pi"}}, {"garage"}),
                                     host("pi-2", {{"role", "pi"}, {"site", "lab"}}),
                                     host("web-1", {{"role", "web"}})});
  return std::move(*made);
}

Error selection_error(const std::string& selector) {
  const auto selected = fleet().select(*Selector::parse(selector));
  EXPECT_FALSE(selected);
  return selected ? Error{} : selected.error();
}

TEST(NaturalOrder, ComparesDigitsAsNumbers) {
  EXPECT_TRUE(natural_less("pi-2", "pi-10"));
  EXPECT_FALSE(natural_less("pi-10", "pi-2"));
  EXPECT_TRUE(natural_less("a2b10", "a2b11"));
  EXPECT_TRUE(natural_less("pi", "pi-1"));
  EXPECT_TRUE(natural_less("pi-99999999999999999998", "pi-99999999999999999999"));
  EXPECT_FALSE(natural_less("pi-1", "pi-1"));
  EXPECT_NE(natural_less("pi-01", "pi-1"), natural_less("pi-1", "pi-01"));
}

TEST(Inventory, SortsHostsByNaturalOrder) {
  EXPECT_THAT(names(fleet().hosts()), testing::ElementsAre("pi-2", "pi-10", "web-1"));
}

TEST(Inventory, FindsAHostByName) {
  const Inventory inventory = fleet();
  ASSERT_NE(inventory.find("pi-10"), nullptr);
  EXPECT_EQ(inventory.find("pi-10")->name, "pi-10");
  EXPECT_EQ(inventory.find("pi-3"), nullptr);
}

TEST(Inventory, RefusesTwoHostsOfOneNameAndNamesBothPlaces) {
  std::vector<Host> hosts{host("pi-1"), host("pi-1")};
  hosts[1].from = {"other.yaml", 9, 3};
  const auto inventory = Inventory::from_hosts(hosts);
  ASSERT_FALSE(inventory);
  EXPECT_THAT(inventory.error().context, testing::HasSubstr("is defined twice"));
  EXPECT_THAT(inventory.error().context, testing::HasSubstr("inventory.yaml:4:3"));
  EXPECT_THAT(inventory.error().context, testing::HasSubstr("other.yaml:9:3"));
}

TEST(Inventory, SelectsInOrder) {
  const auto selected = fleet().select(*Selector::parse("role=pi"));
  ASSERT_TRUE(selected);
  EXPECT_THAT(names(*selected), testing::ElementsAre("pi-2", "pi-10"));
}

TEST(Inventory, RefusesAnUnknownLabelWithTheNearest) {
  EXPECT_EQ(selection_error("web-1|rol=pi").context,
            "selector: no host has the label \"rol\"\n"
            "  web-1|rol=pi\n"
            "        ^ did you mean \"role\"?");
}

TEST(Inventory, RefusesAnUnknownGroupWithTheNearest) {
  EXPECT_EQ(selection_error("@garag").context,
            "selector: no host is in a group \"garag\"\n  @garag\n   ^ did you mean \"garage\"?");
}

TEST(Inventory, RefusesAnUnknownHostEvenBehindANot) {
  EXPECT_EQ(selection_error("!pi-3").context,
            "selector: there is no host \"pi-3\"\n  !pi-3\n   ^ did you mean \"pi-2\"?");
}

TEST(Inventory, ListsWhatIsKnownWhenNothingIsNear) {
  const Error error = selection_error("customer=acme");
  EXPECT_EQ(error.context, "selector: no host has the label \"customer\"\n  customer=acme\n  ^");
  EXPECT_EQ(error.hint, "known: role, site");
}

TEST(Inventory, RefusesAnEmptySelection) {
  const Error error = selection_error("role=db");
  EXPECT_EQ(error.code, Code::kInvalidInput);
  EXPECT_EQ(error.context, "the selector \"role=db\" selects none of 3 hosts");
  EXPECT_EQ(error.hint, "gannet inventory list shows the hosts with their labels");
}

TEST(Inventory, SaysSoWhenThereAreNoHostsAtAll) {
  const auto selected = Inventory::from_hosts({})->select(Selector::all());
  ASSERT_FALSE(selected);
  EXPECT_EQ(selected.error().context, "the inventory has no hosts");
}

}  // namespace
}  // namespace gannet::inventory
