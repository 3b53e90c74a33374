#include "protocol/wire.h"

#include <initializer_list>
#include <limits>

#include <gtest/gtest.h>

namespace gannet::protocol {
namespace {

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

template <class Put>
Bytes written(Put put) {
  FieldWriter writer;
  put(writer);
  return writer.take();
}

std::string first_error(const Bytes& input) {
  FieldReader reader(input);
  while (!reader.done()) {
    const auto field = reader.next();
    if (!field) return field.error().context;
  }
  return "";
}

TEST(FieldWriter, LeavesDefaultsOut) {
  EXPECT_TRUE(written([](FieldWriter& writer) {
                writer.put_unsigned(1, 0);
                writer.put_signed(2, 0);
                writer.put_string(3, "");
                writer.put_bytes(4, {});
                writer.put_bool(5, false);
              }).empty());
}

TEST(FieldWriter, AddWritesThemAllTheSame) {
  EXPECT_EQ(written([](FieldWriter& writer) {
              writer.add_unsigned(1, 0);
              writer.add_signed(2, 0);
              writer.add_string(3, "");
              writer.add_bytes(4, {});
            }),
            bytes({1, 1, 0, 2, 1, 0, 3, 0, 4, 0}));
}

TEST(FieldWriter, NumbersAreMinimalLittleEndian) {
  EXPECT_EQ(written([](FieldWriter& w) { w.put_unsigned(1, 0x1234); }), bytes({1, 2, 0x34, 0x12}));
  EXPECT_EQ(written([](FieldWriter& w) { w.put_unsigned(1, 255); }), bytes({1, 1, 255}));
  EXPECT_EQ(written([](FieldWriter& w) { w.put_bool(300, true); }), bytes({0xac, 2, 1, 1}));
  EXPECT_EQ(written([](FieldWriter& w) { w.put_signed(1, -1); }), bytes({1, 1, 1}));
  EXPECT_EQ(written([](FieldWriter& w) { w.put_signed(1, 1); }), bytes({1, 1, 2}));
}

TEST(FieldReader, ReadsBackWhatWasWritten) {
  const Bytes input = written([](FieldWriter& writer) {
    writer.put_unsigned(1, std::numeric_limits<std::uint64_t>::max());
    writer.put_signed(2, std::numeric_limits<std::int64_t>::min());
    writer.put_signed(3, std::numeric_limits<std::int64_t>::max());
    writer.put_string(std::numeric_limits<std::uint32_t>::max(), std::string(300, 'x'));
    writer.put_bool(5, true);
  });
  FieldReader reader(input);
  EXPECT_EQ(reader.next()->as_unsigned().value(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(reader.next()->as_signed().value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(reader.next()->as_signed().value(), std::numeric_limits<std::int64_t>::max());
  const auto text = reader.next();
  EXPECT_EQ(text->tag, std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(text->as_string(), std::string(300, 'x'));
  EXPECT_TRUE(reader.next()->as_bool().value());
  EXPECT_TRUE(reader.done());
}

TEST(FieldReader, RefusesMalformedTagsAndLengths) {
  EXPECT_EQ(first_error(bytes({0, 0})), "tag 0");
  EXPECT_EQ(first_error(bytes({1})), "ends inside a tag or length");
  EXPECT_EQ(first_error(bytes({0x80})), "ends inside a tag or length");
  EXPECT_EQ(first_error(bytes({0x81, 0, 0})), "tag or length is not in its shortest form");
  EXPECT_EQ(first_error(bytes({0xff, 0xff, 0xff, 0xff, 0x1f, 0})), "tag or length is over 32 bits");
  EXPECT_EQ(first_error(bytes({0xff, 0xff, 0xff, 0xff, 0xff, 1})), "tag or length is over 32 bits");
  EXPECT_EQ(first_error(bytes({7, 3, 1, 2})), "field 7 says 3 bytes, only 2 are left");
  EXPECT_EQ(first_error(bytes({7, 0xff, 0xff, 0xff, 0xff, 0x0f, 1})),
            "field 7 says 4294967295 bytes, only 1 are left");
}

TEST(Field, RefusesMalformedNumbers) {
  const Bytes nine(9, std::byte{1});
  EXPECT_EQ(Field({1, nine}).as_unsigned().error().context,
            "a number of 9 bytes, at most 8 are allowed");
  EXPECT_EQ(Field({1, {}}).as_signed().error().context, "a number without bytes");
  const Bytes two = bytes({2});
  EXPECT_EQ(Field({1, two}).as_bool().error().context, "2 where 0 or 1 was expected");
  EXPECT_EQ(Field({1, two}).as_bool().error().code, Code::kBadMessage);
}

}  // namespace
}  // namespace gannet::protocol
