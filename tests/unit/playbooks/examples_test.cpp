// The projects in examples/ and every example in the handbook's pages load.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/yaml_node.h"
#include "playbooks/env_file.h"
#include "playbooks/validate.h"
#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> problems_of(const fs::path& folder) {
  const auto project = load_project(folder / "gannet.yaml");
  if (!project) return {project.error().front().context};
  const auto hosts = load_inventory(*project);
  if (!hosts) return {hosts.error().context};
  std::vector<std::string> found;
  for (const Diagnostic& one : validate_project(*project, *hosts)) found.push_back(to_string(one));
  return found;
}

class Examples : public testing::TestWithParam<const char*> {};

TEST_P(Examples, AreValid) {
  EXPECT_THAT(problems_of(fs::path(gannet::test::source_dir()) / "examples" / GetParam()),
              testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Folders, Examples, testing::Values("hello", "homelab", "shop", "weather"));

/// The fenced blocks of a page that begin with ```yaml or ```selector.
std::vector<std::string> blocks(const std::string& page, const std::string& kind) {
  std::ifstream in(fs::path(gannet::test::source_dir()) / "docs" / page);
  std::vector<std::string> found;
  std::string line;
  bool inside = false;
  while (std::getline(in, line)) {
    if (inside && line == "```") {
      inside = false;
    } else if (inside) {
      found.back() += line + "\n";
    } else if (line == "```" + kind) {
      inside = true;
      found.emplace_back();
    }
  }
  return found;
}

/// A block is a gannet.yaml, a part of one, or an inventory: told apart by its first key.
std::string check_block(const std::string& block) {
  const test::TempFolder folder;
  const auto document = inventory::parse_yaml("block", block);
  if (!document) return to_string(document.error().front());
  const inventory::YamlNode& root = (*document)->root();
  if (root.find("hosts") != nullptr) {
    const auto hosts = inventory::parse_hosts(**document);
    return hosts ? "" : inventory::to_single_error(hosts.error()).context;
  }
  const std::string head = root.find("project") != nullptr ? "" : "project: x\n";
  const auto project = load_project(folder.write("gannet.yaml", head + block));
  return project ? "" : project.error().front().context;
}

class DocsPages : public testing::TestWithParam<const char*> {};

TEST_P(DocsPages, HaveExamplesThatLoad) {
  const std::vector<std::string> found = blocks(GetParam(), "yaml");
  EXPECT_FALSE(found.empty());
  for (const std::string& block : found) EXPECT_EQ(check_block(block), "") << block;
}

INSTANTIATE_TEST_SUITE_P(Pages, DocsPages,
                         testing::Values("gannet-yaml.md", "inventory.md", "checks.md",
                                         "generate.md"));

TEST(DocsPages, HaveSelectorsThatParse) {
  const std::vector<std::string> found = blocks("selectors.md", "selector");
  ASSERT_FALSE(found.empty());
  for (const std::string& block : found) {
    std::istringstream lines(block);
    std::string line;
    while (std::getline(lines, line)) {
      const std::string selector = line.substr(0, line.find("  "));
      EXPECT_TRUE(inventory::Selector::parse(selector)) << line;
    }
  }
}

TEST(DocsPages, HaveAnEnvFileThatLoads) {
  const std::vector<std::string> found = blocks("gannet-yaml.md", "sh");
  ASSERT_EQ(found.size(), 1U);
  const auto variables = parse_env(found.front(), ".env");
  EXPECT_TRUE(variables) << variables.error().context;
}

}  // namespace
}  // namespace gannet::playbooks
