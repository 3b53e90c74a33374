// Private to protocol/: encodes, decodes and describes a struct by its field table.
#pragma once

#include <limits>
#include <optional>

#include "protocol/field_describe.h"
#include "protocol/field_table.h"

namespace gannet::protocol {

/// Highest number of an enum that no newer peer extends without a new version: above it a message
/// is bad. The other enums are kept as they come.
template <class Enum>
inline constexpr auto kLast = static_cast<Enum>(std::numeric_limits<std::uint16_t>::max());
template <>
inline constexpr auto kLast<Severity> = Severity::kFail;
template <>
inline constexpr auto kLast<ChangeKind> = ChangeKind::kRemove;
template <>
inline constexpr auto kLast<PullPolicy> = PullPolicy::kNever;
template <>
inline constexpr auto kLast<ApplyOutcome> = ApplyOutcome::kRebooting;

[[nodiscard]] Result<> read_text(const Field& field, std::string& out);
[[nodiscard]] Result<> read_bytes(const Field& field, Bytes& out);
[[nodiscard]] Result<> read_digest(const Field& field, Digest& out);
/// A number from `low` to `high`.
[[nodiscard]] Result<std::uint64_t> read_unsigned(const Field& field, std::uint64_t low,
                                                  std::uint64_t high);
[[nodiscard]] Result<std::int64_t> read_signed(const Field& field, std::int64_t low,
                                               std::int64_t high);
/// Takes one element from the budget.
[[nodiscard]] Result<> spend(Budget& budget);

template <class T>
[[nodiscard]] Result<> read_value(const Field& field, T& out, Budget& budget) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_same_v<T, std::string>) {
    return read_text(field, out);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return read_bytes(field, out);
  } else if constexpr (std::is_same_v<T, Digest>) {
    return read_digest(field, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    TRY(out, field.as_bool());
  } else if constexpr (std::is_enum_v<T>) {
    TRY(const auto number, read_unsigned(field, 1, static_cast<std::uint64_t>(kLast<T>)));
    out = static_cast<T>(number);
  } else if constexpr (std::is_unsigned_v<T>) {
    TRY(const auto number, read_unsigned(field, 0, Limits::max()));
    out = static_cast<T>(number);
  } else if constexpr (std::is_signed_v<T>) {
    TRY(const auto number, read_signed(field, Limits::min(), Limits::max()));
    out = static_cast<T>(number);
  } else if constexpr (kIsVector<T>) {
    TRY_VOID(spend(budget));
    return read_value(field, out.emplace_back(), budget);
  } else if constexpr (kIsOptional<T>) {
    return read_value(field, out.emplace(), budget);
  } else {
    out = T{};  // a field that comes twice counts once, the last time
    return decode_nested(field.value, out, budget);
  }
  return {};
}

/// Writes the field whatever the value is.
template <class T>
void add_value(FieldWriter& writer, std::uint32_t tag, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    writer.add_string(tag, value);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    writer.add_bytes(tag, value);
  } else if constexpr (std::is_same_v<T, Digest>) {
    writer.add_bytes(tag, value.bytes);
  } else if constexpr (std::is_enum_v<T> || std::is_unsigned_v<T>) {
    writer.add_unsigned(tag, static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_signed_v<T>) {
    writer.add_signed(tag, value);
  } else if constexpr (kIsVector<T>) {
    for (const auto& element : value) add_value(writer, tag, element);
  } else if constexpr (kIsOptional<T>) {
    if (value) add_value(writer, tag, *value);
  } else {
    writer.add_bytes(tag, encode(value));
  }
}

template <class Struct>
[[nodiscard]] Bytes encode_fields(const Struct& value) {
  [[maybe_unused]] static const Struct kDefault{};  // a struct may have no fields
  FieldWriter writer;
  const auto put = [&](const auto& spec) {
    const auto& member = value.*spec.member;
    if (member != kDefault.*spec.member) add_value(writer, spec.tag, member);
  };
  std::apply([&](const auto&... spec) { (put(spec), ...); }, FieldTable<Struct>::kFields);
  return writer.take();
}

template <class Struct>
[[nodiscard]] Result<> decode_fields(std::span<const std::byte> bytes, Struct& value,
                                     Budget& budget) {
  FieldReader reader(bytes);
  while (!reader.done()) {
    auto found = reader.next();
    if (!found) return fail(std::move(found.error()).in(FieldTable<Struct>::kName));
    Result<> outcome;
    const auto take = [&](const auto& spec) {
      if (spec.tag != found->tag) return false;
      outcome = read_value(*found, value.*spec.member, budget);
      if (!outcome) {
        std::string where(FieldTable<Struct>::kName);
        outcome = fail(std::move(outcome.error()).in(where.append(".").append(spec.name)));
      }
      return true;
    };
    // A tag that is not in the table is a field of a newer peer: skipped.
    std::apply([&](const auto&... spec) { static_cast<void>((take(spec) || ...)); },
               FieldTable<Struct>::kFields);
    if (!outcome) return outcome;
  }
  return {};
}

}  // namespace gannet::protocol
