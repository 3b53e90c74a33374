#include "protocol/describe.h"

#include "protocol/field_table.h"

namespace gannet::protocol {

std::vector<MessageInfo> describe_messages() {
  std::vector<MessageInfo> messages;
#define GANNET_ADD_DESCRIPTION(Struct) messages.push_back(describe(std::type_identity<Struct>{}));
  GANNET_FOR_EACH_STRUCT(GANNET_ADD_DESCRIPTION)
#undef GANNET_ADD_DESCRIPTION
  return messages;
}

}  // namespace gannet::protocol
