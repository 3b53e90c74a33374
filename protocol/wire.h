// Field encoding of messages: see docs/protocol.md section 4. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gannet::protocol {

using Bytes = std::vector<std::byte>;

/// Builds a message: a sequence of fields, each varint(tag) varint(length) bytes.
/// put_*: a field that is 0, "" or false is left out. add_*: it is written all the same, for
/// elements of repeated fields and for fields whose default is another value.
class FieldWriter {
 public:
  void put_unsigned(std::uint32_t tag, std::uint64_t value);  ///< minimal little-endian, 1-8 bytes
  void put_signed(std::uint32_t tag, std::int64_t value);     ///< zigzag, then as unsigned
  void put_string(std::uint32_t tag, std::string_view value);
  void put_bytes(std::uint32_t tag, std::span<const std::byte> value);
  void put_bool(std::uint32_t tag, bool value) { put_unsigned(tag, value ? 1 : 0); }

  void add_unsigned(std::uint32_t tag, std::uint64_t value);
  void add_signed(std::uint32_t tag, std::int64_t value);
  void add_string(std::uint32_t tag, std::string_view value);
  void add_bytes(std::uint32_t tag, std::span<const std::byte> value);

  [[nodiscard]] Bytes take() { return std::move(bytes_); }

 private:
  void put_varint(std::uint64_t value);

  Bytes bytes_;
};

/// One field as found on the wire; `value` points into the reader's input.
struct Field {
  std::uint32_t tag = 0;
  std::span<const std::byte> value;

  [[nodiscard]] Result<std::uint64_t> as_unsigned() const;  ///< kBadMessage unless 1-8 bytes
  [[nodiscard]] Result<std::int64_t> as_signed() const;
  [[nodiscard]] Result<bool> as_bool() const;  ///< kBadMessage unless 0 or 1
  [[nodiscard]] std::string as_string() const;
};

/// Walks over the fields of one message. Checks every length before believing it.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// The next field. Call only when !done(). Errors: kBadMessage.
  [[nodiscard]] Result<Field> next();

 private:
  std::span<const std::byte> rest_;
};

/// decode<CheckRequest>(payload): the message, or kBadMessage. Specialised beside each struct.
template <class Message>
[[nodiscard]] Result<Message> decode(std::span<const std::byte> payload);

}  // namespace gannet::protocol
