// systemd's reading, and forms that both programs read the same.
#include "playbooks/env_systemd.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "playbooks/env_form.h"
#include "tests/support/paths.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(SystemdEnvFile, MeansWhatSystemdMeans) {
  std::ifstream in(gannet::test::source_dir() + "/tests/fixtures/env/semantics.json");
  const nlohmann::json cases = nlohmann::json::parse(in).at("cases");
  ASSERT_GT(cases.size(), 90U);
  for (const auto& one : cases) {
    const auto read = parse_systemd_env(one.at("text").get<std::string>());
    EXPECT_EQ(read.variables, one.at("systemd_EnvironmentFile").at("env").get<Variables>())
        << one.at("name");
  }
}

TEST(SystemdEnvFile, NamesWhatItIgnores) {
  const auto read = parse_systemd_env("export A=1\nB.C=2\nD=\x07\nE=3\n");
  EXPECT_THAT(read.variables, ElementsAre(Pair("E", "3")));
  ASSERT_EQ(read.ignored.size(), 3U);
  EXPECT_EQ(read.ignored[0].name, "export A");
}

TEST(SystemdEnvFile, TakesTheLineBelowACommentThatEndsWithABackslash) {
  EXPECT_THAT(parse_systemd_env("# c:\\\nA=1\nB=2\n").variables, ElementsAre(Pair("B", "2")));
}

std::string form_of(const std::string& value, EnvReader reader = EnvReader::kBoth) {
  const auto form = env_form("K", value, reader);
  return form ? *form : "refused: " + form.error().context;
}

TEST(EnvForm, QuotesNoMoreThanNeeded) {
  EXPECT_EQ(form_of(""), "");
  EXPECT_EQ(form_of("Europe/Berlin"), "Europe/Berlin");
  EXPECT_EQ(form_of("a b"), "'a b'");
  EXPECT_EQ(form_of("$2y$10$abc"), "'$2y$10$abc'");
  EXPECT_EQ(form_of("it's"), "\"it's\"");
  EXPECT_EQ(form_of("it's $5 \\ \"x\""), "\"it's \\$5 \\\\ \\\"x\\\"\"");
  EXPECT_EQ(form_of("ends with \\"), "\"ends with \\\\\"");
}

TEST(EnvForm, IsReadAsTheSameValueByBoth) {
  const std::string alphabet = "a$'\"\\ #\n\t{}=`;&x0";
  for (std::size_t seed = 0; seed < 4'000; ++seed) {
    std::string value;
    for (auto rest = seed * 2'654'435'761U % 1'000'000'007U; rest > 0; rest /= alphabet.size())
      value += alphabet[rest % alphabet.size()];
    const auto form = env_form("K", value, EnvReader::kBoth);
    ASSERT_TRUE(form) << value;
    const auto text = "K=" + *form + "\nL=1\n";
    const auto compose = parse_env(text, ".env");
    ASSERT_TRUE(compose) << value;
    EXPECT_THAT(*compose, ElementsAre(Pair("K", value), Pair("L", "1")));
    EXPECT_EQ(*compose, parse_systemd_env(text).variables) << value;
  }
}

TEST(EnvForm, RefusesWhatOneWouldReadDifferently) {
  EXPECT_THAT(form_of("bell\a"), HasSubstr("systemd ignores values with control characters"));
  EXPECT_EQ(form_of("bell\a", EnvReader::kCompose), "\"bell\\a\"");
  EXPECT_THAT(form_of(std::string("a\0b", 3)), HasSubstr("cannot be written"));
  EXPECT_THAT(form_of("\xFF\xFE"), HasSubstr("K: "));
  const auto key = env_form("A.B", "x", EnvReader::kBoth);
  ASSERT_FALSE(key);
  EXPECT_THAT(key.error().hint, HasSubstr("--for compose"));
  EXPECT_EQ(*env_form("A.B", "x", EnvReader::kCompose), "x");
  for (const char* name : {"", "A B", "A=B", "1A", "\xC3\xA4"})
    EXPECT_FALSE(env_form(name, "x", EnvReader::kSystemd)) << name;
}

TEST(EnvForm, NeverShowsTheValue) {
  const auto refused = env_form("K", "hunter2\a", EnvReader::kBoth);
  EXPECT_THAT(refused.error().context + refused.error().hint, Not(HasSubstr("hunter2")));
}

TEST(EnvForm, ChecksFormsOfTheUserAgainstEveryKnownCase) {
  EXPECT_TRUE(check_env_form("K", "'a b'", EnvReader::kBoth));
  EXPECT_TRUE(check_env_form("K", "\"x\\$y\"", EnvReader::kBoth));
  for (const char* form : {"http://${HOST}", "a$$b", "C:\\new", "\"a\\nb\"", "a # b"})
    EXPECT_FALSE(check_env_form("K", form, EnvReader::kBoth)) << form;
  EXPECT_TRUE(check_env_form("K", "http://${HOST}", EnvReader::kCompose));
  EXPECT_TRUE(check_env_form("K", "a$$b", EnvReader::kSystemd));
  for (const char* form : {"1\nB=2", "'open", "x # c"})
    EXPECT_FALSE(check_env_form("K", form, EnvReader::kCompose)) << form;
}

}  // namespace
}  // namespace gannet::playbooks
