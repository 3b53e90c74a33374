#include "protocol/field_codec.h"

namespace gannet::protocol {

GANNET_MESSAGE(StatusRequest, field(1, "services", &StatusRequest::services),
               field(2, "drift", &StatusRequest::drift))

GANNET_MESSAGE(ReleaseInfo, field(1, "id", &ReleaseInfo::id), field(2, "tag", &ReleaseInfo::tag),
               field(3, "run", &ReleaseInfo::run), field(4, "who", &ReleaseInfo::who),
               field(5, "created_ms", &ReleaseInfo::created_ms),
               field(6, "committed_ms", &ReleaseInfo::committed_ms),
               field(7, "files", &ReleaseInfo::files))

GANNET_MESSAGE(ServiceStatus, field(1, "service", &ServiceStatus::service),
               field(2, "current", &ServiceStatus::current), field(3, "kept", &ServiceStatus::kept),
               field(4, "drift", &ServiceStatus::drift),
               field(5, "runtime", &ServiceStatus::runtime))

GANNET_MESSAGE(LockInfo, field(1, "who", &LockInfo::who), field(2, "reason", &LockInfo::reason),
               field(3, "since_ms", &LockInfo::since_ms),
               field(4, "expires_ms", &LockInfo::expires_ms))

GANNET_MESSAGE(PendingInfo, field(1, "transaction", &PendingInfo::transaction),
               field(2, "run", &PendingInfo::run), field(3, "who", &PendingInfo::who),
               field(4, "reason", &PendingInfo::reason),
               field(5, "since_ms", &PendingInfo::since_ms),
               field(6, "deadline_ms", &PendingInfo::deadline_ms),
               field(7, "services", &PendingInfo::services),
               field(8, "rebooting", &PendingInfo::rebooting))

GANNET_MESSAGE(StatusReply, field(1, "services", &StatusReply::services),
               field(2, "lock", &StatusReply::lock), field(3, "pending", &StatusReply::pending),
               field(4, "last_recovery", &StatusReply::last_recovery))

GANNET_MESSAGE(GetReleaseRequest, field(1, "service", &GetReleaseRequest::service),
               field(2, "id", &GetReleaseRequest::id))

GANNET_MESSAGE(GetReleaseReply, field(1, "release", &GetReleaseReply::release),
               field(2, "problems", &GetReleaseReply::problems))

GANNET_MESSAGE(ReadFileRequest, field(1, "path", &ReadFileRequest::path),
               field(2, "max_bytes", &ReadFileRequest::max_bytes))

GANNET_MESSAGE(ReadFileReply, field(1, "exists", &ReadFileReply::exists),
               field(2, "size", &ReadFileReply::size), field(3, "content", &ReadFileReply::content))

GANNET_MESSAGE(ExecRequest, field(1, "command", &ExecRequest::command),
               field(2, "timeout_ms", &ExecRequest::timeout_ms),
               field(3, "with_stdin", &ExecRequest::with_stdin))

GANNET_MESSAGE(ExecReply, field(1, "exit_code", &ExecReply::exit_code),
               field(2, "signal", &ExecReply::signal), field(3, "timed_out", &ExecReply::timed_out),
               field(4, "dropped_bytes", &ExecReply::dropped_bytes))

GANNET_MESSAGE(LockRequest, field(1, "reason", &LockRequest::reason),
               field(2, "who", &LockRequest::who), field(3, "ttl_ms", &LockRequest::ttl_ms))

GANNET_MESSAGE(UnlockRequest)

GANNET_MESSAGE(LockReply, field(1, "previous", &LockReply::previous))

GANNET_MESSAGE(RemoveRequest, field(1, "state", &RemoveRequest::state))

GANNET_MESSAGE(RemoveReply, field(1, "removed", &RemoveReply::removed))

}  // namespace gannet::protocol
