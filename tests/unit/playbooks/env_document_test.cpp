#include "playbooks/env_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::playbooks {
namespace {

EnvDocument document_of(std::string text) {
  auto document = EnvDocument::parse(std::move(text), ".env");
  EXPECT_TRUE(document) << document.error().context;
  return std::move(*document);
}

std::string after_set(const std::string& text, const std::string& key, const std::string& form,
                      EnvReader reader = EnvReader::kBoth) {
  auto document = document_of(text);
  const auto edit = document.set(key, form, reader);
  return edit ? document.text() : edit.error().context;
}

std::string after_unset(const std::string& text, const std::string& key) {
  auto document = document_of(text);
  const auto edit = document.unset(key);
  return edit ? document.text() : edit.error().context;
}

struct EditCase {
  const char* name;
  const char* before;
  const char* set;    ///< A=2
  const char* unset;  ///< A
};

class EnvEdits : public testing::TestWithParam<EditCase> {};

TEST_P(EnvEdits, TouchOnlyTheLinesConcerned) {
  EXPECT_EQ(after_set(GetParam().before, "A", "2"), GetParam().set);
  EXPECT_EQ(after_unset(GetParam().before, "A"), GetParam().unset);
}

INSTANTIATE_TEST_SUITE_P(
    Documents, EnvEdits,
    testing::Values(
        EditCase{"Plain", "A=1\nB=x\n", "A=2\nB=x\n", "B=x\n"},
        EditCase{"CommentsAndBlankLines", "# top\n\nB=x\n# of a\nA=1\n\n# end\n",
                 "# top\n\nB=x\n# of a\nA=2\n\n# end\n", "# top\n\nB=x\n# of a\n\n# end\n"},
        EditCase{"Crlf", "B=x\r\nA=1\r\nC=y\r\n", "B=x\r\nA=2\r\nC=y\r\n", "B=x\r\nC=y\r\n"},
        EditCase{"CrlfQuoted", "A=\"1\"\r\nC=y\r\n", "A=2\r\nC=y\r\n", "C=y\r\n"},
        EditCase{"NoFinalNewline", "B=x\nA=1", "B=x\nA=2", "B=x"},
        EditCase{"CrlfNoFinalNewline", "B=x\r\nA=1", "B=x\r\nA=2", "B=x"},
        EditCase{"OnlyLine", "A=1", "A=2", ""},
        EditCase{"Duplicates", "A=0\nB=x\nA=1\n", "A=0\nB=x\nA=2\n", "B=x\n"},
        EditCase{"DuplicatesCrlf", "A=0\r\nA=1\r\nB=x\r\n", "A=0\r\nA=2\r\nB=x\r\n", "B=x\r\n"},
        EditCase{"CommentBehind", "A=1 # why\nB=x\n", "# why\nA=2\nB=x\n", "B=x\n"},
        EditCase{"CommentBehindQuotesCrlf", "A=\"1\" # why\r\nB=x\r\n", "# why\r\nA=2\r\nB=x\r\n",
                 "B=x\r\n"},
        EditCase{"CommentThatWouldSwallow", "A=1 # c:\\\n", "# c:\\ .\nA=2\n", ""},
        EditCase{"Export", "export A=1\nB=x\n", "A=2\nB=x\n", "B=x\n"},
        EditCase{"YamlStyle", "A: 1\nB=x\n", "A=2\nB=x\n", "B=x\n"},
        EditCase{"BlanksAround", "  A = 1  \nB=x\n", "  A=2\nB=x\n", "B=x\n"},
        EditCase{"SeveralLines", "A=\"1\n# no comment\n3\"\nB=x\n", "A=2\nB=x\n", "B=x\n"},
        EditCase{"Empty", "A=\nB=x\n", "A=2\nB=x\n", "B=x\n"},
        EditCase{"ByteOrderMark",
                 "\xEF\xBB\xBF"
                 "A=1\nB=x\n",
                 "\xEF\xBB\xBF"
                 "A=2\nB=x\n",
                 "\xEF\xBB\xBF"
                 "B=x\n"},
        EditCase{"CommentedOut", "#A=0\nA=1\n", "#A=0\nA=2\n", "#A=0\n"}),
    [](const auto& test) { return test.param.name; });

TEST(EnvDocument, AddsAtTheEndInTheStyleOfTheFile) {
  EXPECT_EQ(after_set("", "A", "1"), "A=1\n");
  EXPECT_EQ(after_set("B=x\n# end\n", "A", "1"), "B=x\n# end\nA=1\n");
  EXPECT_EQ(after_set("B=x", "A", "1"), "B=x\nA=1");
  EXPECT_EQ(after_set("B=x\r\n", "A", "1"), "B=x\r\nA=1\r\n");
  EXPECT_EQ(after_set("B=x\r\n# end", "A", "1"), "B=x\r\n# end\r\nA=1");
}

TEST(EnvDocument, LeavesAllButTheValueWhenOnlyComposeReads) {
  EXPECT_EQ(after_set("export A : \"1\" # why\nB=x\n", "A", "'2'", EnvReader::kCompose),
            "export A : '2' # why\nB=x\n");
}

TEST(EnvDocument, TellsWhatAnEditDid) {
  auto document = document_of("A=0\nB=x\nA=1 # why\n");
  auto edit = document.set("A", "2", EnvReader::kBoth);
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->line, 4);
  EXPECT_EQ(edit->others, 1);
  EXPECT_TRUE(edit->comment_moved);
  EXPECT_FALSE(edit->added);
  edit = document.set("A", "2", EnvReader::kBoth);
  EXPECT_TRUE(edit->unchanged);
  edit = document.unset("A");
  EXPECT_EQ(edit->others, 1);
  EXPECT_EQ(document.find("A"), nullptr);
  EXPECT_EQ(document.unset("A").error().code, Code::kNotFound);
}

TEST(EnvDocument, RefusesAFormThatIsNotOneValue) {
  for (const char* form : {"1\nC=2", "'open", "\"a\"b", "x\n# comment\nA=3", "a # b"}) {
    auto document = document_of("B=x\n");
    EXPECT_FALSE(document.set("A", form, EnvReader::kBoth)) << form;
    EXPECT_EQ(document.text(), "B=x\n");
  }
}

TEST(EnvDocument, KnowsPlaces) {
  const auto document = document_of("# c\r\nexport A=1\nB='x\ny'\n\nC=2\n");
  ASSERT_EQ(document.entries().size(), 3U);
  EXPECT_EQ(inventory::to_string(document.entries()[0].from), ".env:2:8");
  EXPECT_EQ(inventory::to_string(document.entries()[2].from), ".env:6:1");
  EXPECT_EQ(document.written(document.entries()[1]), "'x\ny'");
}

TEST(EnvDocument, RefusesWhatIsNoEnvFileWithoutShowingIt) {
  const auto refusal = [](std::string_view text) {
    const auto document = EnvDocument::parse(std::string(text), ".env");
    return document ? "no problem" : document.error().context;
  };
  EXPECT_EQ(refusal("A=1\nhunter2\n"), ".env:2:1: there is no \"=\" in this line");
  EXPECT_EQ(refusal("A=1\nB=\"hunter2\n"), ".env:2:3: this quote is never closed");
  EXPECT_EQ(refusal("A='hunter2' x\n"), ".env:1:13: text behind the closing quote");
  EXPECT_EQ(refusal("A B=x\n"), ".env:1:3: a name cannot hold a blank");
  EXPECT_EQ(refusal("=x\n"), ".env:1:1: a name is missing before \"=\"");
  EXPECT_EQ(refusal(std::string_view("A=\0x", 4)), ".env:1:3: NUL byte in a text file");
  EXPECT_EQ(refusal("A=\xFF\n"), ".env:1:3: not valid UTF-8");
}

TEST(EnvDocument, CountsTheLinesOfALargeFileOnce) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += "KEY_" + std::to_string(i) + "='some value'\n";
  const auto document = document_of(text);
  EXPECT_EQ(document.entries().size(), 60'000U);
  EXPECT_EQ(document.entries().back().from.line, 60'000);
}

}  // namespace
}  // namespace gannet::playbooks
