#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {
namespace {

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Check http_check() {
  Check check;
  check.kind = CheckKind::kHttp;
  check.name = "http 8080";
  check.target = "http://127.0.0.1:8080/healthz";
  check.pattern = "ok";
  check.port = 8080;
  check.expect = -204;
  check.min_bytes = 500'000'000;
  check.min_count = 1'000;
  check.max_value = 30'000;
  check.timeout_ms = 0;  // zero is not the default here and must survive
  check.warn_only = true;
  return check;
}

}  // namespace

template <>
Check sample<Check>() {
  return http_check();
}

template <>
Finding sample<Finding>() {
  return {.kind = CheckKind::kPortFree,
          .name = "port 8080",
          .severity = Severity::kFail,
          .message = "nginx (pid 812) listens on 8080",
          .hint = "stop nginx.service",
          .values = {{"pid", "812"}, {"unit", "nginx.service"}}};
}

template <>
PlannedAction sample<PlannedAction>() {
  return {.what = "restart api.service", .why = "/etc/api.toml changes"};
}

template <>
Release sample<Release>() {
  Release release;
  release.service = "api";
  release.id = "20261123T100112Z-7f3a9c1e";
  release.tag = "v1.2.0";
  release.run = "20261123T100100Z-00c0ffee";
  release.who = "ann@laptop";
  release.created_ms = 1'795'428'072'123;
  release.files = {{.path = "/etc/api.toml",
                    .content = sha256("api"),
                    .size = 3,
                    .mode = 0640,
                    .owner = "root",
                    .group = "api",
                    .secret = true},
                   {.path = "/opt/api/run",
                    .content = sha256("run"),
                    .size = 3,
                    .mode = 0755,
                    .owner = "",
                    .group = ""}};
  release.before = {{.command = "systemctl stop api", .timeout_ms = 30'000}};
  release.after = {{.command = "systemctl start api", .timeout_ms = 0}, {.command = "true"}};
  release.on_rollback = {{.command = "logger rolled back"}};
  release.health = {.checks = {http_check()}, .stable_for_ms = 0, .timeout_ms = 90'000};
  release.units = {sample<UnitSpec>()};
  release.projects = {sample<ComposeSpec>()};
  release.sites = {sample<CaddySpec>()};
  release.needs = {"db"};
  release.reboot_when_needed = true;
  return release;
}

template <>
Hello sample<Hello>() {
  return {.min_version = 1,
          .max_version = 3,
          .features = {"zstd", ""},
          .build = "0.1.0",
          .wall_ms = 1'795'428'072'123,
          .who = "ann@laptop",
          .run = "20261123T100100Z-00c0ffee"};
}

template <>
Facts sample<Facts>() {
  return {.hostname = "pi-3",
          .os_id = "debian",
          .os_version = "12",
          .os_name = "Debian GNU/Linux 12 (bookworm)",
          .kernel = "6.1.0-rpi7-rpi-v8",
          .arch = "aarch64",
          .model = "Raspberry Pi 4 Model B Rev 1.4",
          .boot_id = "4a1f9f1e-6a1f-4a8e-9b51-0d6f3ee5a1b2",
          .cpus = 4,
          .memory_bytes = 4'000'000'000,
          .memory_available_bytes = 3'000'000'000,
          .uid = 1000,
          .user = "pi",
          .home = "/home/pi",
          .state_dir = "/home/pi/.local/share/gannet",
          .init = "systemd",
          .uptime_s = 86'400,
          .userland = "armv7l"};
}

template <>
Recovery sample<Recovery>() {
  return {.transaction = "20261123T100112Z-11111111",
          .run = "20261123T100100Z-00c0ffee",
          .reason = "watchdog expired",
          .when_ms = -1,
          .services = {"api", "web"},
          .healthy = false,
          .detail = "api: unit api.service is failed"};
}

template <>
HelloReply sample<HelloReply>() {
  return {.version = 1,
          .features = {"zstd"},
          .build = "0.1.0",
          .wall_ms = 1'795'428'072'456,
          .facts = sample<Facts>(),
          .recovered = sample<Recovery>()};
}

template <>
CheckRequest sample<CheckRequest>() {
  return {.checks = {http_check(), Check{}}, .wall_ms = 1'795'428'072'123};
}

template <>
CheckReply sample<CheckReply>() {
  return {.findings = {sample<Finding>(), Finding{}}};
}

template <>
PrepareRequest sample<PrepareRequest>() {
  return {.releases = {sample<Release>(), Release{}},
          .checks = {http_check()},
          .wall_ms = 1'795'428'072'123,
          .remove_others = true};
}

template <>
FileChange sample<FileChange>() {
  return {.kind = ChangeKind::kModify,
          .path = "/etc/api.toml",
          .unmanaged = true,
          .secret = true,
          .old_size = 70'000,
          .new_size = 3,
          .old_mode = 0600,
          .new_mode = 0640,
          .old_owner = "root:root",
          .new_owner = "root:api",
          .old_digest = sha256("old").hex()};
}

template <>
ServicePlan sample<ServicePlan>() {
  return {.service = "api",
          .current = "20261122T100112Z-7f3a9c1e",
          .current_tag = "v1.1.0",
          .files = {sample<FileChange>()},
          .definition_changed = true,
          .actions = {sample<PlannedAction>()}};
}

template <>
PrepareReply sample<PrepareReply>() {
  return {.findings = {sample<Finding>()},
          .plans = {sample<ServicePlan>(), ServicePlan{}},
          .missing = {sha256("api"), Digest{}}};
}

template <>
UploadRequest sample<UploadRequest>() {
  return {.count = 200, .bytes = 1'234'567};
}

template <>
UploadReply sample<UploadReply>() {
  return {.stored = 199, .bytes = 1'234'000};
}

template <>
ApplyRequest sample<ApplyRequest>() {
  return {.transaction = "20261123T100112Z-11111111",
          .run = "20261123T100100Z-00c0ffee",
          .reason = "deploy v1.2.0",
          .releases = {sample<Release>()},
          .watchdog_ms = 60'000,
          .keep_releases = 0,
          .go_on = true};
}

template <>
ApplyReply sample<ApplyReply>() {
  return {.outcome = ApplyOutcome::kRestoreFailed,
          .code = Code::kUnhealthy,
          .error = "api: health: http 8080: answered 500",
          .hint = "look at journalctl -u api",
          .restore_error = "write /etc/api.toml: No space left on device",
          .last_lines = {"starting", "", "panic"},
          .findings = {sample<Finding>()},
          .watchdog_left_ms = 41'000,
          .images = {sample<ImageTag>()}};
}

template <>
CommitRequest sample<CommitRequest>() {
  return {.transaction = "20261123T100112Z-11111111"};
}

template <>
CommitReply sample<CommitReply>() {
  return {.releases = {"20261123T100112Z-7f3a9c1e"}, .pruned = 2};
}

template <>
RestoreRequest sample<RestoreRequest>() {
  return {.transaction = "20261123T100112Z-11111111", .reason = "^C"};
}

template <>
RestoreReply sample<RestoreReply>() {
  return {.restored = true, .healthy = false, .detail = "api: unit api.service is failed"};
}

template <>
StatusRequest sample<StatusRequest>() {
  return {.services = {"api"}, .drift = true};
}

template <>
ReleaseInfo sample<ReleaseInfo>() {
  return {.id = "20261123T100112Z-7f3a9c1e",
          .tag = "v1.2.0",
          .run = "20261123T100100Z-00c0ffee",
          .who = "ann@laptop",
          .created_ms = 1'795'428'072'123,
          .committed_ms = 1'795'428'079'000,
          .files = 2};
}

template <>
ServiceStatus sample<ServiceStatus>() {
  return {.service = "api",
          .current = "20261123T100112Z-7f3a9c1e",
          .kept = {sample<ReleaseInfo>(), ReleaseInfo{}},
          .drift = {sample<FileChange>()},
          .runtime = {sample<Finding>()}};
}

template <>
LockInfo sample<LockInfo>() {
  return {.who = "bob@desk",
          .reason = "recording",
          .since_ms = 1'795'428'000'000,
          .expires_ms = 1'795'431'600'000};
}

template <>
PendingInfo sample<PendingInfo>() {
  return {.transaction = "20261123T100112Z-11111111",
          .run = "20261123T100100Z-00c0ffee",
          .who = "ann@laptop",
          .reason = "deploy v1.2.0",
          .since_ms = 1'795'428'072'123,
          .deadline_ms = 1'795'428'132'123,
          .services = {"api"},
          .rebooting = true};
}

template <>
StatusReply sample<StatusReply>() {
  return {.services = {sample<ServiceStatus>()},
          .lock = sample<LockInfo>(),
          .pending = PendingInfo{},  // there, though nothing in it is set
          .last_recovery = sample<Recovery>()};
}

template <>
GetReleaseRequest sample<GetReleaseRequest>() {
  return {.service = "api", .id = "20261122T100112Z-7f3a9c1e"};
}

template <>
GetReleaseReply sample<GetReleaseReply>() {
  return {.release = sample<Release>(), .problems = {"blob of /etc/api.toml is gone"}};
}

template <>
ReadFileRequest sample<ReadFileRequest>() {
  return {.path = "/etc/api.toml", .max_bytes = 65'536};
}

template <>
ReadFileReply sample<ReadFileReply>() {
  return {.exists = true, .size = 4, .content = bytes_of(std::string_view("a\0\xff\n", 4))};
}

template <>
ExecRequest sample<ExecRequest>() {
  return {.command = "uname -a", .timeout_ms = 10'000, .with_stdin = true};
}

template <>
ExecReply sample<ExecReply>() {
  return {.exit_code = 137, .signal = 9, .timed_out = true, .dropped_bytes = 1'048'576};
}

template <>
LockRequest sample<LockRequest>() {
  return {.reason = "recording", .who = "bob@desk", .ttl_ms = 3'600'000};
}

template <>
UnlockRequest sample<UnlockRequest>() {
  return {};
}

template <>
LockReply sample<LockReply>() {
  return {.previous = sample<LockInfo>()};
}

template <>
RemoveRequest sample<RemoveRequest>() {
  return {.state = true};
}

template <>
RemoveReply sample<RemoveReply>() {
  return {.removed = {"/var/lib/gannet/bin", "/var/lib/gannet/lock"}};
}

template <>
Event sample<Event>() {
  return {.kind = EventKind::kArmed, .service = "api", .text = "watchdog", .value = 60'000};
}

template <>
ErrorMessage sample<ErrorMessage>() {
  return {.code = Code::kLocked,
          .context = "bob@desk locked this host: recording",
          .hint = "wait, or run gannet unlock"};
}

}  // namespace gannet::protocol
