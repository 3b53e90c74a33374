// The parsers of all messages. Byte 0 picks the message, in the order of GANNET_FOR_EACH_MESSAGE.
#include <array>

#include "protocol/messages.h"
#include "tests/fuzz/check.h"

namespace gannet::fuzz {
namespace {

using namespace protocol;

/// What decodes must encode to something that decodes to the same value.
template <class Message>
void try_message(std::span<const std::byte> bytes) {
  const auto first = decode<Message>(bytes);
  if (!first) {
    require(first.error().code == Code::kBadMessage && !first.error().context.empty());
    return;
  }
  const auto second = decode<Message>(encode(*first));
  require(second.has_value() && *second == *first);
}

void try_release(std::span<const std::byte> bytes) {
  try_message<Release>(bytes);
  const auto release = decode<Release>(bytes);
  if (!release) return;
  const auto valid = validate(*release);
  require(valid.has_value() || valid.error().code == Code::kInvalidInput);
  static_cast<void>(content_digest(*release));
}

using Try = void (*)(std::span<const std::byte>);

#define GANNET_TRY(Message) &try_message<Message>,
constexpr std::array kTries{GANNET_FOR_EACH_MESSAGE(GANNET_TRY) & try_message<Check>,
                            &try_message<Finding>, &try_release};
#undef GANNET_TRY

}  // namespace
}  // namespace gannet::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet::fuzz;
  auto rest = std::as_bytes(std::span(data, size));
  const std::size_t which = take_byte(rest) % kTries.size();
  kTries.at(which)(rest);
  return 0;
}
