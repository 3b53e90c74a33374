#include "protocol/messages.h"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "protocol/describe.h"
#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {
namespace {

class MessageTest : public testing::TestWithParam<AnyMessage> {};

INSTANTIATE_TEST_SUITE_P(Every, MessageTest, testing::ValuesIn(all_messages()),
                         [](const auto& test) { return test.param.name; });

std::map<std::string_view, MessageInfo> descriptions() {
  std::map<std::string_view, MessageInfo> by_name;
  for (MessageInfo& message : describe_messages()) by_name[message.name] = std::move(message);
  return by_name;
}

TEST_P(MessageTest, SampleSetsEveryField) {
  std::set<std::uint32_t> tags;
  const Bytes bytes = GetParam().encoded_sample();
  FieldReader reader(bytes);
  while (!reader.done()) tags.insert(reader.next()->tag);
  const auto known = descriptions();
  for (const FieldInfo& field : known.at(GetParam().name).fields) {
    EXPECT_TRUE(tags.contains(field.tag)) << field.name;
  }
}

TEST_P(MessageTest, RoundTripsEveryField) {
  const Bytes bytes = GetParam().encoded_sample();
  EXPECT_EQ(GetParam().recode(bytes).value(), bytes);
  EXPECT_TRUE(GetParam().survives(bytes));
}

TEST_P(MessageTest, EmptyPayloadIsTheDefaultMessage) {
  EXPECT_TRUE(GetParam().recode({}).value().empty());
}

TEST_P(MessageTest, SkipsUnknownFieldsAnywhere) {
  const Bytes bytes = GetParam().encoded_sample();
  FieldWriter unknown;
  unknown.put_string(4'000'000'000, "from a newer peer");
  const Bytes extra = unknown.take();
  FieldReader reader(bytes);
  FieldWriter mixed;
  mixed.put_string(1'000, "in front");
  while (!reader.done()) {
    const Field field = reader.next().value();
    mixed.add_bytes(field.tag, field.value);
    mixed.add_bytes(77, extra);
  }
  EXPECT_EQ(GetParam().recode(mixed.take()).value(), bytes);
}

TEST_P(MessageTest, CutAnywhereIsAnErrorOrAShorterMessage) {
  const Bytes bytes = GetParam().encoded_sample();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto result = GetParam().recode(cut);
    if (result) {
      EXPECT_LE(result->size(), size);
      EXPECT_TRUE(GetParam().survives(cut));
    } else {
      EXPECT_EQ(result.error().code, Code::kBadMessage);
      EXPECT_TRUE(result.error().context.starts_with(GetParam().name)) << result.error().context;
    }
  }
}

TEST_P(MessageTest, EveryOtherByteAnywhereIsHandled) {
  const Bytes bytes = GetParam().encoded_sample();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      Bytes bad = bytes;
      bad[at] = static_cast<std::byte>(value);
      EXPECT_TRUE(GetParam().survives(bad));
    }
  }
}

Bytes one_field(std::uint32_t tag, const Bytes& value) {
  FieldWriter writer;
  writer.add_bytes(tag, value);
  return writer.take();
}

Bytes number(std::uint32_t tag, std::uint64_t value) {
  FieldWriter writer;
  writer.add_unsigned(tag, value);
  return writer.take();
}

template <class Message>
std::string error_of(const Bytes& payload) {
  const auto result = decode<Message>(payload);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, Code::kBadMessage);
  return result.error().context;
}

TEST(Messages, ErrorsNameTheMessageAndTheFieldThroughAllLevels) {
  EXPECT_EQ(error_of<CheckRequest>(one_field(1, one_field(5, Bytes(9)))),
            "CheckRequest.checks: Check.port: a number of 9 bytes, at most 8 are allowed");
  EXPECT_EQ(error_of<CheckRequest>(one_field(1, Bytes(1))), "CheckRequest.checks: Check: tag 0");
  EXPECT_EQ(error_of<PrepareReply>(one_field(3, Bytes(31))),
            "PrepareReply.missing: a digest of 31 bytes, it has 32");
  EXPECT_EQ(error_of<StatusRequest>(number(2, 2)),
            "StatusRequest.drift: 2 where 0 or 1 was expected");
}

TEST(Messages, NumbersTooLargeForTheirFieldAreRefused) {
  EXPECT_EQ(error_of<Hello>(number(1, std::uint64_t{1} << 32)),
            "Hello.min_version: 4294967296 is not within 0 to 4294967295");
  FieldWriter writer;
  writer.add_signed(1, -2'147'483'649);
  EXPECT_EQ(error_of<ExecReply>(writer.take()),
            "ExecReply.exit_code: -2147483649 is not within -2147483648 to 2147483647");
}

TEST(Messages, ClosedEnumsRefuseOtherNumbers) {
  EXPECT_EQ(error_of<Finding>(number(3, 4)), "Finding.severity: 4 is not within 1 to 3");
  EXPECT_EQ(error_of<Finding>(number(3, 0)), "Finding.severity: 0 is not within 1 to 3");
  EXPECT_EQ(error_of<FileChange>(number(1, 5)), "FileChange.kind: 5 is not within 1 to 4");
  EXPECT_EQ(error_of<ApplyReply>(number(1, 6)), "ApplyReply.outcome: 6 is not within 1 to 5");
}

TEST(Messages, OpenEnumsKeepWhatANewerPeerSends) {
  EXPECT_EQ(static_cast<int>(decode<ErrorMessage>(number(1, 9'999)).value().code), 9'999);
  EXPECT_EQ(static_cast<int>(decode<Check>(number(1, 99)).value().kind), 99);
  EXPECT_EQ(static_cast<int>(decode<Event>(number(1, 99)).value().kind), 99);
  EXPECT_EQ(error_of<ErrorMessage>(number(1, 65'536)),
            "ErrorMessage.code: 65536 is not within 1 to 65535");
  EXPECT_EQ(to_string(static_cast<CheckKind>(99)), "unknown");
  EXPECT_EQ(to_string(static_cast<Severity>(99)), "unknown");
}

TEST(Messages, ZeroSurvivesWhereItIsNotTheDefault) {
  Hook hook{.command = "true", .timeout_ms = 0};
  Release release;
  release.after = {hook};
  release.files = {FileEntry{.path = "/x", .content = {}, .mode = 0, .owner = "", .group = ""}};
  EXPECT_EQ(decode<Release>(encode(release)).value(), release);
}

TEST(Messages, AFieldThatComesTwiceCountsTheLastTime) {
  Bytes twice = number(2, 7);
  const Bytes again = number(2, 9);
  twice.insert(twice.end(), again.begin(), again.end());
  EXPECT_EQ(decode<CommitReply>(twice).value().pruned, 9U);
}

TEST(Messages, TinyElementsCannotBecomeGigabytes) {
  Bytes payload;
  for (std::size_t i = 0; i <= kMaxElements; ++i) {
    payload.push_back(std::byte{1});  // an element of `services`, empty
    payload.push_back(std::byte{0});
  }
  EXPECT_EQ(error_of<StatusReply>(payload),
            "StatusReply.services: over 400000 repeated elements in one message");
  payload.resize(2 * kMaxElements);
  EXPECT_EQ(decode<StatusReply>(payload).value().services.size(), kMaxElements);
}

// Were it quadratic, ctest would end it.
TEST(Messages, LargeReleasesTravelWhole) {
  Release release = sample<Release>();
  const FileEntry entry = release.files.front();
  release.files.assign(10'000, entry);
  const auto decoded = decode<Release>(encode(release));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(*decoded == release);
}

TEST(Messages, ErrorsTravelAndComeBack) {
  const Error error{Code::kLocked, "bob has it", "wait"};
  const ErrorMessage message = decode<ErrorMessage>(encode(to_message(error))).value();
  const Error back = to_error(message);
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.context, error.context);
  EXPECT_EQ(back.hint, error.hint);
}

TEST(Messages, EveryCheckKindAndSeverityHasAName) {
  std::set<std::string_view> names;
  for (int kind = 1; kind <= 15; ++kind) names.insert(to_string(static_cast<CheckKind>(kind)));
  EXPECT_EQ(names.size(), 15U);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(to_string(CheckKind::kPortFree), "port-free");
  EXPECT_EQ(to_string(Severity::kPass), "pass");
  EXPECT_EQ(to_string(Severity::kWarn), "warn");
  EXPECT_EQ(to_string(Severity::kFail), "fail");
}

}  // namespace
}  // namespace gannet::protocol
