// The field tables of all messages as data: for tests, which compare them with docs/protocol.md and
// print golden files readably.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::protocol {

/// Elements of repeated fields, nested ones included, that one message may hold. More is refused
/// with kBadMessage. Five times what the largest release needs.
inline constexpr std::size_t kMaxElements = 400'000;

/// One field of a message.
struct FieldInfo {
  std::uint32_t tag = 0;
  std::string_view name;
  std::string type;  ///< "unsigned", "signed", "bool", "string", "bytes", "digest" or a message
  std::string_view rule;  ///< "", "repeated" or "optional"
};

struct MessageInfo {
  std::string_view name;
  std::vector<FieldInfo> fields;  ///< by tag
};

/// Every struct that travels, nested ones too.
[[nodiscard]] std::vector<MessageInfo> describe_messages();

}  // namespace gannet::protocol
