// One message of every type with every field set to something that is not its default.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "protocol/messages.h"

namespace gannet::protocol {

/// sample<Hello>(): specialised for every message in samples.cpp.
template <class Message>
[[nodiscard]] Message sample();

#define GANNET_DECLARE_SAMPLE(Message) \
  template <>                          \
  Message sample<Message>();
GANNET_FOR_EACH_MESSAGE(GANNET_DECLARE_SAMPLE)
GANNET_FOR_EACH_ACTIVATION(GANNET_DECLARE_SAMPLE)
GANNET_DECLARE_SAMPLE(Check)
GANNET_DECLARE_SAMPLE(Finding)
GANNET_DECLARE_SAMPLE(Release)
#undef GANNET_DECLARE_SAMPLE

/// A message type without its C++ type, so that tests can loop over all of them.
struct AnyMessage {
  std::string name;
  std::function<Bytes()> encoded_sample;
  /// decode() then encode() again; the error of decode().
  std::function<Result<Bytes>(std::span<const std::byte>)> recode;
  /// True when decode(encode(x)) == x for the message that `bytes` hold (or they hold none).
  std::function<bool(std::span<const std::byte>)> survives;
};

[[nodiscard]] const std::vector<AnyMessage>& all_messages();

}  // namespace gannet::protocol
