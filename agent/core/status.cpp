#include "agent/core/status.h"

#include <algorithm>
#include <utility>

#include "agent/core/change_set.h"
#include "agent/core/diff.h"
#include "agent/core/file_tools.h"
#include "agent/core/locks.h"
#include "agent/core/restore.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::uint64_t kMaxFileBytes = 512ULL * 1024;  // bytes

protocol::ReleaseInfo info_of(const KeptRelease& kept) {
  return {.id = kept.release.id,
          .tag = kept.release.tag,
          .run = kept.release.run,
          .who = kept.release.who,
          .created_ms = kept.release.created_ms,
          .committed_ms = kept.committed_ms,
          .files = static_cast<std::uint32_t>(kept.release.files.size())};
}

/// What a deploy of the release in force would change.
Result<std::vector<protocol::FileChange>> drift_of(const Engine& engine,
                                                   const protocol::Release& release) {
  TRY(const Owners owners, Owners::load(engine.files));
  std::vector<protocol::FileChange> drift;
  for (const auto& entry : release.files) {
    TRY(const PathState goal, wanted_state(entry, owners));
    auto now = look_at(engine.files, entry.path);
    const bool replaced = !now && now.error().code == Code::kConflict;  // a link, a directory
    if (!now && !replaced) return fail(std::move(now.error()));
    if (now && *now == goal) continue;
    PathState seen = goal;  // what replaced the file has no content to compare
    if (now) seen = *now;
    drift.push_back(describe_change(seen, goal, &entry, &entry, owners));
    if (replaced) {
      drift.back().kind = protocol::ChangeKind::kModify;
      drift.back().unmanaged = true;
    }
  }
  return drift;
}

/// What does not run as the release in force says.
Result<std::vector<protocol::Finding>> runtime_of(const Engine& engine, const KeptRelease& kept,
                                                  Progress& progress) {
  std::vector<protocol::Finding> differing;
  if (!kept.release.runs_something()) return differing;
  // What cannot be looked at, a Docker that does not answer, is a finding of its health.
  const auto looked = engine.services.look({&kept.release}, progress);
  const auto now = looked ? *looked : protocol::RuntimeState{};
  for (auto& finding : engine.services.health(kept.release, kept.images, now, progress)) {
    if (finding.severity != protocol::Severity::kPass) differing.push_back(std::move(finding));
  }
  return differing;
}

Result<protocol::ServiceStatus> status_of(const Engine& engine, const std::string& service,
                                          bool drift, Progress& progress) {
  protocol::ServiceStatus status;
  status.service = service;
  TRY(status.current, engine.releases.current_id(service));
  TRY(const auto kept, engine.releases.kept(service));
  for (const KeptRelease& one : kept) {
    status.kept.push_back(info_of(one));
    if (!drift || one.release.id != status.current) continue;
    TRY(status.drift, drift_of(engine, one.release));
    TRY(status.runtime, runtime_of(engine, one, progress));
  }
  return status;
}

/// The releases in force that run something.
Result<std::vector<KeptRelease>> running_releases(const Engine& engine,
                                                  const std::vector<std::string>& services) {
  std::vector<KeptRelease> all;
  for (const std::string& service : services) {
    TRY_VOID(check_name("service", service));
    TRY(auto kept, engine.releases.current(service));
    if (kept && kept->release.runs_something()) all.push_back(std::move(*kept));
  }
  return all;
}

std::vector<ServiceChange> as_changes(const std::vector<KeptRelease>& releases) {
  std::vector<ServiceChange> changes(releases.size());
  for (std::size_t i = 0; i < releases.size(); ++i) {
    changes[i].wanted = &releases[i].release;
    changes[i].images = releases[i].images;
  }
  return changes;
}

Result<std::string> id_before_current(const Engine& engine, const std::string& service) {
  TRY(const std::string current, engine.releases.current_id(service));
  TRY(const auto kept, engine.releases.kept(service));
  for (const KeptRelease& one : kept) {
    if (one.release.id != current) return one.release.id;
  }
  return fail(Code::kNotFound, "no release of " + service + " before the current one is kept here",
              "gannet status lists what is kept; deploy an older version instead");
}

/// True when a release in force says that the content of `path` must not be shown.
Result<bool> is_secret(const Engine& engine, const std::string& path) {
  TRY(const auto services, engine.releases.services());
  for (const std::string& service : services) {
    TRY(const auto kept, engine.releases.current(service));
    if (!kept) continue;
    for (const auto& entry : kept->release.files) {
      if (entry.path == path && entry.secret) return true;
    }
  }
  return false;
}

}  // namespace

Result<protocol::StatusReply> host_status(const Engine& engine,
                                          const protocol::StatusRequest& request,
                                          Progress& progress) {
  protocol::StatusReply reply;
  std::vector<std::string> services = request.services;
  if (services.empty()) {
    TRY(services, engine.releases.services());
  }
  std::vector<KeptRelease> running;
  if (request.drift) {
    TRY(running, running_releases(engine, services));
  }
  const Survey survey(engine.services, as_changes(running), progress);
  for (const std::string& service : services) {
    TRY_VOID(check_name("service", service));
    TRY(auto status, status_of(engine, service, request.drift, progress));
    reply.services.push_back(std::move(status));
  }
  TRY(reply.lock, operator_lock(engine));
  TRY(const auto transactions, engine.journals.open_ones());
  if (!transactions.empty()) {
    auto journal = engine.journals.load(transactions.front());
    if (journal) reply.pending = journal->pending();
    if (!journal && journal.error().code != Code::kNotFound) {
      return fail(std::move(journal.error()));
    }
  }
  TRY(reply.last_recovery, last_recovery(engine));
  return reply;
}

Result<protocol::GetReleaseReply> kept_release(const Engine& engine,
                                               const protocol::GetReleaseRequest& request) {
  TRY_VOID(check_name("service", request.service));
  std::string id = request.id;
  if (id.empty()) {
    TRY(id, id_before_current(engine, request.service));
  }
  TRY_VOID(check_name("release", id));
  TRY(KeptRelease kept, engine.releases.load(request.service, id));
  protocol::GetReleaseReply reply;
  for (const auto& entry : kept.release.files) {
    TRY(const bool stored, engine.blobs.has(entry.content));
    if (!stored) reply.problems.push_back("the content of " + entry.path + " is gone");
  }
  reply.release = std::move(kept.release);
  return reply;
}

Result<protocol::ReadFileReply> file_for_plan(const Engine& engine,
                                              const protocol::ReadFileRequest& request) {
  if (!is_clean_absolute_path(request.path)) {
    return fail(Code::kInvalidInput,
                "\"" + printable(request.path) + "\" is not a clean absolute path");
  }
  protocol::ReadFileReply reply;
  TRY(const auto info, engine.files.stat(request.path));
  if (!info) return reply;
  TRY(const bool secret, is_secret(engine, request.path));
  if (secret) return fail(Code::kPermission, request.path + ": is secret and is not shown");
  reply.exists = true;
  reply.size = info->size;
  const std::uint64_t limit = std::min(request.max_bytes, kMaxFileBytes);
  if (info->kind != FileKind::kFile) {
    return fail(Code::kConflict, request.path + ": not a regular file");
  }
  if (info->size > limit) return reply;
  TRY(reply.content, read_file(engine.files, request.path, limit));
  return reply;
}

}  // namespace gannet::agent
