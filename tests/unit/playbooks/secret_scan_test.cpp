#include "playbooks/validate/secret_scan.h"

#include <string>

#include <gtest/gtest.h>

#include "playbooks/validate.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

// In two parts: no scanner of this repository should find them.
const std::string kGithub = std::string("ghp_") + "a8Kd93mZpQ0xVb71LrTyNc5WsEj2HgUf4oIi";
const std::string kAws = std::string("AKIA") + "QX7ZP2MLK9R4TB3W";
const std::string kPem = std::string("-----BEGIN RSA PRIVATE") + " KEY-----";

std::string secrets_in(const std::string& text) {
  std::string rules;
  for (const auto& one : scan_secrets(text, "f")) {
    rules += one.rule.substr(10) + ":" + std::to_string(one.from.line) + " ";
    EXPECT_EQ((one.message + one.source_line).find("d93mZ"), std::string::npos);
    EXPECT_EQ((one.message + one.source_line).find("hunter"), std::string::npos);
    EXPECT_EQ((one.message + one.source_line).find("MIIE"), std::string::npos);
  }
  return rules;
}

TEST(SecretScan, FindsTokensKeysAndPasswords) {
  EXPECT_EQ(secrets_in("a: 1\ntoken: \"" + kGithub + "\"\r\nx=" + kAws), "001:2 001:3 ");
  EXPECT_EQ(secrets_in(kPem + "\nMIIE\n"), "002:1 ");
  EXPECT_EQ(secrets_in("{\"key\": \"" + kPem + "\\nMIIEabc\"}"), "002:1 ");
  EXPECT_EQ(secrets_in(std::string("\0x", 2) + kGithub + "\n" + kPem), "002:2 ");
  EXPECT_EQ(secrets_in("DB=postgres://app:hunter22@db/x " + kGithub), "003:1 001:1 ");
}

TEST(SecretScan, LeavesOrdinaryTextAlone) {
  for (const char* text :
       {"AKIAIOSFODNN7EXAMPLE", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "postgres://app:${DB}@db", "postgres://app:{{ DB }}@db", "http://user:changeme@h",
        "http://<user>:<password>@h", "http://h:80/a@b", "http://user:password@h",
        "image: nginx@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGl",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+g",
        "-----BEGIN PUBLIC KEY-----", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA"}) {
    EXPECT_EQ(secrets_in(text), "") << text;
  }
}

// Were it quadratic, ctest would end it: no clock here, a busy machine proves nothing.
TEST(SecretScan, IsLinear) {
  for (const std::string& piece :
       {std::string("-----BEGIN "), std::string("://a:"), std::string("eyJ."),
        std::string("AKIA-xoxb-"), std::string(1, '\0'), std::string("\xC3\n"), kGithub + " "}) {
    std::string text;
    while (text.size() < 2'000'000) text += piece;
    EXPECT_LE(scan_secrets(text, "f").size(), 20U) << piece;
  }
}

TEST(SecretScan, OtherRulesDoNotShowThemEither) {
  test::TempFolder folder;
  folder.write("app.service", "[Service]\nExecStart=/bin/true\nToken " + kGithub + "\n" +
                                  "Type=" + kGithub + "\n");
  const auto project = parse_project(folder.write(
      "gannet.yaml", "project: x\nservices:\n  app: {systemd: {units: [app.service]}}\n"));
  ASSERT_TRUE(project);
  folder.write("inventory.yaml", "hosts: {pi: {}}\n");
  const auto found = validate_project(*project, *load_inventory(*project));
  ASSERT_EQ(found.size(), 4U);
  for (const auto& one : found) {
    EXPECT_EQ((one.message + one.source_line + one.note).find("d93mZ"), std::string::npos);
    EXPECT_EQ(hide_secrets(one.source_line), one.source_line);
  }
}

TEST(SecretScan, SeverityFollowsTheModeAndCommentsAllow) {
  test::TempFolder folder;
  folder.write("a.conf", "t=" + kGithub + "\n");
  folder.write("b.conf", "t=" + kGithub + "\n");
  folder.write("c.conf", "t=" + kGithub + "\n");
  folder.write("d.conf", "# gannet: ignore GN-SECRET-001 -- revoked\nt=" + kGithub + "\n");
  const auto project = parse_project(
      folder.write("gannet.yaml",
                   "project: x\nservices:\n  app:\n    files:\n"
                   "      - {src: a.conf, dest: /etc/a}\n"
                   "      - {src: b.conf, dest: /etc/b, mode: \"0640\"}\n"
                   "      - {src: c.conf, dest: /etc/c, mode: \"0600\", secret: true}\n"
                   "      - {src: d.conf, dest: /etc/d}\n"));
  ASSERT_TRUE(project);
  folder.write("inventory.yaml", "hosts: {pi: {}, box: {}}\n");
  const auto found = validate_project(*project, *load_inventory(*project));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].severity, inventory::Severity::kError);
  EXPECT_EQ(found[0].source_line, "t=ghp_***");
  EXPECT_EQ(found[0].from.column, 3);
  EXPECT_EQ(found[1].severity, inventory::Severity::kWarning);
}

}  // namespace
}  // namespace gannet::playbooks
