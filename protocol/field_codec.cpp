#include "protocol/field_codec.h"

#include <algorithm>

namespace gannet::protocol {
namespace {

template <class Number>
tl::unexpected<Error> out_of_range(Number number, Number low, Number high) {
  return fail(Code::kBadMessage, std::to_string(number) + " is not within " + std::to_string(low) +
                                     " to " + std::to_string(high));
}

}  // namespace

Result<> read_text(const Field& field, std::string& out) {
  out = field.as_string();
  return {};
}

Result<> read_bytes(const Field& field, Bytes& out) {
  out.assign(field.value.begin(), field.value.end());
  return {};
}

Result<> read_digest(const Field& field, Digest& out) {
  if (field.value.size() != out.bytes.size()) {
    return fail(Code::kBadMessage,
                "a digest of " + std::to_string(field.value.size()) + " bytes, it has 32");
  }
  std::copy(field.value.begin(), field.value.end(), out.bytes.begin());
  return {};
}

Result<std::uint64_t> read_unsigned(const Field& field, std::uint64_t low, std::uint64_t high) {
  TRY(const std::uint64_t number, field.as_unsigned());
  if (number < low || number > high) return out_of_range(number, low, high);
  return number;
}

Result<std::int64_t> read_signed(const Field& field, std::int64_t low, std::int64_t high) {
  TRY(const std::int64_t number, field.as_signed());
  if (number < low || number > high) return out_of_range(number, low, high);
  return number;
}

Result<> spend(Budget& budget) {
  if (budget.elements == 0) {
    return fail(Code::kBadMessage,
                "over " + std::to_string(kMaxElements) + " repeated elements in one message");
  }
  --budget.elements;
  return {};
}

}  // namespace gannet::protocol
