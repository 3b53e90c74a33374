// Private to protocol/: a field table as data; see protocol/describe.h.
#pragma once

#include <optional>

#include "protocol/field_table.h"

namespace gannet::protocol {

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = !std::is_same_v<T, std::byte>;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class T>
void describe_type(FieldInfo& info) {
  if constexpr (kIsVector<T> || kIsOptional<T>) {
    info.rule = kIsVector<T> ? "repeated" : "optional";
    describe_type<typename T::value_type>(info);
  } else if constexpr (std::is_same_v<T, std::string>) {
    info.type = "string";
  } else if constexpr (std::is_same_v<T, Bytes>) {
    info.type = "bytes";
  } else if constexpr (std::is_same_v<T, Digest>) {
    info.type = "digest";
  } else if constexpr (std::is_same_v<T, bool>) {
    info.type = "bool";
  } else if constexpr (std::is_enum_v<T> || std::is_unsigned_v<T>) {
    info.type = "unsigned";
  } else if constexpr (std::is_signed_v<T>) {
    info.type = "signed";
  } else {
    info.type = describe(std::type_identity<T>{}).name;
  }
}

template <class Struct>
[[nodiscard]] MessageInfo describe_fields() {
  MessageInfo message{FieldTable<Struct>::kName, {}};
  const auto add = [&]<class Member>(const FieldSpec<Struct, Member>& spec) {
    FieldInfo info{spec.tag, spec.name, {}, {}};
    describe_type<Member>(info);
    message.fields.push_back(std::move(info));
  };
  std::apply([&](const auto&... spec) { (add(spec), ...); }, FieldTable<Struct>::kFields);
  return message;
}

}  // namespace gannet::protocol
