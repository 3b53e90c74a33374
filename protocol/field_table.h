// Private to protocol/: one list of fields per message, from which both encode and decode come, so
// that they cannot drift apart. A .cpp lists the fields of a struct with GANNET_MESSAGE_FIELDS.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "protocol/describe.h"
#include "protocol/messages.h"

namespace gannet::protocol {

using Pair = std::pair<std::string, std::string>;

/// What one decode may still allocate. Without it, 64 MiB of two-byte elements would become
/// gigabytes of structs.
struct Budget {
  std::size_t elements = kMaxElements;
};

/// Everything that has a field table.
#define GANNET_FOR_EACH_STRUCT(X) \
  GANNET_FOR_EACH_MESSAGE(X)      \
  GANNET_FOR_EACH_ACTIVATION(X)   \
  X(Check) X(Finding) X(Pair) X(FileEntry) X(Hook) X(HealthGate) X(Release)

#define GANNET_DECLARE_NESTED(Struct)                                                   \
  [[nodiscard]] Bytes encode(const Struct& value);                                      \
  [[nodiscard]] Result<> decode_nested(std::span<const std::byte> bytes, Struct& value, \
                                       Budget& budget);                                 \
  [[nodiscard]] MessageInfo describe(std::type_identity<Struct> which);
GANNET_FOR_EACH_STRUCT(GANNET_DECLARE_NESTED)
#undef GANNET_DECLARE_NESTED

template <class Struct, class Member>
struct FieldSpec {
  std::uint32_t tag;
  std::string_view name;
  Member Struct::*member;
};

template <class Struct, class Member>
constexpr FieldSpec<Struct, Member> field(std::uint32_t tag, std::string_view name,
                                          Member Struct::*member) {
  return {tag, name, member};
}

/// Specialised by GANNET_MESSAGE_FIELDS: kName and kFields, a tuple of FieldSpec.
template <class Struct>
struct FieldTable;

/// Tags are 1, 2, 3 ... in the order of the list: none twice, none forgotten.
template <class Tuple>
constexpr bool tags_count_up(const Tuple& fields) {
  std::uint32_t expected = 0;
  return std::apply([&](const auto&... spec) { return ((spec.tag == ++expected) && ...); }, fields);
}

}  // namespace gannet::protocol

// clang-format off
#define GANNET_MESSAGE_FIELDS(Struct, ...)                                                         \
  template <>                                                                                      \
  struct FieldTable<Struct> {                                                                      \
    static constexpr std::string_view kName = #Struct;                                             \
    static constexpr auto kFields = std::make_tuple(__VA_ARGS__);                                  \
    static_assert(tags_count_up(kFields));                                                         \
  };                                                                                               \
  Bytes encode(const Struct& value) { return encode_fields(value); }                               \
  Result<> decode_nested(std::span<const std::byte> bytes, Struct& value, Budget& budget) {        \
    return decode_fields(bytes, value, budget);                                                    \
  }                                                                                                \
  MessageInfo describe(std::type_identity<Struct> /*which*/) { return describe_fields<Struct>(); }

/// The same for a struct that is a message of its own, with a public decode<>.
#define GANNET_MESSAGE(Struct, ...)                                                                \
  GANNET_MESSAGE_FIELDS(Struct, __VA_ARGS__)                                                       \
  template <>                                                                                      \
  Result<Struct> decode<Struct>(std::span<const std::byte> payload) {                              \
    Struct value;                                                                                  \
    Budget budget;                                                                                 \
    TRY_VOID(decode_nested(payload, value, budget));                                               \
    return value;                                                                                  \
  }
// clang-format on
