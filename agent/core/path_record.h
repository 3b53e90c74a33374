// A PathState as it stands in the records of the state directory.
#pragma once

#include <span>

#include "agent/core/snapshot.h"
#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::agent {

[[nodiscard]] protocol::Bytes encode_path(const PathState& state);
/// A field of a record as the number or enumeration that it stands for; kBadMessage if it is none.
template <class Number>
[[nodiscard]] Result<> read_number(const protocol::Field& field, Number& out) {
  TRY(const std::uint64_t value, field.as_unsigned());
  out = static_cast<Number>(value);
  return {};
}

/// Errors: kCorrupt, kBadMessage; neither names the file.
[[nodiscard]] Result<PathState> decode_path(std::span<const std::byte> bytes);

}  // namespace gannet::agent
