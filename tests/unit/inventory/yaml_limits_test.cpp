// What a broken or hostile file may cost: a clear problem, soon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/inventory.h"
#include "inventory/yaml_node.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::inventory {
namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string limit_problem(std::string text) {
  const auto document = parse_yaml("x.yaml", std::move(text));
  return document ? "no problem" : document.error().front().message;
}

TEST(YamlLimits, RefusesAFileOfMoreThanTenMegabytes) {
  const test::TempFolder folder;
  const auto file = folder.write("big.yaml", std::string(kMaxYamlBytes + 1, '#'));
  const auto document = read_yaml(file);
  ASSERT_FALSE(document);
  EXPECT_EQ(to_string(document.error().front()), file.string() + ": is larger than 10 MB");
}

TEST(YamlLimits, RefusesFoldersAndDevices) {
  const test::TempFolder folder;
  EXPECT_EQ(read_yaml(folder.path()).error().front().message, "is a folder, not a file");
  EXPECT_EQ(read_yaml("/dev/zero").error().front().message, "is not a regular file");
  EXPECT_EQ(read_yaml(folder.path() / "nope").error().front().message, "no such file");
}

TEST(YamlLimits, RefusesDeepNestingOfEveryKind) {
  EXPECT_EQ(limit_problem(std::string(100'000, '[')), "nested more than 64 levels deep");
  EXPECT_EQ(limit_problem(repeat("{a: ", 100'000)), "nested more than 64 levels deep");
  EXPECT_EQ(limit_problem(repeat("- ", 100'000)), "nested more than 64 levels deep");
  std::string indented;
  for (std::size_t i = 0; i < 200; ++i) indented += std::string(i, ' ') + "a:\n";
  EXPECT_EQ(limit_problem(indented), "nested more than 64 levels deep");
}

TEST(YamlLimits, RefusesAnAliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before +
            repeat(", " + before, 9) + "]\n";
  }
  EXPECT_EQ(limit_problem(bomb), "the file holds more than 300000 values");
}

TEST(YamlLimits, RefusesAMergeBomb) {
  std::string bomb = "m0: &m0 {" + repeat("k", 1) + ": 1";
  for (int i = 0; i < 5'000; ++i) bomb += ", k" + std::to_string(i) + ": 1";
  bomb += "}\n";
  for (int i = 0; i < 1'000; ++i) bomb += "n" + std::to_string(i) + ": {<<: *m0}\n";
  EXPECT_EQ(limit_problem(bomb), "the file holds more than 300000 values");
}

TEST(YamlLimits, EndsWithMegabytesOfAnything) {
  for (const std::string_view piece : {"[]", "- a\n", "\"", "a: b\n"}) {
    EXPECT_FALSE(parse_yaml("x.yaml", repeat(piece, 3'000'000 / piece.size()))) << piece;
  }
}

TEST(YamlLimits, ReadsAFleetOfTenThousandHosts) {
  std::string text = "hosts:\n";
  for (int i = 0; i < 10'000; ++i) {
    text += "  pi-" + std::to_string(i) + ": {address: 10.0.0.1, labels: {role: pi}}\n";
  }
  const auto document = parse_yaml("x.yaml", text);
  ASSERT_TRUE(document);
  const auto hosts = parse_hosts(**document);
  ASSERT_TRUE(hosts);
  EXPECT_EQ(hosts->size(), 10'000U);
}

}  // namespace
}  // namespace gannet::inventory
