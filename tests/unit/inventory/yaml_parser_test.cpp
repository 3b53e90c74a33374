#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/yaml_node.h"

namespace gannet::inventory {
namespace {

std::string parse_problem(std::string text) {
  const auto document = parse_yaml("x.yaml", std::move(text));
  if (!document) return to_string(document.error().front());
  if (!(*document)->problems().empty()) return to_string((*document)->problems().front());
  return "no problem";
}

TEST(YamlParser, KeepsPlacesInCharacters) {
  const auto document =
      parse_yaml("x.yaml", "a:\n  gr\xC3\xBC\xC3\x9F: [1, \"zw\xC3\xB6lf\", x]\n");
  ASSERT_TRUE(document);
  const YamlNode& root = (*document)->root();
  const YamlNode* list = root.find("a")->find("gr\xC3\xBC\xC3\x9F");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items[1]->line, 2);
  EXPECT_EQ(list->items[1]->column, 13);
  EXPECT_FALSE(list->items[1]->plain);
  EXPECT_EQ(list->items[2]->column, 22);
}

TEST(YamlParser, TellsNothingFromText) {
  const auto document = parse_yaml("x.yaml", "a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\n");
  ASSERT_TRUE(document);
  const YamlNode& root = (*document)->root();
  for (const char* key : {"a", "b", "c"}) {
    EXPECT_EQ(root.find(key)->kind, YamlNode::Kind::kNull) << key;
  }
  for (const char* key : {"d", "e"}) {
    EXPECT_EQ(root.find(key)->kind, YamlNode::Kind::kScalar) << key;
  }
}

TEST(YamlParser, AnEmptyFileIsNothing) {
  const auto document = parse_yaml("x.yaml", "# only a comment\n");
  ASSERT_TRUE(document);
  EXPECT_EQ((*document)->root().kind, YamlNode::Kind::kNull);
}

TEST(YamlParser, ReadsByteOrderMarkAndCrLf) {
  const auto document = parse_yaml("x.yaml",
                                   "\xEF\xBB\xBF"
                                   "a: 1\r\nb:\r\n  - x\r\n  - y\r\n");
  ASSERT_TRUE(document);
  const YamlNode& root = (*document)->root();
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("a")->column, 4);
  EXPECT_EQ(root.find("b")->items[1]->text, "y");
  EXPECT_EQ(root.find("b")->items[1]->line, 4);
}

TEST(YamlParser, AppliesMergeKeysBeneathTheMappingItself) {
  const auto document = parse_yaml("x.yaml",
                                   "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\n"
                                   "c: {<<: [*a, *b], z: 3}\nd: {<<: *a}\n");
  ASSERT_TRUE(document);
  const YamlNode* merged = (*document)->root().find("c");
  EXPECT_EQ(merged->entries.size(), 3U);
  EXPECT_EQ(merged->find("x")->text, "1");
  EXPECT_EQ(merged->find("y")->text, "1");
  EXPECT_EQ(merged->find("z")->text, "3");
  EXPECT_EQ((*document)->root().find("d")->find("y")->text, "1");
}

TEST(YamlParser, RefusesAMergeOfSomethingElse) {
  EXPECT_EQ(parse_problem("a: {<<: 3}\n"),
            "x.yaml:1:5: \"<<\" needs a mapping\n    1 | a: {<<: 3}\n      |     ^");
}

TEST(YamlParser, RefusesDuplicateKeys) {
  const auto document = parse_yaml("x.yaml", "a: 1\nb: 2\na: 3\n");
  ASSERT_TRUE(document);
  ASSERT_EQ((*document)->problems().size(), 1U);
  const Problem& problem = (*document)->problems().front();
  EXPECT_EQ(to_string(problem), "x.yaml:3:1: the key \"a\" is here twice\n    3 | a: 3\n      | ^");
  EXPECT_EQ(problem.hint, "remove one; the first is in line 1");
}

TEST(YamlParser, RefusesTabsInTheIndentation) {
  EXPECT_EQ(parse_problem("a:\n\tb: 1\n"),
            "x.yaml:2:1: a tab in the indentation\n    2 |  b: 1\n      | ^ YAML wants spaces");
  EXPECT_EQ(parse_problem("a:\n  - b: 1\n  \tc: 2\n"),
            "x.yaml:3:3: a tab in the indentation\n    3 |    c: 2\n      |   ^ YAML wants spaces");
}

TEST(YamlParser, RefusesBytesThatAreNoText) {
  EXPECT_EQ(parse_problem(std::string("a: 1\nb: \0x\n", 11)),
            "x.yaml:2:4: NUL byte in a text file\n    2 | b: \\x00x\n      |    ^");
  EXPECT_THAT(parse_problem("a: \x04x"),
              testing::StartsWith("x.yaml:1:4: control character \\x04"));
  EXPECT_THAT(parse_problem("a: \xFFx"), testing::StartsWith("x.yaml:1:4: not valid UTF-8"));
  EXPECT_THAT(parse_problem("a: \xC0\xAF"), testing::StartsWith("x.yaml:1:4: not valid UTF-8"));
  EXPECT_THAT(parse_problem(std::string("\xFF\xFE"
                                        "a\0",
                                        4)),
              testing::StartsWith("x.yaml:1:1: the file is UTF-16, not UTF-8"));
}

TEST(YamlParser, RefusesASecondDocumentTagsAndStrangeKeys) {
  EXPECT_EQ(parse_problem("a: 1\n---\nb: 2\n"),
            "x.yaml:2:1: a second document begins here\n    2 | ---\n      | ^");
  EXPECT_EQ(parse_problem("a: !vault x\n"),
            "x.yaml:1:4: the tag !vault is not supported\n    1 | a: !vault x\n      |    ^");
  EXPECT_THAT(parse_problem("? [a, b]\n: c\n"), testing::HasSubstr("a key has to be text"));
  EXPECT_EQ(parse_problem("a: !!str 5\n"), "no problem");
}

TEST(YamlParser, SaysWhereTheSyntaxIsWrong) {
  EXPECT_THAT(parse_problem("a: [1, 2\nb: 3\n"), testing::HasSubstr("this is not valid YAML: "));
  EXPECT_THAT(parse_problem("a: *nope\n"),
              testing::StartsWith("x.yaml:1:4: this is not valid YAML: the referenced anchor is "
                                  "not defined"));
}

TEST(YamlParser, RefusesQuotesThatAreNotClosed) {
  const std::string shown = "x.yaml:1:4: this quote is not closed\n    1 | a: \"x\n      |    ^";
  EXPECT_EQ(parse_problem("a: \"x\nb: 3\n"), shown);
  EXPECT_THAT(parse_problem("a: \"x\nb: \"y\"\n"), testing::HasSubstr("this is not valid YAML: "));
  EXPECT_THAT(parse_problem("a: 'x\nb: 3\n"), testing::HasSubstr("this quote is not closed"));
}

TEST(YamlParser, ReadsQuotedTextOverSeveralLines) {
  const auto document = parse_yaml(
      "x.yaml", "a: \"x\n  y\\\"z\"\nb: 'it''s\n\n  so'\nc: \"p\r\n  q\"\nd: &d \"r\"\n");
  ASSERT_TRUE(document) << to_string(document.error().front());
  EXPECT_EQ((*document)->root().find("a")->text, "x y\"z");
  EXPECT_EQ((*document)->root().find("b")->text, "it's\nso");
  EXPECT_EQ((*document)->root().find("c")->text, "p q");
  EXPECT_EQ((*document)->root().find("d")->text, "r");
}

TEST(YamlParser, RefusesAnAliasInsideItsOwnAnchor) {
  EXPECT_THAT(parse_problem("a: &a [1, *a]\n"),
              testing::StartsWith("x.yaml:1:11: this alias refers to something that contains it"));
}

}  // namespace
}  // namespace gannet::inventory
