#include "protocol/field_codec.h"
#include "protocol/release.h"

namespace gannet::protocol {

GANNET_MESSAGE_FIELDS(FileEntry, field(1, "path", &FileEntry::path),
                      field(2, "content", &FileEntry::content), field(3, "size", &FileEntry::size),
                      field(4, "mode", &FileEntry::mode), field(5, "owner", &FileEntry::owner),
                      field(6, "group", &FileEntry::group), field(7, "secret", &FileEntry::secret))

GANNET_MESSAGE_FIELDS(Hook, field(1, "command", &Hook::command),
                      field(2, "timeout_ms", &Hook::timeout_ms))

GANNET_MESSAGE_FIELDS(HealthGate, field(1, "checks", &HealthGate::checks),
                      field(2, "stable_for_ms", &HealthGate::stable_for_ms),
                      field(3, "timeout_ms", &HealthGate::timeout_ms))

GANNET_MESSAGE(Release, field(1, "service", &Release::service), field(2, "id", &Release::id),
               field(3, "tag", &Release::tag), field(4, "run", &Release::run),
               field(5, "who", &Release::who), field(6, "created_ms", &Release::created_ms),
               field(7, "files", &Release::files), field(8, "before", &Release::before),
               field(9, "after", &Release::after), field(10, "on_rollback", &Release::on_rollback),
               field(11, "health", &Release::health), field(12, "units", &Release::units),
               field(13, "projects", &Release::projects), field(14, "sites", &Release::sites),
               field(15, "needs", &Release::needs),
               field(16, "reboot_when_needed", &Release::reboot_when_needed))

}  // namespace gannet::protocol
