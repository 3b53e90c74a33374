#include "playbooks/env_file.h"

#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/paths.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::Pair;

Variables read(std::string_view text) {
  auto variables = parse_env(text, ".env");
  EXPECT_TRUE(variables) << (variables ? "" : variables.error().context);
  return variables ? *variables : Variables{};
}

std::string refusal(std::string_view text) {
  const auto variables = parse_env(text, ".env");
  return variables ? "no problem" : variables.error().context;
}

/// Where Compose guesses, gannet refuses: see docs/gannet-yaml.md.
const std::set<std::string> kStricter{"no-eq",  "dq-then-text", "sq-then-text", "unset-var",
                                      "bcrypt", "no-eq-nl",     "forward-ref",  "eq-only"};

TEST(EnvFile, MeansWhatComposeMeans) {
  std::ifstream in(gannet::test::source_dir() + "/tests/fixtures/env/semantics.json");
  const nlohmann::json cases = nlohmann::json::parse(in).at("cases");
  ASSERT_GT(cases.size(), 90U);
  for (const auto& one : cases) {
    const std::string name = one.at("name");
    const std::string text = one.at("text");
    const auto variables = parse_env(text, ".env", {{"BAR", "HOSTBAR"}});
    const auto& compose = one.at("compose_env_file");
    if (kStricter.contains(name) || compose.contains("error")) {
      EXPECT_FALSE(variables) << name;
      continue;
    }
    ASSERT_TRUE(variables) << name << ": " << variables.error().context;
    EXPECT_EQ(*variables, compose.at("env").get<Variables>()) << name;
  }
}

TEST(EnvFile, ReadsEscapesAtTheEndOfAQuote) {
  EXPECT_THAT(read("A=\"x\\\\\"\nB='a\\b'\n"), ElementsAre(Pair("A", "x\\"), Pair("B", "a\\b")));
}

TEST(EnvFile, KeepsADollarThatIsQuotedOrDoubled) {
  EXPECT_THAT(read("A='$2y$10$abc'\nB=$$2y\nC=\"\\$X\\044\"\n"),
              ElementsAre(Pair("A", "$2y$10$abc"), Pair("B", "$2y"), Pair("C", "$X$")));
}

TEST(EnvFile, TakesNothingFromTheProcessEnvironment) {
  EXPECT_EQ(refusal("A=${PATH}\n"), ".env:1:3: the variable \"PATH\" is not set");
}

struct EnvCase {
  const char* name;
  const char* text;
  const char* shown;
};

class EnvFileRefuses : public testing::TestWithParam<EnvCase> {};

TEST_P(EnvFileRefuses, WithThePlace) { EXPECT_EQ(refusal(GetParam().text), GetParam().shown); }

INSTANTIATE_TEST_SUITE_P(
    Errors, EnvFileRefuses,
    testing::Values(
        EnvCase{"NoValue", "A=1\nFOO\n", ".env:2:1: \"FOO\" has no value"},
        EnvCase{"Blank", "A=1\n  FOO BAR=x\n", ".env:2:7: a name cannot hold a blank"},
        EnvCase{"Character", "F$O=x\n", ".env:1:2: this character cannot stand in a name"},
        EnvCase{"NoName", "=x\n", ".env:1:1: a name is missing before \"=\""},
        EnvCase{"Unterminated", "A=1\nB=\"x\nC=2\n", ".env:2:3: this quote is never closed"},
        EnvCase{"TextBehind", "A=\"x\"y\n", ".env:1:6: text behind the closing quote"},
        EnvCase{"Nearest", "TAG=1\nA=${TAGG}\n",
                ".env:2:3: the variable \"TAGG\" is not set; did you mean \"TAG\"?"},
        EnvCase{"PieceOfASecret", "A=$2y$10$s3cretHash\n",
                ".env:1:3: a variable after \"$\" is not set"},
        EnvCase{"Required", "A=${B:?set B}\n", ".env:1:3: the variable \"B\" is not set: set B"},
        EnvCase{"Utf8", "A=1\nB=\xFF\n", ".env:2:3: not valid UTF-8"}),
    [](const auto& test) { return test.param.name; });

TEST(EnvFile, NeverShowsTheLine) {
  const std::string shown = refusal("PASSWORD=\"hunter2\" junk\n");
  EXPECT_THAT(shown, testing::Not(testing::HasSubstr("hunter2")));
}

TEST(EnvFile, RefusesNulBytes) {
  EXPECT_EQ(refusal(std::string_view("A=\0x", 4)), ".env:1:3: NUL byte in a text file");
}

TEST(EnvFile, EndsWhenVariablesDoubleEachOther) {
  std::string text = "A0=" + std::string(1'000, 'x') + "\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "${A" + std::to_string(i - 1) + "}";
    text += "A" + std::to_string(i) + "=" + before + before + "\n";
  }
  EXPECT_THAT(refusal(text), testing::EndsWith("the value becomes too long"));
}

TEST(EnvFile, IsLoadedFromAFileWithByteOrderMark) {
  const test::TempFolder folder;
  const auto file = folder.write(".env",
                                 "\xEF\xBB\xBF"
                                 "A=1\r\n");
  EXPECT_THAT(*load_env_file(file), ElementsAre(Pair("A", "1")));
  const auto missing = load_env_file(folder.path() / "no.env");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_EQ(missing.error().context, (folder.path() / "no.env").string() + ": no such file");
  EXPECT_EQ(missing.error().hint, "create it, or correct env_file: of the environment");
}

}  // namespace
}  // namespace gannet::playbooks
