#include "controller/cli/commands.h"

namespace gannet::controller {

Commands all_commands() {
  Commands commands;
  for (const auto make : {make_inventory_list, make_inventory_show, make_inventory_trust,
                          make_check,          make_generate,       make_validate,
                          make_explain,        make_env_list,       make_env_show,
                          make_env_get,        make_env_set,        make_env_unset,
                          make_env_diff,       make_env_check,      make_env_render,
                          make_plan,           make_deploy,         make_rollback,
                          make_status,         make_history,        make_resume,
                          make_exec,           make_lock,           make_unlock,
                          make_agent_remove,   make_agent_version,  make_completion,
                          make_complete,       make_version})
    commands.push_back(make());
  return commands;
}

}  // namespace gannet::controller
