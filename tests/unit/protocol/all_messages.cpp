#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {
namespace {

template <class Message>
AnyMessage any(std::string name) {
  AnyMessage message;
  message.name = std::move(name);
  message.encoded_sample = [] { return encode(sample<Message>()); };
  message.recode = [](std::span<const std::byte> bytes) -> Result<Bytes> {
    TRY(const Message decoded, decode<Message>(bytes));
    return encode(decoded);
  };
  message.survives = [](std::span<const std::byte> bytes) {
    const auto first = decode<Message>(bytes);
    if (!first) return true;
    const auto second = decode<Message>(encode(*first));
    return second.has_value() && *second == *first;
  };
  return message;
}

}  // namespace

const std::vector<AnyMessage>& all_messages() {
#define GANNET_ANY(Message) any<Message>(#Message),
  static const std::vector<AnyMessage> messages{GANNET_FOR_EACH_MESSAGE(GANNET_ANY)  //
                                                GANNET_FOR_EACH_ACTIVATION(GANNET_ANY)
                                                    any<Check>("Check"),
                                                any<Finding>("Finding"), any<Release>("Release")};
#undef GANNET_ANY
  return messages;
}

}  // namespace gannet::protocol
