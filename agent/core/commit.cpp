#include "agent/core/commit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "agent/core/file_tools.h"
#include "agent/core/prune.h"
#include "agent/core/restore.h"
#include "agent/core/step_point.h"

namespace gannet::agent {
namespace {

bool is_above(const std::string& directory, const protocol::Release& release) {
  return std::any_of(release.files.begin(), release.files.end(),
                     [&](const auto& entry) { return entry.path.starts_with(directory + "/"); });
}

using Records = std::vector<std::optional<KeptRelease>>;  // per release of the journal

/// The records of the releases in force before.
Result<Records> load_previous(const Engine& engine, const Journal& journal) {
  Records records;
  for (std::size_t i = 0; i < journal.releases.size(); ++i) {
    records.emplace_back();
    if (journal.previous[i].empty()) continue;
    const auto& release = journal.releases[i];
    auto loaded = engine.releases.load(release.service, journal.previous[i]);
    // Pruned by a commit that died later on: the new record has all that counts already.
    if (!loaded && loaded.error().code == Code::kNotFound) {
      loaded = engine.releases.load(release.service, release.id);
    }
    if (!loaded) return fail(std::move(loaded.error()));
    records.back() = std::move(*loaded);
  }
  return records;
}

/// What was at the paths of `release` before gannet took them, be it now or earlier, for this
/// service or for one that gives the path up in the same transaction.
std::vector<PathState> originals_of(const Journal& journal, const protocol::Release& release,
                                    const Records& previous) {
  std::set<std::string> managed;
  std::map<std::string, PathState> known;
  for (const auto& record : previous) {
    if (!record) continue;
    for (const auto& entry : record->release.files) managed.insert(entry.path);
    for (const PathState& state : record->originals) known.emplace(state.path, state);
  }
  for (const PathState& state : journal.before.paths) {
    if (state.exists && !managed.contains(state.path)) known.emplace(state.path, state);
  }
  std::vector<PathState> originals;
  for (const auto& entry : release.files) {
    const auto found = known.find(entry.path);
    if (found != known.end()) originals.push_back(found->second);
  }
  return originals;
}

/// What will be kept of `release`: with the directories that exist because of its service.
KeptRelease keep(const Journal& journal, const protocol::Release& release,
                 const std::optional<KeptRelease>& before) {
  KeptRelease kept;
  kept.release = release;
  kept.committed_ms = journal.committed_ms;
  kept.transaction = journal.transaction;
  std::set<std::string> made;
  if (before) made.insert(before->created_dirs.begin(), before->created_dirs.end());
  for (const std::string& directory : journal.before.missing_dirs) {
    if (is_above(directory, release)) made.insert(directory);
  }
  kept.created_dirs.assign(made.begin(), made.end());
  return kept;
}

Result<std::vector<KeptRelease>> keep_all(const Engine& engine, const Journal& journal) {
  TRY(const Records previous, load_previous(engine, journal));
  std::vector<KeptRelease> all;
  for (std::size_t i = 0; i < journal.releases.size(); ++i) {
    all.push_back(keep(journal, journal.releases[i], previous[i]));
    all.back().images = journal.images[i];
    all.back().originals = originals_of(journal, journal.releases[i], previous);
  }
  return all;
}

/// Directories that gannet made and that this release left empty go; others stay.
void remove_empty_dirs(const Engine& engine, const std::vector<KeptRelease>& all) {
  std::set<std::string> touched;
  for (const KeptRelease& kept : all) {
    for (auto path = kept.created_dirs.rbegin(); path != kept.created_dirs.rend(); ++path) {
      if (is_above(*path, kept.release)) continue;
      if (engine.files.remove_dir(*path)) touched.insert(parent_of(*path));
    }
  }
  static_cast<void>(sync_dirs(engine.files, touched));
}

/// The answer to a commit that comes a second time, for instance because the first answer was lost.
Result<protocol::CommitReply> committed_before(const Engine& engine,
                                               const std::string& transaction) {
  protocol::CommitReply reply;
  TRY(const auto services, engine.releases.services());
  for (const std::string& service : services) {
    TRY(const auto kept, engine.releases.current(service));
    if (kept && kept->transaction == transaction) reply.releases.push_back(kept->release.id);
  }
  if (!reply.releases.empty()) return reply;
  return fail(Code::kNotFound, "transaction " + transaction + " is not open: it was put back",
              "gannet status shows what is in force and why");
}

/// From staged to in force.
Result<protocol::CommitReply> put_in_force(const Engine& engine, const Journal& journal,
                                           const std::vector<KeptRelease>& all) {
  TRY_VOID(engine.releases.publish(all));
  step_point("release in force");
  TRY_VOID(remove_if_there(engine.files, engine.paths.last_recovery));
  remove_empty_dirs(engine, all);
  TRY_VOID(engine.journals.remove(journal.transaction));
  step_point("journal removed");
  protocol::CommitReply reply;
  for (const KeptRelease& kept : all) reply.releases.push_back(kept.release.id);
  // In force is in force: what could not be pruned is pruned after the next deployment.
  if (auto pruned = prune_releases(engine, journal.services(), journal.keep_releases)) {
    reply.pruned = *pruned;
    static_cast<void>(prune_blobs(engine, Unapplied::kDrop));
  }
  step_point("pruned");
  return reply;
}

}  // namespace

Result<protocol::CommitReply> commit(const Engine& engine, const std::string& transaction) {
  TRY_VOID(check_name("transaction", transaction));
  auto loaded = engine.journals.load(transaction);
  if (!loaded && loaded.error().code == Code::kNotFound) {
    return committed_before(engine, transaction);
  }
  if (!loaded) return fail(std::move(loaded.error()));
  Journal journal = std::move(*loaded);
  if (journal.state == JournalState::kCommitting) return finish_commit(engine, journal);
  TRY(const auto reason, overdue(engine, journal));
  if (reason) {
    return fail(Code::kConflict, "transaction " + transaction + " is put back: " + *reason,
                "deploy again; raise `watchdog` of the strategy when the time was too short");
  }
  if (journal.state == JournalState::kRebooting) {
    return fail(Code::kConflict, "transaction " + transaction + " waits for the host's restart",
                "go on with it first");
  }
  journal.committed_ms = engine.wall_ms();
  TRY(const auto all, keep_all(engine, journal));
  TRY_VOID(engine.releases.stage(all));
  step_point("release staged");
  journal.state = JournalState::kCommitting;
  TRY_VOID(engine.journals.save(journal));
  step_point("journal committing");
  return put_in_force(engine, journal, all);
}

Result<protocol::CommitReply> finish_commit(const Engine& engine, const Journal& journal) {
  TRY(const auto all, keep_all(engine, journal));
  TRY_VOID(engine.releases.stage(all));
  return put_in_force(engine, journal, all);
}

}  // namespace gannet::agent
