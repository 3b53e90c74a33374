// Makers of all commands; each is in the file of its name.
#pragma once

#include <memory>

#include "controller/cli/command.h"

namespace gannet::controller {

[[nodiscard]] std::unique_ptr<Command> make_inventory_list();
[[nodiscard]] std::unique_ptr<Command> make_inventory_show();
[[nodiscard]] std::unique_ptr<Command> make_inventory_trust();
[[nodiscard]] std::unique_ptr<Command> make_check();
[[nodiscard]] std::unique_ptr<Command> make_validate();
[[nodiscard]] std::unique_ptr<Command> make_explain();
[[nodiscard]] std::unique_ptr<Command> make_generate();
[[nodiscard]] std::unique_ptr<Command> make_env_list();
[[nodiscard]] std::unique_ptr<Command> make_env_show();
[[nodiscard]] std::unique_ptr<Command> make_env_get();
[[nodiscard]] std::unique_ptr<Command> make_env_set();
[[nodiscard]] std::unique_ptr<Command> make_env_unset();
[[nodiscard]] std::unique_ptr<Command> make_env_diff();
[[nodiscard]] std::unique_ptr<Command> make_env_check();
[[nodiscard]] std::unique_ptr<Command> make_env_render();
[[nodiscard]] std::unique_ptr<Command> make_plan();
[[nodiscard]] std::unique_ptr<Command> make_deploy();
[[nodiscard]] std::unique_ptr<Command> make_rollback();
[[nodiscard]] std::unique_ptr<Command> make_status();
[[nodiscard]] std::unique_ptr<Command> make_history();
[[nodiscard]] std::unique_ptr<Command> make_resume();
[[nodiscard]] std::unique_ptr<Command> make_exec();
[[nodiscard]] std::unique_ptr<Command> make_lock();
[[nodiscard]] std::unique_ptr<Command> make_unlock();
[[nodiscard]] std::unique_ptr<Command> make_agent_remove();
[[nodiscard]] std::unique_ptr<Command> make_agent_version();
[[nodiscard]] std::unique_ptr<Command> make_completion();
[[nodiscard]] std::unique_ptr<Command> make_complete();
[[nodiscard]] std::unique_ptr<Command> make_version();

}  // namespace gannet::controller
