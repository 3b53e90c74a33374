#include "agent/system/agent_clock.h"

#include <cstdlib>

namespace gannet::agent {

AgentClock::AgentClock() {
#ifdef GANNET_TEST_HOOKS
  const char* offset = std::getenv("GANNET_TEST_CLOCK_OFFSET_MS");
  if (offset != nullptr) offset_ = std::chrono::milliseconds(std::strtoll(offset, nullptr, 10));
#endif
}

}  // namespace gannet::agent
