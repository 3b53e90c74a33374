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

struct TemplateCase {
  const char* text;
  const char* result;
};

class RendersTemplate : public testing::TestWithParam<TemplateCase> {};

TEST_P(RendersTemplate, Text) {
  const auto result = render_template(GetParam().text, names());
  ASSERT_TRUE(result) << result.error().front().message;
  EXPECT_EQ(*result, GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, RendersTemplate,
    testing::Values(TemplateCase{"", ""}, TemplateCase{"plain } }} {", "plain } }} {"},
                    TemplateCase{"{{host.name}}\n", "pi-1\n"},
                    TemplateCase{"{{ host.name }}", "pi-1"},
                    TemplateCase{"{{label.role}}", "<b>&\"'"},  // nothing is escaped
                    TemplateCase{"{{{label.role}}}{{&label.role}}", "<b>&\"'<b>&\"'"},
                    TemplateCase{"a{{! note }}b", "ab"},
                    TemplateCase{"{{#label.role}}yes{{/label.role}}", "yes"},
                    TemplateCase{"{{#label.gpu}}yes{{/label.gpu}}", ""},
                    TemplateCase{"{{^label.gpu}}no{{/label.gpu}}", "no"},
                    TemplateCase{"{{^label.role}}no{{/label.role}}", ""},
                    TemplateCase{"{{#var.x}}y{{/var.x}}", ""},
                    TemplateCase{"{{#labels}}{{key}}={{value}};{{/labels}}", "role=pi;site=x;"},
                    TemplateCase{"{{#labels}}{{host.name}}{{/labels}}", "pi-1pi-1"},
                    TemplateCase{"{{#host.tags}}[{{.}}]{{/host.tags}}", "[a][b]"},
                    TemplateCase{"{{^host.groups}}none{{/host.groups}}", "none"},
                    TemplateCase{"{{=<% %>=}}{{.Names}} <%host.name%>", "{{.Names}} pi-1"},
                    TemplateCase{"a\r\n{{host.name}}\r\nb", "a\r\npi-1\r\nb"},
                    TemplateCase{"{{#label.role}}\nline\n{{/label.role}}\nend\n", "line\nend\n"}));

struct BadTemplate {
  const char* text;
  std::size_t offset;
  const char* message;
  const char* note;
};

class TemplateRefuses : public testing::TestWithParam<BadTemplate> {};

TEST_P(TemplateRefuses, Text) {
  const auto result = render_template(GetParam().text, names());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().front().offset, GetParam().offset);
  EXPECT_EQ(result.error().front().message, GetParam().message);
  EXPECT_EQ(result.error().front().note, GetParam().note);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, TemplateRefuses,
    testing::Values(
        BadTemplate{"a {{host.nmae}}", 2, "unknown name \"host.nmae\" in {{ }}",
                    "did you mean \"host.name\"?"},
        BadTemplate{"{{^label.role}}{{env.TAGG}}{{/label.role}}", 15,
                    "unknown name \"env.TAGG\" in {{ }}", "did you mean \"env.TAG\"?"},
        BadTemplate{"{{label.gpu}}", 0, "unknown name \"label.gpu\" in {{ }}", ""},
        BadTemplate{"{{#hosts}}{{/hosts}}", 0, "unknown name \"hosts\" in {{ }}", ""},
        BadTemplate{"{{.}}", 0, "unknown name \".\" in {{ }}", ""},
        BadTemplate{"{{key}}", 0, "unknown name \"key\" in {{ }}", ""},
        BadTemplate{"x {{host.name", 2, "\"{{\" without \"}}\"", ""},
        BadTemplate{"{{", 0, "\"{{\" without \"}}\"", ""},
        BadTemplate{"{{}}", 0, "an empty tag", ""},
        BadTemplate{"{{> other}}", 0, "templates cannot include others", ""},
        BadTemplate{"{{#labels}}x", 0, "the section \"labels\" is never closed", ""},
        BadTemplate{"{{/labels}}", 0, "\"/labels\" closes nothing: no section is open", ""},
        BadTemplate{"{{#labels}}{{/host.tags}}", 11,
                    "\"/host.tags\" closes nothing: the open section is \"labels\"", ""},
        BadTemplate{"{{=x=}}", 0, "not a change of delimiters", ""}));

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
