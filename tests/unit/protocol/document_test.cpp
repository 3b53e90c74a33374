// docs/protocol.md is the specification: its tables and its example must be what the code does.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"
#include "protocol/describe.h"
#include "protocol/frame.h"
#include "protocol/messages.h"
#include "tests/support/paths.h"

namespace gannet::protocol {
namespace {

const std::string& document() {
  static const std::string kText = [] {
    std::ostringstream text;
    text << std::ifstream(gannet::test::source_dir() + "/docs/protocol.md").rdbuf();
    return text.str();
  }();
  return kText;
}

/// The page from "### `heading`" to the next heading.
std::string section(const std::string& heading) {
  const std::size_t begin = document().find("\n### " + heading + "\n");
  if (begin == std::string::npos) return {};
  return document().substr(begin, document().find("\n#", begin + 2) - begin) + "\n";
}

std::size_t rows_in(const std::string& text) {
  std::size_t rows = 0;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("| ") && line.find_first_of("0123456789") == 2) ++rows;
  }
  return rows;
}

TEST(ProtocolPage, HasATableForEveryMessageAndNoFieldTooMany) {
  for (const MessageInfo& message : describe_messages()) {
    const std::string text = section("`" + std::string(message.name) + "`");
    ASSERT_FALSE(text.empty()) << message.name;
    for (const FieldInfo& field : message.fields) {
      const std::string rule = field.rule.empty() ? "" : ", " + std::string(field.rule);
      const std::string row = "\n| " + std::to_string(field.tag) + " | `" +
                              std::string(field.name) + "` | " + field.type + rule + " |";
      EXPECT_NE(text.find(row), std::string::npos) << message.name << ": no row" << row;
    }
    EXPECT_EQ(rows_in(text), message.fields.size()) << message.name;
  }
}

TEST(ProtocolPage, ListsEveryErrorCode) {
  for (int number = 1; number < 60; ++number) {
    const std::string name(to_string(static_cast<Code>(number)));
    if (name == "unknown") continue;
    const std::string cells = "| " + std::to_string(number) + " | " + name + " |";
    EXPECT_NE(document().find(cells), std::string::npos) << cells;
  }
}

TEST(ProtocolPage, ListsEveryCheckKind) {
  const std::string text = section("Numbers of `CheckKind`");
  EXPECT_EQ(rows_in(text), 18U);
  EXPECT_NE(text.find("\n| 7 | `kPortFree` |"), std::string::npos);
  EXPECT_EQ(rows_in(section("Numbers of `Severity`")), 3U);
  EXPECT_EQ(rows_in(section("Numbers of `ChangeKind`")), 4U);
  EXPECT_EQ(rows_in(section("Numbers of `ApplyOutcome`")), 5U);
  EXPECT_EQ(rows_in(section("Numbers of `PullPolicy`")), 3U);
  EXPECT_EQ(rows_in(section("Numbers of `EventKind`")), 4U);
}

/// The bytes of the ```hex block: pairs of digits up to the first run of two spaces of each line.
Bytes example() {
  const std::string fence = "```hex\n";
  const std::size_t begin = document().find(fence) + fence.size();
  const std::string block = document().substr(begin, document().find("```", begin) - begin);
  Bytes bytes;
  for (const std::string& line : split(block, '\n')) {
    for (const std::string& pair : split(line.substr(0, line.find("  ")), ' ')) {
      if (!pair.empty()) bytes.push_back(static_cast<std::byte>(std::stoi(pair, nullptr, 16)));
    }
  }
  return bytes;
}

TEST(ProtocolPage, ExampleIsAFrameAsTheCodeMakesIt) {
  const LockRequest request{.reason = "recording", .who = "bob@desk", .ttl_ms = 3'600'000};
  EXPECT_EQ(example(), encode_frame(FrameType::kLock, 7, encode(request)));
  FrameDecoder decoder;
  decoder.feed(example());
  const auto frame = decoder.next().value();
  ASSERT_TRUE(frame);
  EXPECT_EQ(decode<LockRequest>(frame->payload).value(), request);
}

}  // namespace
}  // namespace gannet::protocol
