#include "inventory/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::inventory {
namespace {

using std::chrono::milliseconds;

/// Reads one mapping and keeps what went wrong.
class YamlReaderTest : public testing::Test {
 protected:
  MapReader& read(std::string text) {
    document_ = std::move(*parse_yaml("x.yaml", std::move(text)));
    context_ = std::make_unique<YamlContext>(YamlContext{*document_, problems_});
    reader_ = std::make_unique<MapReader>(*context_, document_->root(), "the thing");
    return *reader_;
  }
  [[nodiscard]] std::vector<std::string> messages() const {
    std::vector<std::string> found;
    for (const Problem& problem : problems_) found.push_back(problem.message);
    return found;
  }

  std::vector<Problem> problems_;
  std::unique_ptr<YamlDocument> document_;
  std::unique_ptr<YamlContext> context_;
  std::unique_ptr<MapReader> reader_;
};

TEST_F(YamlReaderTest, ReadsEveryType) {
  MapReader& reader =
      read("t: x\nb: true\nn: 42\nd: 1.5\nw: 1m30s\ns: 64K\nc: red\nl: [a, b]\no: one\nz:\n");
  EXPECT_EQ(reader.text("t"), "x");
  EXPECT_EQ(reader.boolean("b"), true);
  EXPECT_EQ(reader.number("n", 1, 100), 42);
  EXPECT_EQ(reader.decimal("d", 0, 2), 1.5);
  EXPECT_EQ(reader.duration("w"), milliseconds(90'000));
  EXPECT_EQ(reader.size("s"), 65'536U);
  EXPECT_EQ(reader.choice("c", {"red", "blue"}), "red");
  EXPECT_EQ(reader.texts("l").size(), 2U);
  EXPECT_EQ(reader.texts("o").size(), 1U);
  EXPECT_EQ(reader.text("z"), std::nullopt);
  EXPECT_EQ(reader.text("absent"), std::nullopt);
  reader.finish();
  EXPECT_THAT(messages(), testing::IsEmpty());
}

TEST_F(YamlReaderTest, RefusesWrongTypesWithWhatWasExpected) {
  MapReader& reader = read(
      "t: [x]\nb: yes\nn: 1e3\nm: 101\nd: nan\nw: 90\ns: lots\nc: rde\nl: [a, [b]]\ne: \"\"\n");
  EXPECT_FALSE(reader.text("t"));
  EXPECT_FALSE(reader.boolean("b"));
  EXPECT_FALSE(reader.number("n", 1, 100));
  EXPECT_FALSE(reader.number("m", 1, 100));
  EXPECT_FALSE(reader.decimal("d", 0, 1));
  EXPECT_FALSE(reader.duration("w"));
  EXPECT_FALSE(reader.size("s"));
  EXPECT_FALSE(reader.choice("c", {"red", "blue"}));
  EXPECT_EQ(reader.texts("l").size(), 1U);
  EXPECT_FALSE(reader.text("e"));
  EXPECT_THAT(
      messages(),
      testing::ElementsAre("\"t\" in the thing has to be text, not a list",
                           "\"b\" in the thing has to be true or false, not \"yes\"",
                           "\"n\" in the thing has to be a whole number from 1 to 100, not \"1e3\"",
                           "\"m\" in the thing has to be a whole number from 1 to 100, not \"101\"",
                           "\"d\" in the thing has to be a number from 0 to 1, not \"nan\"",
                           "\"w\" in the thing is not a duration: \"90\"",
                           "\"s\" in the thing is not a size: \"lots\"",
                           "\"c\" in the thing has to be one of red, blue, not \"rde\"",
                           "an element of \"l\" in the thing has to be text, not a list",
                           "\"e\" in the thing is empty"));
  EXPECT_EQ(problems_[5].hint, "write a number with a unit: 500ms, 5s, 2m, 1h or 1m30s");
  EXPECT_EQ(problems_[7].note, "did you mean \"red\"?");
}

TEST_F(YamlReaderTest, NamesTheNearestKnownKeyOrAllOfThem) {
  MapReader& reader = read("adress: x\nzzz: y\nx-mine: z\n");
  reader.get("address");
  reader.get("port");
  reader.finish("x-");
  ASSERT_EQ(problems_.size(), 2U);
  EXPECT_EQ(to_string(problems_[0]),
            "x.yaml:1:1: unknown key \"adress\" in the thing\n"
            "    1 | adress: x\n      | ^ did you mean \"address\"?");
  EXPECT_EQ(problems_[1].message, "unknown key \"zzz\" in the thing");
  EXPECT_EQ(problems_[1].hint, "known keys: address, port");
}

TEST_F(YamlReaderTest, TellsMissingFromEmpty) {
  MapReader& reader = read("a:\n");
  EXPECT_EQ(reader.require("a"), nullptr);
  EXPECT_EQ(reader.require("b"), nullptr);
  EXPECT_THAT(messages(), testing::ElementsAre("the key \"a\" is empty in the thing",
                                               "the key \"b\" is missing in the thing"));
}

TEST_F(YamlReaderTest, RefusesAListWhereAMappingBelongs) {
  EXPECT_FALSE(read("[a]\n").valid());
  EXPECT_THAT(messages(),
              testing::ElementsAre("the thing has to be a mapping (key: value), not a list"));
}

TEST(IsName, AcceptsWhatHostsAndLabelsAreCalled) {
  for (const char* good : {"pi-1", "a", "A.b_c-d", "_x", "10.0.0.1", "9"}) {
    EXPECT_TRUE(is_name(good)) << good;
  }
  for (const char* bad : {"", "-a", ".a", "a b", "a=b", "a*", "gr\xC3\xBCn", "a/b", "a:b"}) {
    EXPECT_FALSE(is_name(bad)) << bad;
  }
  EXPECT_FALSE(is_name(std::string(254, 'a')));
}

}  // namespace
}  // namespace gannet::inventory
