// Everything the command line can do to hosts. Each function runs the whole fleet, reports as it
// goes and records into the result store; none of them parses options or prints by itself.
#pragma once

#include <chrono>
#include <string>

#include "controller/deploy/operation_types.h"

namespace gannet::controller {

[[nodiscard]] CheckOutput run_check(OperationContext& context, const ReleaseContext& release);

[[nodiscard]] PlanOutput run_plan(OperationContext& context, const ReleaseContext& release);

[[nodiscard]] RunSummary run_deploy(OperationContext& context, const ReleaseContext& release,
                                    const DeployOptions& options);

[[nodiscard]] PlanOutput run_rollback_plan(OperationContext& context, const ReleaseContext& release,
                                           const RollbackOptions& options);
[[nodiscard]] RunSummary run_rollback(OperationContext& context, const ReleaseContext& release,
                                      const RollbackOptions& options);

/// `drift`: compare the files on the hosts with the releases in force.
[[nodiscard]] StatusOutput run_status(OperationContext& context, bool drift);

[[nodiscard]] ExecOutput run_exec(OperationContext& context, const ExecOptions& options);

/// `ttl` 0: until unlocked.
[[nodiscard]] RunSummary run_lock(OperationContext& context, const std::string& reason,
                                  std::chrono::milliseconds ttl);
[[nodiscard]] RunSummary run_unlock(OperationContext& context);

/// `state`: everything the agent keeps on the hosts, too; what was deployed stays.
[[nodiscard]] RunSummary run_agent_remove(OperationContext& context, bool state);
[[nodiscard]] AgentVersionOutput run_agent_version(OperationContext& context);

}  // namespace gannet::controller
