#include "agent/core/local_host_state.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "agent/core/blob_receiver.h"
#include "agent/core/change_set.h"
#include "agent/core/commit.h"
#include "agent/core/diff.h"
#include "agent/core/file_tools.h"
#include "agent/core/locks.h"
#include "agent/core/preflight.h"
#include "agent/core/prune.h"
#include "agent/core/restart.h"
#include "agent/core/restore.h"
#include "agent/core/service_changes.h"
#include "agent/core/status.h"
#include "agent/core/transaction.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

/// Creates `path` and what is missing above it, for good.
Result<> make_dir_if_missing(FileSystem& files, const std::string& path, std::uint32_t mode) {
  TRY(const bool there, is_directory(files, path));
  if (there) return {};
  TRY(const auto above, missing_parents(files, path));
  for (const std::string& directory : above) {
    auto made = files.make_dir(directory, 0755);
    if (!made && made.error().code != Code::kConflict) return made;  // two agents begin at once
    TRY_VOID(files.sync_dir(parent_of(directory)));
  }
  auto made = files.make_dir(path, mode);
  if (!made && made.error().code != Code::kConflict) return made;
  return files.sync_dir(parent_of(path));
}

bool was_full(const Result<protocol::ApplyReply>& reply) {
  if (!reply) return reply.error().code == Code::kNoSpace;
  return reply->outcome != protocol::ApplyOutcome::kHealthy && reply->code == Code::kNoSpace;
}

}  // namespace

Result<std::unique_ptr<HostState>> HostState::open(const Options& options, FileSystem& files,
                                                   HostActions& actions, WatchdogLauncher& watchdog,
                                                   Clock& clock, Progress& progress) {
  if (!is_clean_absolute_path(options.state_dir)) {
    return fail(
        Code::kInvalidInput,
        "state directory \"" + printable(options.state_dir) + "\" is not a clean absolute path",
        "correct `state_dir` of this host");
  }
  auto state = std::make_unique<LocalHostState>(options, files, actions, watchdog, clock);
  auto begun = state->begin(progress);
  if (!begun) return fail(std::move(begun.error()).in("state " + options.state_dir));
  return state;
}

Result<> LocalHostState::begin(Progress& progress) {
  TRY_VOID(make_directories());
  TRY_VOID(recover_if_needed(progress));
  // Something in there: an upload that was never applied, or whose transaction was put back.
  TRY(const auto left, engine_.files.list(engine_.paths.temp));
  TRY(const auto open, engine_.journals.open_ones());
  // Tidying up can wait when it fails; what this session is asked to do cannot.
  if (!left.empty() && open.empty())
    static_cast<void>(prune_blobs(engine_, Unapplied::kKeepForADay));
  return {};
}

void LocalHostState::give_space_back() {
  session_.reset();
  static_cast<void>(prune_blobs(engine_, Unapplied::kDrop));  // what fails is tried at each start
}

Result<> LocalHostState::make_directories() {
  const StatePaths& paths = engine_.paths;
  TRY_VOID(make_dir_if_missing(engine_.files, paths.root, 0700));
  TRY(const auto info, engine_.files.stat(paths.root));
  const auto self = engine_.files.identity().uid;
  if (info && info->kind == FileKind::kDirectory && info->uid != self && self != 0) {
    return fail(Code::kPermission,
                paths.root + ": belongs to user " + std::to_string(info->uid) +
                    ", the agent runs as " + std::to_string(self),
                "set another state_dir for this host, or become: sudo");
  }
  const std::array directories = {paths.blobs, paths.temp, paths.releases, paths.current,
                                  paths.journal};
  for (const std::string& path : directories) {
    TRY_VOID(make_dir_if_missing(engine_.files, path, 0700));
  }
  return {};
}

Result<bool> LocalHostState::needs_recovery() const {
  TRY(const bool temps, engine_.journals.has_temps());
  if (temps) return true;
  TRY(const auto transactions, engine_.journals.open_ones());
  for (const std::string& transaction : transactions) {
    auto journal = engine_.journals.load(transaction);
    if (!journal && journal.error().code == Code::kNotFound) continue;  // ended meanwhile
    if (!journal) return fail(std::move(journal.error()));
    if (journal->state == JournalState::kCommitting) return true;
    TRY(const auto reason, overdue(engine_, *journal));
    if (reason) return true;
    TRY(const std::string boot, engine_.boot_id());
    if (is_fresh_restart(*journal, boot)) return true;
  }
  return false;
}

Result<> LocalHostState::recover_if_needed(Progress& progress) {
  TRY(const bool needed, needs_recovery());
  if (!needed) return {};
  TRY(const auto lock, engine_.files.try_lock(engine_.paths.lock, LockMode::kExclusive));
  if (!lock) return {};  // whoever holds it lives and is at work
  static_cast<void>(
      lock->describe(engine_.who + " since " + format_ms(engine_.wall_ms()) + ": recovery"));
  TRY(recovered_, recover(engine_, watchdog_, progress));
  return {};
}

Result<> LocalHostState::join_sessions() {
  if (session_) return {};
  TRY(session_, engine_.files.try_lock(engine_.paths.sessions, LockMode::kShared));
  if (session_) return {};
  return fail(Code::kLocked, "locked by another gannet: it is tidying up", "try again");
}

Result<> LocalHostState::mark_upload() {
  auto made = engine_.files.create(engine_.paths.upload_mark);
  if (!made && made.error().code != Code::kConflict) return fail(std::move(made.error()));
  return {};
}

Result<protocol::PrepareReply> LocalHostState::prepare(const protocol::PrepareRequest& request,
                                                       Progress& progress) {
  TRY_VOID(check_not_locked(engine_));
  TRY_VOID(check_nothing_pending(engine_));
  TRY_VOID(join_sessions());
  TRY(const Owners owners, Owners::load(engine_.files));
  TRY(const ChangeSet set, work_out(engine_, request.releases, owners));
  protocol::PrepareReply reply;
  reply.plans = plan(request.releases, set, owners);
  TRY(reply.missing, missing_blobs(engine_, set));
  if (!request.checks.empty()) {
    progress.step("", "pre-flight");
    reply.findings = engine_.actions.run_checks(request.checks, progress);
  }
  std::vector<Digest> to_load;
  TRY_VOID(prepare_services(request.releases, set, reply, to_load, progress));
  TRY_VOID(plan_restart(request.releases, reply));
  ImageNeeds images = image_needs(request.releases, reply.missing, to_load);
  if (images.load_bytes > 0) images.folder = engine_.services.image_folder(progress);
  TRY(const auto own, preflight(engine_, set, reply.missing, images));
  reply.findings.insert(reply.findings.end(), own.begin(), own.end());
  return reply;
}

/// Only releases that change something restart the host.
Result<> LocalHostState::plan_restart(const std::vector<protocol::Release>& releases,
                                      protocol::PrepareReply& reply) {
  for (std::size_t i = 0; i < releases.size(); ++i) {
    auto& plan = reply.plans[i];
    if (plan.files.empty() && !plan.definition_changed) continue;
    if (!releases[i].reboot_when_needed) continue;
    TRY(const auto reasons, restart_wanted(engine_, {releases[i]}));
    if (!reasons) {
      plan.actions.push_back({"restart the host if it asks for it then", "reboot: when-needed"});
    } else {
      const std::string why = reasons->empty() ? "" : " for " + join(*reasons, ", ");
      plan.actions.push_back({"restart the host", "/run/reboot-required is there" + why});
    }
  }
  return {};
}

Result<> LocalHostState::prepare_services(const std::vector<protocol::Release>& releases,
                                          const ChangeSet& set, protocol::PrepareReply& reply,
                                          std::vector<Digest>& to_load, Progress& progress) {
  TRY(const auto changes, service_changes(engine_, releases, set));
  if (!runs_something(changes)) return {};
  const Survey survey(engine_.services, changes, progress);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    progress.step(changes[i].wanted->service, "look at what runs");
    auto findings = engine_.services.preflight(changes[i], progress);
    std::move(findings.begin(), findings.end(), std::back_inserter(reply.findings));
    reply.plans[i].actions = engine_.services.plan(changes[i], progress);
    TRY(const auto layers, engine_.services.missing_layers(*changes[i].wanted, progress));
    to_load.insert(to_load.end(), layers.begin(), layers.end());
    for (const Digest& layer : layers) {
      TRY(const bool stored, engine_.blobs.has(layer));
      const bool known =
          std::find(reply.missing.begin(), reply.missing.end(), layer) != reply.missing.end();
      if (!stored && !known) reply.missing.push_back(layer);
    }
  }
  return {};
}

Result<std::unique_ptr<BlobReceiver>> LocalHostState::receive(
    const protocol::UploadRequest& request) {
  TRY_VOID(join_sessions());
  TRY_VOID(mark_upload());
  return std::make_unique<StoreReceiver>(engine_.blobs, request, [this] { give_space_back(); });
}

Result<protocol::ApplyReply> LocalHostState::apply(const protocol::ApplyRequest& request,
                                                   Progress& progress) {
  auto reply = try_apply(request, progress);
  if (was_full(reply)) give_space_back();
  return reply;
}

Result<protocol::ApplyReply> LocalHostState::try_apply(const protocol::ApplyRequest& request,
                                                       Progress& progress) {
  if (request.go_on) {
    TRY(const auto lock, take_host_lock(engine_, "go on after the restart"));
    return agent::go_on(engine_, request.transaction, progress);
  }
  TRY_VOID(check_not_locked(engine_));
  TRY_VOID(check_nothing_pending(engine_));
  TRY(const auto lock, take_host_lock(engine_, request.reason));
  TRY_VOID(check_nothing_pending(engine_));  // it may have come while we waited for the lock
  TRY_VOID(join_sessions());
  TRY_VOID(mark_upload());
  auto reply = agent::apply(engine_, watchdog_, request, progress);
  session_.reset();  // what is needed from now on stands in the journal
  return reply;
}

Result<protocol::CommitReply> LocalHostState::commit(const protocol::CommitRequest& request) {
  TRY(const auto lock, take_host_lock(engine_, "commit"));
  return agent::commit(engine_, request.transaction);
}

Result<protocol::RestoreReply> LocalHostState::restore(const protocol::RestoreRequest& request,
                                                       Progress& progress) {
  TRY_VOID(check_name("transaction", request.transaction));
  TRY(const auto lock, take_host_lock(engine_, request.reason));
  protocol::RestoreReply reply;
  auto journal = engine_.journals.load(request.transaction);
  if (!journal && journal.error().code == Code::kNotFound) return reply;
  if (!journal) return fail(std::move(journal.error()));
  if (journal->state == JournalState::kCommitting) {
    TRY_VOID(finish_commit(engine_, *journal));
    return reply;
  }
  const RestoreResult back = put_back(engine_, std::move(*journal), std::nullopt, progress);
  if (!back.files_back) {
    return fail(Code::kRestoreFailed, "restore of " + request.transaction + ": " + back.detail,
                "remove the cause; the next contact with this host tries again");
  }
  reply.restored = true;
  reply.healthy = back.healthy;
  reply.detail = back.detail;
  return reply;
}

Result<protocol::StatusReply> LocalHostState::status(const protocol::StatusRequest& request,
                                                     Progress& progress) {
  return host_status(engine_, request, progress);
}

Result<protocol::GetReleaseReply> LocalHostState::get_release(
    const protocol::GetReleaseRequest& request) {
  return kept_release(engine_, request);
}

Result<protocol::ReadFileReply> LocalHostState::read_file(
    const protocol::ReadFileRequest& request) {
  return file_for_plan(engine_, request);
}

Result<protocol::LockReply> LocalHostState::lock(const protocol::LockRequest& request) {
  protocol::LockReply reply;
  TRY(reply.previous, operator_lock(engine_));
  protocol::LockInfo info;
  info.who = request.who.empty() ? engine_.who : request.who;
  info.reason = request.reason;
  info.since_ms = engine_.wall_ms();
  if (request.ttl_ms != 0)
    info.expires_ms = info.since_ms + static_cast<std::int64_t>(request.ttl_ms);
  TRY_VOID(set_operator_lock(engine_, info));
  return reply;
}

Result<protocol::LockReply> LocalHostState::unlock() {
  protocol::LockReply reply;
  TRY(reply.previous, operator_lock(engine_));
  TRY_VOID(clear_operator_lock(engine_));
  return reply;
}

Result<protocol::RemoveReply> LocalHostState::remove(const protocol::RemoveRequest& request) {
  TRY_VOID(check_nothing_pending(engine_));
  TRY(const auto lock, take_host_lock(engine_, "remove the agent"));
  TRY_VOID(check_nothing_pending(engine_));
  protocol::RemoveReply reply;
  TRY(auto elsewhere, watchdog_.forget());
  TRY_VOID(remove_tree(engine_.files, engine_.paths.bin, reply.removed));
  if (request.state) {
    std::vector<std::string> gone;
    TRY_VOID(remove_tree(engine_.files, engine_.paths.root, gone));
    reply.removed = {engine_.paths.root};
  }
  reply.removed.insert(reply.removed.end(), elsewhere.begin(), elsewhere.end());
  return reply;
}

}  // namespace gannet::agent
