// What `caddy adapt` says, compared with what the admin endpoint says.
#include "agent/services/caddy_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/json_value.h"

namespace gannet::agent {
namespace {

using testing::HasSubstr;

JsonValue json(const std::string& text) {
  auto value = JsonValue::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : JsonValue{};
}

/// A server on :80 with these routes.
JsonValue serving(const std::string& routes) {
  return json(R"({"apps":{"http":{"servers":{"srv0":{"listen":[":80"],"routes":[)" + routes +
              "]}}}}}");
}

std::string route(const std::string& host, const std::string& body) {
  return R"({"match":[{"host":[")" + host + R"("]}],"handle":[{"body":")" + body + "\"}]}";
}

TEST(JsonValue, ComparesWhateverTheOrderAndTheSpaces) {
  EXPECT_EQ(json(R"({"b": [1, -2.5e3, {"x":null}], "a":"q\"\u003c{"})").text(),
            R"({"a":"q\"\u003c{","b":[1,-2.5e3,{"x":null}]})");
  EXPECT_EQ(json("[ ]").text(), "[]");
  EXPECT_EQ(json(" {} \n").text(), "{}");
  EXPECT_EQ(json(R"({"a":{"b":"c"}})").at({"a", "b"})->string(), "c");
  EXPECT_EQ(json(R"({"a":1})").at({"a", "b"}), nullptr);
}

TEST(JsonValue, RefusesWhatIsNone) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "{a:1}", "\"open", "\"\\", "nul", "1 2",
                          "{\"a\":1,}", "[1}", "\xff", "//"}) {
    EXPECT_FALSE(JsonValue::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(JsonValue::parse(std::string(200'000, '[')).has_value());
}

TEST(CaddyConfig, TheSameSiteIsNoDifferenceWhateverElseChanged) {
  const auto files = serving(route("app.lan", "one") + "," + route("other.lan", "1"));
  const auto running =
      json(R"({"apps":{"http":{"servers":{"x":{"routes":[)" + route("other.lan", "2") + "," +
           R"({"handle":[{"body":"one"}],"match":[{"host":["app.lan"]}]}],"listen":[":80"]}}}}})");
  EXPECT_EQ(site_difference(files, running, "app.lan", 80).what, "");
  EXPECT_EQ(site_difference(files, running, "APP.lan", 80).what, "");
  EXPECT_NE(site_difference(files, running, "other.lan", 80).what, "");
}

TEST(CaddyConfig, ASiteOfAnotherConfigurationIsTold) {
  const auto files = serving(route("app.lan", "two"));
  EXPECT_THAT(site_difference(files, serving(route("app.lan", "one")), "app.lan", 80).what,
              HasSubstr("another configuration of app.lan"));
  EXPECT_THAT(site_difference(files, serving(route("old.lan", "two")), "app.lan", 80).what,
              HasSubstr("without a site for app.lan"));
  EXPECT_THAT(site_difference(files, json("{}"), "app.lan", 80).what, HasSubstr("without a site"));
}

TEST(CaddyConfig, AHostThatNoFileServesIsTold) {
  const auto files = serving(route("app.lan", "one"));
  const auto difference = site_difference(files, files, "typo.lan", 80);
  EXPECT_EQ(difference.what, "no site of its Caddyfile is for typo.lan");
  EXPECT_TRUE(difference.in_files);
}

TEST(CaddyConfig, WildcardsAndSitesForAllHostsServe) {
  const auto wild = serving(route("*.app.lan", "one"));
  EXPECT_EQ(site_difference(wild, wild, "x.app.lan", 80).what, "");
  EXPECT_NE(site_difference(wild, wild, "y.x.app.lan", 80).what, "");
  const auto elsewhere =
      json(R"({"apps":{"http":{"servers":{"s":{"listen":[":81"],"routes":[{"handle":[]}]}}}}})");
  EXPECT_TRUE(site_difference(elsewhere, elsewhere, "app.lan", 80).in_files);
  EXPECT_EQ(site_difference(elsewhere, elsewhere, "app.lan", 81).what, "");
  const auto all = serving(R"({"handle":[{"body":"all"}]})");
  EXPECT_EQ(site_difference(all, all, "app.lan", 80).what, "");
  EXPECT_THAT(site_difference(all, serving(R"({"handle":[{"body":"old"}]})"), "app.lan", 80).what,
              HasSubstr("another configuration than"));
}

TEST(CaddyConfig, SaysWhereItCanBeAsked) {
  EXPECT_TRUE(admin_of(json(R"({"admin":{"disabled":true}})")).off);
  EXPECT_EQ(admin_of(json(R"({"admin":{"listen":"unix//run/c.sock"}})")).listen,
            "unix//run/c.sock");
  EXPECT_FALSE(admin_of(json("{}")).off);
}

}  // namespace
}  // namespace gannet::agent
