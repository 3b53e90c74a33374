// The properties of a unit that gannet asks systemd for.
#pragma once

namespace gannet::agent {

/// For `systemctl show -p`.
inline constexpr const char* kUnitProperties =
    "LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,InvocationID,ExecMainStatus,"
    "Type,NeedDaemonReload,CanReload,Triggers,TriggeredBy,EnvironmentFiles,ExecStart,ExecStartPre";

}  // namespace gannet::agent
