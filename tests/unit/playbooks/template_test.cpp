#include "playbooks/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::playbooks {
namespace {

TemplateNames names() {
  TemplateNames made;
  made.values = {{"host.name", "pi-1"}, {"label.role", "<b>&\"'"}, {"env.TAG", "v1"}};
  made.lists["labels"] = {{{"key", "role"}, {"value", "pi"}}, {{"key", "site"}, {"value", "x"}}};
  made.lists["host.tags"] = {{{".", "a"}}, {{".", "b"}}};
  made.lists["host.groups"];
  return made;
}

struct Case {
  const char* text;
  const char* result;
};

class RendersTemplate : public testing::TestWithParam<Case> {};

TEST_P(RendersTemplate, Text) {
  const auto result = render_template(GetParam().text, names());
  ASSERT_TRUE(result) << result.error().front().message;
  EXPECT_EQ(*result, GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, RendersTemplate,
    testing::Values(Case{"", ""}, Case{"plain } }} {", "plain } }} {"},
                    Case{"{{host.name}}\n", "pi-1\n"}, Case{"{{ host.name }}", "pi-1"},
                    Case{"{{label.role}}", "<b>&\"'"},  // nothing is escaped
                    Case{"{{{label.role}}}{{&label.role}}", "<b>&\"'<b>&\"'"},
                    Case{"a{{! note }}b", "ab"}, Case{"{{#label.role}}yes{{/label.role}}", "yes"},
                    Case{"{{#label.gpu}}yes{{/label.gpu}}", ""},
                    Case{"{{^label.gpu}}no{{/label.gpu}}", "no"},
                    Case{"{{^label.role}}no{{/label.role}}", ""}, Case{"{{#var.x}}y{{/var.x}}", ""},
                    Case{"{{#labels}}{{key}}={{value}};{{/labels}}", "role=pi;site=x;"},
                    Case{"{{#labels}}{{host.name}}{{/labels}}", "pi-1pi-1"},
                    Case{"{{#host.tags}}[{{.}}]{{/host.tags}}", "[a][b]"},
                    Case{"{{^host.groups}}none{{/host.groups}}", "none"},
                    Case{"{{=<% %>=}}{{.Names}} <%host.name%>", "{{.Names}} pi-1"},
                    Case{"a\r\n{{host.name}}\r\nb", "a\r\npi-1\r\nb"},
                    Case{"{{#label.role}}\nline\n{{/label.role}}\nend\n", "line\nend\n"}));

struct BadCase {
  const char* text;
  std::size_t offset;
  const char* message;
  const char* note;
};

class TemplateRefuses : public testing::TestWithParam<BadCase> {};

TEST_P(TemplateRefuses, Text) {
  const auto result = render_template(GetParam().text, names());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().offset, GetParam().offset);
  EXPECT_EQ(result.error().front().message, GetParam().message);
  EXPECT_EQ(result.error().front().note, GetParam().note);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, TemplateRefuses,
    testing::Values(BadCase{"a {{host.nmae}}", 2, "unknown name \"host.nmae\" in {{ }}",
                            "did you mean \"host.name\"?"},
                    BadCase{"{{^label.role}}{{env.TAGG}}{{/label.role}}", 15,
                            "unknown name \"env.TAGG\" in {{ }}", "did you mean \"env.TAG\"?"},
                    BadCase{"{{label.gpu}}", 0, "unknown name \"label.gpu\" in {{ }}", ""},
                    BadCase{"{{#hosts}}{{/hosts}}", 0, "unknown name \"hosts\" in {{ }}", ""},
                    BadCase{"{{.}}", 0, "unknown name \".\" in {{ }}", ""},
                    BadCase{"{{key}}", 0, "unknown name \"key\" in {{ }}", ""},
                    BadCase{"x {{host.name", 2, "\"{{\" without \"}}\"", ""},
                    BadCase{"{{", 0, "\"{{\" without \"}}\"", ""},
                    BadCase{"{{}}", 0, "an empty tag", ""},
                    BadCase{"{{> other}}", 0, "templates cannot include others", ""},
                    BadCase{"{{#labels}}x", 0, "the section \"labels\" is never closed", ""},
                    BadCase{"{{/labels}}", 0, "\"/labels\" closes nothing: no section is open", ""},
                    BadCase{"{{#labels}}{{/host.tags}}", 11,
                            "\"/host.tags\" closes nothing: the open section is \"labels\"", ""},
                    BadCase{"{{=x=}}", 0, "not a change of delimiters", ""}));

TEST(Template, TellsAllUnknownNamesAtOnce) {
  const auto result = render_template("{{a}}{{b}}{{c}}", names());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 3U);
}

TEST(Template, BoundsNestingAndSize) {
  std::string deep;
  for (int i = 0; i < 50'000; ++i) deep += "{{#labels}}";
  const auto nested = render_template(deep, names());
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error().front().message, "sections nested too deep");
  const auto big = render_template(std::string(kMaxTemplate + 1, 'x'), names());
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().front().message, "a template cannot be larger than 1 MB");
}

}  // namespace
}  // namespace gannet::playbooks
