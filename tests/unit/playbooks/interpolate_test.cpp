#include "playbooks/interpolate.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::playbooks {
namespace {

const VariableLookup kLookup = [](std::string_view name) -> std::optional<std::string> {
  static const std::map<std::string, std::string, std::less<>> values{
      {"TAG", "v1"}, {"EMPTY", ""}, {"DOLLAR", "$TAG ${TAG}"}};
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
};

struct Interpolation {
  const char* text;
  const char* result;
};

class Interpolates : public testing::TestWithParam<Interpolation> {};

TEST_P(Interpolates, Text) {
  const auto result = interpolate(GetParam().text, kLookup, DollarStyle::kBraces);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Interpolates,
    testing::Values(Interpolation{"", ""}, Interpolation{"plain", "plain"},
                    Interpolation{"a${TAG}b", "av1b"}, Interpolation{"$TAG", "$TAG"},
                    Interpolation{"$(date) $1 $ $", "$(date) $1 $ $"}, Interpolation{"$$", "$"},
                    Interpolation{"$${TAG}", "${TAG}"}, Interpolation{"$$$${TAG}", "$${TAG}"},
                    Interpolation{"${NO:-x}", "x"}, Interpolation{"${NO-x}", "x"},
                    Interpolation{"${EMPTY:-x}", "x"}, Interpolation{"${EMPTY-x}", ""},
                    Interpolation{"${TAG:-x}", "v1"}, Interpolation{"${NO:-}", ""},
                    Interpolation{"${NO:-${TAG}}", "v1"},
                    Interpolation{"${NO:-a${NO2:-b}c}", "abc"}, Interpolation{"${TAG:?must}", "v1"},
                    Interpolation{"${EMPTY?must}", ""}, Interpolation{"${TAG:+yes}", "yes"},
                    Interpolation{"${NO:+yes}", ""}, Interpolation{"${EMPTY:+yes}", ""},
                    Interpolation{"${EMPTY+yes}", "yes"},
                    Interpolation{"${DOLLAR}", "$TAG ${TAG}"},  // values are not replaced again
                    Interpolation{"${NO:-a:b/c?d}", "a:b/c?d"}));

struct BadInterpolation {
  const char* text;
  std::size_t offset;
  const char* variable;
  const char* message;
};

class InterpolationRefuses : public testing::TestWithParam<BadInterpolation> {};

TEST_P(InterpolationRefuses, Text) {
  const auto result = interpolate(GetParam().text, kLookup, DollarStyle::kBraces);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().offset, GetParam().offset);
  EXPECT_EQ(result.error().variable, GetParam().variable);
  EXPECT_EQ(result.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, InterpolationRefuses,
    testing::Values(BadInterpolation{"ab${NO}", 2, "NO", "is not set"},
                    BadInterpolation{"${NO:?give a tag}", 0, "NO", "is not set: give a tag"},
                    BadInterpolation{"${EMPTY:?give ${TAG}}", 0, "EMPTY", "is not set: give v1"},
                    BadInterpolation{"${TAG", 0, "", "\"${\" without \"}\""},
                    BadInterpolation{"x${}", 1, "", "${} does not name a variable"},
                    BadInterpolation{"${1A}", 0, "", "${1A} does not name a variable"},
                    BadInterpolation{"${TAG!}", 0, "",
                                     "after \"${TAG\" comes \"}\", \":-\", \":?\" or \":+\""},
                    BadInterpolation{"${NO:-${NO2}}", 6, "NO2", "is not set"}));

TEST(Interpolation, ReplacesBareNamesOnlyInEnvFiles) {
  EXPECT_EQ(interpolate("$TAG-$1", kLookup, DollarStyle::kNames), "v1-$1");
}

TEST(Interpolation, BoundsNestingAndLength) {
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += "${NO:-";
  deep += std::string(1'000, '}');
  EXPECT_FALSE(interpolate(deep, kLookup, DollarStyle::kBraces));

  const std::string big(1'000'000, 'x');
  const VariableLookup lookup = [&](std::string_view) { return std::optional(big); };
  std::string text;
  for (int i = 0; i < 100; ++i) text += "${A}";
  const auto result = interpolate(text, lookup, DollarStyle::kBraces);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the value becomes too long");
}

}  // namespace
}  // namespace gannet::playbooks
