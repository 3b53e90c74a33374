#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/inventory.h"
#include "inventory/ssh_settings.h"
#include "inventory/yaml_node.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::inventory {
namespace {

using testing::ElementsAre;
using testing::Pair;

Inventory load(const std::string& text) {
  auto document = parse_yaml("dir/inventory.yaml", text);
  EXPECT_TRUE(document);
  auto hosts = parse_hosts(**document);
  EXPECT_TRUE(hosts) << (hosts ? "" : to_single_error(hosts.error()).context);
  return std::move(*Inventory::from_hosts(hosts ? std::move(*hosts) : std::vector<Host>{}));
}

/// The only problem of `text`: what is shown, and behind " => " the hint.
std::string hosts_problem(const std::string& text) {
  const auto document = parse_yaml("inventory.yaml", text);
  if (!document) return to_string(document.error().front());
  const auto hosts = parse_hosts(**document);
  if (hosts) return "no problem";
  EXPECT_EQ(hosts.error().size(), 1U) << to_single_error(hosts.error()).context;
  const Problem& problem = hosts.error().front();
  return to_string(problem) + (problem.hint.empty() ? "" : " => " + problem.hint);
}

TEST(InventoryYaml, ReadsAFullHost) {
  const Inventory inventory = load(
      "groups: {garage: {}}\n"
      "hosts:\n"
      "  pi-1: { address: 10.0.0.5, labels: {role: pi, n: 3}, tags: [canary], groups: [garage],\n"
      "    vars: {port: 80}, state_dir: /srv/gannet, optional: true,\n"
      "    ssh: {port: 2222, user: x, become: sudo, identity_files: [key], known_hosts: /k} }\n"
      "  pi-2:\n");
  const Host* host = inventory.find("pi-1");
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(host->address, "10.0.0.5");
  EXPECT_THAT(host->labels, ElementsAre(Pair("n", "3"), Pair("role", "pi")));
  EXPECT_THAT(host->tags, ElementsAre("canary"));
  EXPECT_THAT(host->groups, ElementsAre("garage"));
  EXPECT_THAT(host->vars, ElementsAre(Pair("port", "80")));
  EXPECT_EQ(host->state_dir, "/srv/gannet");
  EXPECT_TRUE(host->optional);
  EXPECT_EQ(host->ssh.port, 2222);
  EXPECT_EQ(host->ssh.user, "x");
  EXPECT_EQ(host->ssh.become, Become::kSudo);
  EXPECT_THAT(host->ssh.identity_files, ElementsAre("dir/key"));
  EXPECT_EQ(host->ssh.known_hosts_file, "/k");
  EXPECT_EQ(to_string(host->from), "dir/inventory.yaml:3:3");
  EXPECT_EQ(inventory.find("pi-2")->address, "pi-2");
}

TEST(InventoryYaml, HostWinsOverGroupOverDefaults) {
  const Inventory inventory = load(
      "defaults: { labels: {a: d, b: d, c: d, d: d}, vars: {v: d}, state_dir: /d,\n"
      "            ssh: {user: d, port: 1, identity_files: [/d1, /d2]} }\n"
      "groups:\n"
      "  all:   { children: [left, right], labels: {b: all, c: all, d: all}, ssh: {user: all} }\n"
      "  left:  { labels: {c: left, d: left}, vars: {v: left} }\n"
      "  right: { labels: {c: right}, ssh: {identity_files: [/r]} }\n"
      "hosts:\n"
      "  one: { groups: [left, right], labels: {d: own}, ssh: {port: 9} }\n");
  const Host* host = inventory.find("one");
  EXPECT_THAT(host->labels,
              ElementsAre(Pair("a", "d"), Pair("b", "all"), Pair("c", "right"), Pair("d", "own")));
  EXPECT_THAT(host->vars, ElementsAre(Pair("v", "left")));
  EXPECT_THAT(host->groups, ElementsAre("all", "left", "right"));
  EXPECT_EQ(host->ssh.user, "all");
  EXPECT_EQ(host->ssh.port, 9);
  EXPECT_THAT(host->ssh.identity_files, ElementsAre("/r"));
  EXPECT_EQ(host->state_dir, "/d");
}

TEST(InventoryYaml, UnderstandsAnchorsMergesAndIgnoredKeys) {
  const Inventory inventory = load(
      "x-pi: &pi { labels: {role: pi}, tags: [a] }\n"
      "hosts:\n  pi-1: *pi\n  pi-2: { <<: *pi, address: 10.0.0.2 }\n");
  EXPECT_THAT(inventory.find("pi-1")->labels, ElementsAre(Pair("role", "pi")));
  EXPECT_THAT(inventory.find("pi-2")->tags, ElementsAre("a"));
}

TEST(InventoryYaml, ExpandsTheHomeFolder) {
  ASSERT_EQ(::setenv("HOME", "/home/me", 1), 0);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(expand_path("~/.ssh/id", "dir"), "/home/me/.ssh/id");
  EXPECT_EQ(expand_path("~", "dir"), "/home/me");
  EXPECT_EQ(expand_path("keys/../id", "dir"), "dir/id");
  EXPECT_EQ(expand_path("/abs", "dir"), "/abs");
}

struct BadHosts {
  const char* name;
  const char* text;
  const char* shown;
};

class InventoryYamlRefuses : public testing::TestWithParam<BadHosts> {};

TEST_P(InventoryYamlRefuses, WithPlaceAndHint) {
  EXPECT_EQ(hosts_problem(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, InventoryYamlRefuses,
    testing::Values(
        BadHosts{"UnknownKey", "hosts:\n  web-3:\n    adress: 10.0.0.3\n",
                 "inventory.yaml:3:5: unknown key \"adress\" in host \"web-3\"\n"
                 "    3 |     adress: 10.0.0.3\n"
                 "      |     ^ did you mean \"address\"?"},
        BadHosts{"NoHosts", "groups: {}\n",
                 "inventory.yaml:1:1: the key \"hosts\" is missing in the inventory\n"
                 "    1 | groups: {}\n      | ^"},
        BadHosts{"ListOfHosts", "hosts: [a, b]\n",
                 "inventory.yaml:1:8: hosts has to be a mapping (key: value), not a list\n"
                 "    1 | hosts: [a, b]\n      |        ^"},
        BadHosts{"SameHostTwice", "hosts:\n  a:\n  a:\n",
                 "inventory.yaml:3:3: the key \"a\" is here twice\n    3 |   a:\n      |   ^"
                 " => remove one; the first is in line 2"},
        BadHosts{"BadHostName", "hosts: {\"a b\": }\n",
                 "inventory.yaml:1:9: \"a b\" cannot be the name of a host\n"
                 "    1 | hosts: {\"a b\": }\n      |         ^"
                 " => use letters, digits, \"_\", \"-\" and \".\", a letter, digit or \"_\" first"},
        BadHosts{"UnknownGroup", "groups: {garage: }\nhosts: {a: {groups: garge}}\n",
                 "inventory.yaml:2:21: there is no group \"garge\"\n"
                 "    2 | hosts: {a: {groups: garge}}\n"
                 "      |                     ^ did you mean \"garage\"?"
                 " => define it under \"groups:\""},
        BadHosts{"UnknownChild", "groups: {a: {children: [xyz]}}\nhosts: {a: }\n",
                 "inventory.yaml:1:25: there is no group \"xyz\"\n"
                 "    1 | groups: {a: {children: [xyz]}}\n      |                         ^"
                 " => define it under \"groups:\""},
        BadHosts{"GroupCycle",
                 "groups: {a: {children: [b]}, b: {children: [a]}}\nhosts: {h: {groups: a}}\n",
                 "inventory.yaml:1:10: groups contain each other: a > b > a\n"
                 "    1 | groups: {a: {children: [b]}, b: {children: [a]}}\n      |          ^"
                 " => remove one of them from \"children\""},
        BadHosts{"HostsInGroup", "groups: {a: {hosts: [x]}}\nhosts: {x: }\n",
                 "inventory.yaml:1:14: a group does not list its hosts\n"
                 "    1 | groups: {a: {hosts: [x]}}\n      |              ^"
                 " => write groups: [a] at each host"},
        BadHosts{"UserInAddress", "hosts: {a: {address: pi@10.0.0.1}}\n",
                 "inventory.yaml:1:22: \"pi@10.0.0.1\" is not an address: it holds a user\n"
                 "    1 | hosts: {a: {address: pi@10.0.0.1}}\n      |                      ^"
                 " => write ssh: {user: pi}"},
        BadHosts{"PortInAddress", "hosts: {a: {address: \"10.0.0.1:22\"}}\n",
                 "inventory.yaml:1:22: \"10.0.0.1:22\" is not an address: it holds a port\n"
                 "    1 | hosts: {a: {address: \"10.0.0.1:22\"}}\n      |                      ^"
                 " => write ssh: {port: 22}"},
        BadHosts{
            "OptionAsAddress", "hosts: {a: {address: -oProxyCommand=x}}\n",
            "inventory.yaml:1:22: \"-oProxyCommand=x\" is not an address: it holds a character "
            "that no host name has\n"
            "    1 | hosts: {a: {address: -oProxyCommand=x}}\n      |                      ^"
            " => write a host name or an IP address"},
        BadHosts{
            "Port", "hosts: {a: {ssh: {port: 65536}}}\n",
            "inventory.yaml:1:25: \"port\" in ssh of host \"a\" has to be a whole number from 1 "
            "to 65535, not \"65536\"\n"
            "    1 | hosts: {a: {ssh: {port: 65536}}}\n      |                         ^"},
        BadHosts{
            "Become", "defaults: {ssh: {become: sud}}\nhosts: {a: }\n",
            "inventory.yaml:1:26: \"become\" in ssh of defaults has to be one of sudo, none, not "
            "\"sud\"\n"
            "    1 | defaults: {ssh: {become: sud}}\n"
            "      |                          ^ did you mean \"sudo\"?"},
        BadHosts{"StateDir", "hosts: {a: {state_dir: ../x}}\n",
                 "inventory.yaml:1:24: state_dir has to be an absolute path without \"..\", not "
                 "\"../x\"\n"
                 "    1 | hosts: {a: {state_dir: ../x}}\n      |                        ^"
                 " => write for example /var/lib/gannet"},
        BadHosts{"ReservedLabel", "hosts: {a: {labels: {tag: x}}}\n",
                 "inventory.yaml:1:22: a label cannot be called \"tag\"\n"
                 "    1 | hosts: {a: {labels: {tag: x}}}\n      |                      ^"
                 " => selectors use that word for the host itself; choose another name"},
        BadHosts{"NestedVar", "hosts: {a: {vars: {x: [1]}}}\n",
                 "inventory.yaml:1:23: \"x\" in vars of host \"a\" has to be text, not a list\n"
                 "    1 | hosts: {a: {vars: {x: [1]}}}\n      |                       ^"},
        BadHosts{"EmptyLabel", "hosts: {a: {labels: {x: }}}\n",
                 "inventory.yaml:1:25: \"x\" in labels of host \"a\" has to be text, not nothing\n"
                 "    1 | hosts: {a: {labels: {x: }}}\n      |                         ^"}),
    [](const auto& test) { return test.param.name; });

TEST(InventoryYaml, CollectsAllProblemsOfAFile) {
  const auto document =
      parse_yaml("i.yaml", "hosts:\n  a: {prot: 1}\n  b: {adress: 2}\nhots: {}\n");
  const auto hosts = parse_hosts(**document);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().size(), 3U);
}

TEST(InventoryYaml, LoadsSeveralFilesAndRefusesAHostInTwo) {
  const test::TempFolder folder;
  const std::vector<std::filesystem::path> files{folder.write("a.yaml", "hosts: {one: }\n"),
                                                 folder.write("b.yaml", "hosts: {two: }\n")};
  const auto both = load_yaml(files);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->hosts().size(), 2U);
  folder.write("b.yaml", "hosts: {one: }\n");
  const auto twice = load_yaml(files);
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().context, testing::HasSubstr("the host \"one\" is defined twice"));
}

TEST(InventoryYaml, SaysWhatToDoWhenThereIsNoFile) {
  const auto inventory = load_yaml(std::filesystem::path("/nowhere/inventory.yaml"));
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().code, Code::kNotFound);
  EXPECT_EQ(inventory.error().context, "/nowhere/inventory.yaml: no such file");
}

}  // namespace
}  // namespace gannet::inventory
