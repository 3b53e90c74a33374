#include "protocol/field_codec.h"

namespace gannet::protocol {

GANNET_MESSAGE(PrepareRequest, field(1, "releases", &PrepareRequest::releases),
               field(2, "checks", &PrepareRequest::checks),
               field(3, "wall_ms", &PrepareRequest::wall_ms),
               field(4, "remove_others", &PrepareRequest::remove_others))

GANNET_MESSAGE(FileChange, field(1, "kind", &FileChange::kind), field(2, "path", &FileChange::path),
               field(3, "unmanaged", &FileChange::unmanaged),
               field(4, "secret", &FileChange::secret), field(5, "old_size", &FileChange::old_size),
               field(6, "new_size", &FileChange::new_size),
               field(7, "old_mode", &FileChange::old_mode),
               field(8, "new_mode", &FileChange::new_mode),
               field(9, "old_owner", &FileChange::old_owner),
               field(10, "new_owner", &FileChange::new_owner),
               field(11, "old_digest", &FileChange::old_digest))

GANNET_MESSAGE(PlannedAction, field(1, "what", &PlannedAction::what),
               field(2, "why", &PlannedAction::why))

GANNET_MESSAGE(ServicePlan, field(1, "service", &ServicePlan::service),
               field(2, "current", &ServicePlan::current),
               field(3, "current_tag", &ServicePlan::current_tag),
               field(4, "files", &ServicePlan::files),
               field(5, "definition_changed", &ServicePlan::definition_changed),
               field(6, "actions", &ServicePlan::actions))

GANNET_MESSAGE(PrepareReply, field(1, "findings", &PrepareReply::findings),
               field(2, "plans", &PrepareReply::plans), field(3, "missing", &PrepareReply::missing))

GANNET_MESSAGE(UploadRequest, field(1, "count", &UploadRequest::count),
               field(2, "bytes", &UploadRequest::bytes))

GANNET_MESSAGE(UploadReply, field(1, "stored", &UploadReply::stored),
               field(2, "bytes", &UploadReply::bytes))

GANNET_MESSAGE(ApplyRequest, field(1, "transaction", &ApplyRequest::transaction),
               field(2, "run", &ApplyRequest::run), field(3, "reason", &ApplyRequest::reason),
               field(4, "releases", &ApplyRequest::releases),
               field(5, "watchdog_ms", &ApplyRequest::watchdog_ms),
               field(6, "keep_releases", &ApplyRequest::keep_releases),
               field(7, "go_on", &ApplyRequest::go_on))

GANNET_MESSAGE(ApplyReply, field(1, "outcome", &ApplyReply::outcome),
               field(2, "code", &ApplyReply::code), field(3, "error", &ApplyReply::error),
               field(4, "hint", &ApplyReply::hint),
               field(5, "restore_error", &ApplyReply::restore_error),
               field(6, "last_lines", &ApplyReply::last_lines),
               field(7, "findings", &ApplyReply::findings),
               field(8, "watchdog_left_ms", &ApplyReply::watchdog_left_ms),
               field(9, "images", &ApplyReply::images))

GANNET_MESSAGE(CommitRequest, field(1, "transaction", &CommitRequest::transaction))

GANNET_MESSAGE(CommitReply, field(1, "releases", &CommitReply::releases),
               field(2, "pruned", &CommitReply::pruned))

GANNET_MESSAGE(RestoreRequest, field(1, "transaction", &RestoreRequest::transaction),
               field(2, "reason", &RestoreRequest::reason))

GANNET_MESSAGE(RestoreReply, field(1, "restored", &RestoreReply::restored),
               field(2, "healthy", &RestoreReply::healthy),
               field(3, "detail", &RestoreReply::detail))

}  // namespace gannet::protocol
