// Where the kill tests stop the agent: GANNET_TEST_KILL_AT, GANNET_TEST_STOP_AT and
// GANNET_TEST_STEPS_FILE, see docs/recovery.md. Compiled to nothing in what users run.
#pragma once

#include <string_view>

namespace gannet::agent {

#ifdef GANNET_TEST_HOOKS
/// One durable step is behind us. Kills this process when it is the wanted one of its own, stops it
/// when it is the wanted one of all that the file of steps holds.
void step_point(std::string_view name);
#else
inline void step_point(std::string_view) {}
#endif

}  // namespace gannet::agent
