// The bytes of version 1, kept in protocol/golden/v1: one .bin per message, and beside it a .txt
// for people. GANNET_TEST_ACCEPT=1 writes them anew and skips; a released version never changes.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "protocol/describe.h"
#include "tests/support/paths.h"
#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {
namespace {

const std::string kFolder = gannet::test::source_dir() + "/protocol/golden/v1/";

class GoldenTest : public testing::TestWithParam<AnyMessage> {};

INSTANTIATE_TEST_SUITE_P(Version1, GoldenTest, testing::ValuesIn(all_messages()),
                         [](const auto& test) { return test.param.name; });

std::string text_of(std::span<const std::byte> bytes) { return Field{0, bytes}.as_string(); }

std::string hex(std::span<const std::byte> bytes) {
  std::ostringstream out;
  for (const std::byte byte : bytes) {
    out << "0123456789abcdef"[std::to_integer<std::size_t>(byte >> 4)]
        << "0123456789abcdef"[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return out.str();
}

const MessageInfo* find_message(std::string_view name) {
  static const std::vector<MessageInfo> messages = describe_messages();
  for (const MessageInfo& message : messages) {
    if (message.name == name) return &message;
  }
  return nullptr;
}

/// One line per field: "3 files[FileEntry]" with its own fields below it, or "1 service = \"api\"".
void print(std::ostream& out, const MessageInfo& message, std::span<const std::byte> bytes,
           const std::string& indent) {
  FieldReader reader(bytes);
  while (!reader.done()) {
    const Field field = reader.next().value();
    const FieldInfo& info = message.fields.at(field.tag - 1);
    out << indent << field.tag << ' ' << info.name;
    if (const MessageInfo* nested = find_message(info.type)) {
      out << ' ' << info.type << '\n';
      print(out, *nested, field.value, indent + "  ");
    } else if (info.type == "string") {
      out << " = \"" << printable(text_of(field.value)) << "\"\n";
    } else if (info.type == "unsigned" || info.type == "bool") {
      out << " = " << field.as_unsigned().value() << '\n';
    } else if (info.type == "signed") {
      out << " = " << field.as_signed().value() << '\n';
    } else {
      out << " = " << hex(field.value) << '\n';
    }
  }
}

std::string readable(const AnyMessage& message) {
  std::ostringstream out;
  const Bytes bytes = message.encoded_sample();
  out << message.name << ", " << bytes.size() << " bytes\n";
  print(out, *find_message(message.name), bytes, "  ");
  return out.str();
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return in ? content.str() : "cannot read " + path + ": run once with GANNET_TEST_ACCEPT=1";
}

void write_file(const std::string& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out << content;
  ASSERT_TRUE(out.flush()) << path;
}

TEST_P(GoldenTest, BytesAreTheOnesOnRecord) {
  const std::string bytes = text_of(GetParam().encoded_sample());
  const std::string text = readable(GetParam());
  const std::string path = kFolder + GetParam().name;
  if (std::getenv("GANNET_TEST_ACCEPT") != nullptr) {
    write_file(path + ".bin", bytes);
    write_file(path + ".txt", text);
    GTEST_SKIP() << "wrote " << path << ".bin and .txt";
  }
  const std::string recorded = read_file(path + ".bin");
  EXPECT_EQ(hex(std::as_bytes(std::span(recorded))), hex(std::as_bytes(std::span(bytes))));
  EXPECT_EQ(read_file(path + ".txt"), text);
}

TEST_P(GoldenTest, BytesOnRecordAreStillUnderstood) {
  const std::string bytes = read_file(kFolder + GetParam().name + ".bin");
  const auto recoded = GetParam().recode(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(recoded) << recoded.error().context;
  EXPECT_EQ(*recoded, GetParam().encoded_sample());
}

}  // namespace
}  // namespace gannet::protocol
