#include "protocol/wire.h"

#include <limits>

namespace gannet::protocol {
namespace {

constexpr std::size_t kMaxNumberBytes = 8;

tl::unexpected<Error> bad(std::string why) { return fail(Code::kBadMessage, std::move(why)); }

/// Takes a LEB128 number of at most 32 bits, in its shortest form, from the front of `rest`.
Result<std::uint32_t> take_varint(std::span<const std::byte>& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (rest.empty()) return bad("ends inside a tag or length");
    const auto byte = std::to_integer<std::uint64_t>(rest.front());
    rest = rest.subspan(1);
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && shift != 0) return bad("tag or length is not in its shortest form");
    if (value > std::numeric_limits<std::uint32_t>::max()) break;
    return static_cast<std::uint32_t>(value);
  }
  return bad("tag or length is over 32 bits");
}

}  // namespace

void FieldWriter::put_varint(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<std::byte>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void FieldWriter::put_unsigned(std::uint32_t tag, std::uint64_t value) {
  if (value != 0) add_unsigned(tag, value);
}

void FieldWriter::put_signed(std::uint32_t tag, std::int64_t value) {
  if (value != 0) add_signed(tag, value);
}

void FieldWriter::put_string(std::uint32_t tag, std::string_view value) {
  if (!value.empty()) add_string(tag, value);
}

void FieldWriter::put_bytes(std::uint32_t tag, std::span<const std::byte> value) {
  if (!value.empty()) add_bytes(tag, value);
}

void FieldWriter::add_unsigned(std::uint32_t tag, std::uint64_t value) {
  std::size_t length = 1;
  while (length < kMaxNumberBytes && (value >> (8 * length)) != 0) ++length;
  put_varint(tag);
  put_varint(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xff));
  }
}

void FieldWriter::add_signed(std::uint32_t tag, std::int64_t value) {
  // Zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ..., so that small negative numbers stay short.
  const auto bits = static_cast<std::uint64_t>(value);
  add_unsigned(tag, (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void FieldWriter::add_string(std::uint32_t tag, std::string_view value) {
  add_bytes(tag, std::as_bytes(std::span(value)));
}

void FieldWriter::add_bytes(std::uint32_t tag, std::span<const std::byte> value) {
  put_varint(tag);
  put_varint(value.size());
  bytes_.insert(bytes_.end(), value.begin(), value.end());
}

Result<std::uint64_t> Field::as_unsigned() const {
  if (value.empty()) return bad("a number without bytes");
  if (value.size() > kMaxNumberBytes) {
    return bad("a number of " + std::to_string(value.size()) + " bytes, at most 8 are allowed");
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    number |= std::to_integer<std::uint64_t>(value[i]) << (8 * i);
  }
  return number;
}

Result<std::int64_t> Field::as_signed() const {
  TRY(const std::uint64_t bits, as_unsigned());
  const std::uint64_t sign = (bits & 1) != 0 ? ~std::uint64_t{0} : 0;
  return static_cast<std::int64_t>((bits >> 1) ^ sign);
}

Result<bool> Field::as_bool() const {
  TRY(const std::uint64_t number, as_unsigned());
  if (number > 1) return bad(std::to_string(number) + " where 0 or 1 was expected");
  return number == 1;
}

std::string Field::as_string() const {
  std::string text(value.size(), '\0');
  for (std::size_t i = 0; i < value.size(); ++i) text[i] = static_cast<char>(value[i]);
  return text;
}

Result<Field> FieldReader::next() {
  Field field;
  TRY(field.tag, take_varint(rest_));
  if (field.tag == 0) return bad("tag 0");
  TRY(const std::uint32_t length, take_varint(rest_));
  if (length > rest_.size()) {
    return bad("field " + std::to_string(field.tag) + " says " + std::to_string(length) +
               " bytes, only " + std::to_string(rest_.size()) + " are left");
  }
  field.value = rest_.first(length);
  rest_ = rest_.subspan(length);
  return field;
}

}  // namespace gannet::protocol
