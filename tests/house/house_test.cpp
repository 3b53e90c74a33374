#include "tests/house/house.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/paths.h"

namespace gannet::house {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Source> tree_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> files) {
  std::vector<Source> tree;
  for (const auto& [path, text] : files) tree.push_back(parse(std::string(path), text));
  return tree;
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

const fs::path kRoot = gannet::test::source_dir();

// ---- this house -----------------------------------------------------------------------------

TEST(ThisHouse, IncludesFollowTheArrows) { EXPECT_THAT(check_arrows(read_tree(kRoot)), IsEmpty()); }

TEST(ThisHouse, LibrariesStayWhereTheyBelong) {
  EXPECT_THAT(check_confinement(read_tree(kRoot)), IsEmpty());
}

TEST(ThisHouse, FilesAreShort) { EXPECT_THAT(check_sizes(read_tree(kRoot)), IsEmpty()); }

TEST(ThisHouse, ProtocolPageNamesEveryFrameType) {
  EXPECT_THAT(check_frame_types(read_file(kRoot / "protocol/frame.h"),
                                read_file(kRoot / "docs/protocol.md")),
              IsEmpty());
}

TEST(ThisHouse, HasItsRooms) {
  for (const std::string room :
       {"base", "protocol", "agent", "inventory", "playbooks", "controller", "tests"}) {
    EXPECT_TRUE(fs::is_directory(kRoot / room)) << room;
  }
  EXPECT_GT(read_tree(kRoot).size(), 50U);
}

// ---- the rules can fail ---------------------------------------------------------------------

TEST(Arrows, AllowWhatTheDesignAllows) {
  EXPECT_THAT(check_arrows(tree_of({
                  {"base/a.h", "#include \"base/b.h\"\n#include <vector>\n"},
                  {"protocol/a.h", "#include \"base/b.h\"\n#include \"protocol/b.h\"\n"},
                  {"agent/core/a.cpp", "#include \"protocol/b.h\"\n#include \"agent/b.h\"\n"},
                  {"playbooks/a.cpp", "#include \"inventory/b.h\"\n#include \"base/b.h\"\n"},
                  {"controller/a.cpp", "#include \"protocol/b.h\"\n#include \"playbooks/b.h\"\n"},
                  {"tests/a.cpp", "#include \"controller/b.h\"\n#include \"agent/b.h\"\n"},
              })),
              IsEmpty());
}

TEST(Arrows, RefuseEveryOtherInclude) {
  EXPECT_THAT(check_arrows(tree_of({
                  {"base/a.h", "\n#include \"protocol/b.h\"\n"},
                  {"protocol/a.h", "  #  include \"agent/b.h\"\n"},
                  {"agent/a.cpp", "#include \"controller/b.h\"\n"},
                  {"inventory/a.cpp", "#include \"protocol/b.h\"\n"},
                  {"playbooks/a.cpp", "#include \"controller/b.h\"\n"},
                  {"controller/a.cpp", "#include \"agent/b.h\"\n"},
                  {"controller/b.cpp", "#include \"tests/b.h\"\n"},
                  {"controller/c.cpp", "#include \"c.h\"\n"},
              })),
              ElementsAre("base/a.h:2: base/ may not include protocol/b.h",
                          "protocol/a.h:1: protocol/ may not include agent/b.h",
                          "agent/a.cpp:1: agent/ may not include controller/b.h",
                          "inventory/a.cpp:1: inventory/ may not include protocol/b.h",
                          "playbooks/a.cpp:1: playbooks/ may not include controller/b.h",
                          "controller/a.cpp:1: controller/ may not include agent/b.h",
                          "controller/b.cpp:1: controller/ may not include tests/b.h",
                          "controller/c.cpp:1: \"c.h\" does not begin with a room"));
}

TEST(Arrows, IgnoreComments) {
  EXPECT_THAT(check_arrows(tree_of({
                  {"base/a.h", "// #include \"agent/b.h\"\n/* x\n#include \"agent/b.h\"\n*/\n"},
              })),
              IsEmpty());
}

struct Use {
  std::string code;
  std::string good;  ///< a path where it is allowed
  std::string bad;   ///< one where it is not
};

class ConfinementTest : public testing::TestWithParam<Use> {};

INSTANTIATE_TEST_SUITE_P(
    Every, ConfinementTest,
    testing::Values(
        Use{"#include <libssh/libssh.h>", "controller/ssh/a.cpp", "controller/fleet/a.cpp"},
        Use{"#include <yaml-cpp/yaml.h>", "inventory/load_yaml.cpp", "inventory/load.cpp"},
        Use{"#include <yaml-cpp/yaml.h>", "playbooks/yaml_node.h", "controller/yaml_node.h"},
        Use{"#include <yaml-cpp/yaml.h>", "playbooks/yaml_node.cpp", "playbooks/load_yaml.h"},
        Use{"#include <CLI/CLI.hpp>", "controller/cli/a.cpp", "controller/main.cpp"},
        Use{"#include <SQLiteCpp/Database.h>", "controller/results/a.cpp", "controller/cli/a.cpp"},
        Use{"#include <sqlite3.h>", "controller/results/a.cpp", "base/a.cpp"},
        Use{"#include <httplib.h>", "inventory/netbox_source.cpp", "inventory/cache.cpp"},
        Use{"#include <httplib.h>", "controller/serve/a.cpp", "agent/probes/http.cpp"},
        Use{"#include <nlohmann/json.hpp>", "controller/report/a.cpp", "agent/a.cpp"},
        Use{"#include <boost/asio.hpp>", "controller/ssh/a.h", "agent/a.cpp"},
        Use{"#include <openssl/ssl.h>", "controller/a.cpp", "agent/a.cpp"},
        Use{"#include <iostream>", "controller/cli/a.cpp", "agent/main.cpp"},
        Use{"#include <iostream>", "inventory/a.cpp", "base/a.cpp"},
        Use{"#include <regex>", "playbooks/a.cpp", "protocol/a.cpp"},
        Use{"  getaddrinfo(a, b, c, d);", "controller/ssh/a.cpp", "agent/probes/tcp.cpp"},
        Use{"x = ::getpwnam(\"root\");", "controller/a.cpp", "agent/core/a.cpp"},
        Use{"getpwuid_r (1);", "controller/a.cpp", "base/a.cpp"},
        Use{"#include <fstream>", "agent/a.cpp", "protocol/a.cpp"},
        Use{"#include <sys/socket.h>", "agent/a.cpp", "protocol/a.cpp"}));

TEST_P(ConfinementTest, AllowsAndRefuses) {
  const Use& use = GetParam();
  EXPECT_THAT(check_confinement({parse(use.good, use.code)}), IsEmpty());
  EXPECT_THAT(check_confinement({parse("tests/a.cpp", use.code)}), IsEmpty());
  const auto wrong = check_confinement({parse(use.bad, "\n" + use.code + "\n")});
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_TRUE(wrong[0].starts_with(use.bad + ":2: ")) << wrong[0];
  EXPECT_TRUE(wrong[0].ends_with(" is not allowed in this file")) << wrong[0];
}

TEST(Confinement, TalkingAboutAFunctionIsNotCallingIt) {
  EXPECT_THAT(check_confinement(tree_of({
                  {"agent/a.cpp",
                   "// getpwnam(x) would need NSS\n"
                   "say(\"no \\\"getpwnam( here\"); char c = '\"'; /* getaddrinfo(\n"
                   "getaddrinfo( */ int n = 1'000; my_getpwnam(x);\n"},
              })),
              IsEmpty());
}

TEST(Confinement, CodeBehindACommentOrADigitSeparatorIsSeen) {
  EXPECT_THAT(check_confinement(tree_of({
                  {"agent/a.cpp", "/* x */ getpwnam(x);\nwait(1'000); getpwnam(x);\n"},
              })),
              testing::SizeIs(2));
}

TEST(Sizes, HeadersEndAt150AndSourcesAt400Lines) {
  const auto lines = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += "\n";
    return text;
  };
  EXPECT_THAT(check_sizes({parse("base/a.h", lines(150)), parse("base/a.cpp", lines(400))}),
              IsEmpty());
  EXPECT_THAT(check_sizes({parse("base/a.h", lines(151)), parse("tests/a.cpp", lines(401))}),
              ElementsAre("base/a.h:151: at most 150 lines are allowed",
                          "tests/a.cpp:401: at most 400 lines are allowed"));
}

TEST(FrameTypes, EachNeedsItsRow) {
  const std::string header =
      "enum class FrameType : std::uint16_t {\n  // Requests.\n  kHello = 1,\n  kData = 96,\n};\n";
  EXPECT_THAT(check_frame_types(header, "\n| 1 | `kHello` | x |\n| 96 | `kData` | x |\n"),
              IsEmpty());
  EXPECT_THAT(check_frame_types(header, "\n| 1 | `kHello` | x |\n| 9 | `kData` | x |\n"),
              ElementsAre("docs/protocol.md:1: no table row for frame type 96, kData"));
  EXPECT_THAT(check_frame_types("nothing", ""), testing::SizeIs(1));
}

TEST(ReadTree, FindsSourcesInRoomsOnly) {
  const fs::path root = fs::path(testing::TempDir()) / "gannet_house_read_tree";
  fs::remove_all(root);
  fs::create_directories(root / "base/deep");
  fs::create_directories(root / "build");
  for (const std::string name : {"base/b.h", "base/deep/a.cpp", "base/x.txt", "build/c.cpp"}) {
    std::ofstream(root / name) << "int x;\n";
  }
  const auto tree = read_tree(root);
  fs::remove_all(root);
  ASSERT_EQ(tree.size(), 2U);
  EXPECT_EQ(tree[0].path, "base/b.h");
  EXPECT_EQ(tree[1].path, "base/deep/a.cpp");
  EXPECT_EQ(tree[1].lines[0].code, "int x;");
}

}  // namespace
}  // namespace gannet::house
