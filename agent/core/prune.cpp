#include "agent/core/prune.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "agent/core/file_tools.h"

namespace gannet::agent {
namespace {

constexpr std::int64_t kUnappliedMs = 24LL * 60 * 60 * 1000;  // how long an upload is kept

using Needed = std::set<std::string, std::less<>>;  // hex digests

void need(Needed& needed, const protocol::Release& release) {
  for (const auto& entry : release.files) needed.insert(entry.content.hex());
}

Result<std::vector<Journal>> open_journals(const Engine& engine) {
  std::vector<Journal> journals;
  TRY(const auto transactions, engine.journals.open_ones());
  for (const std::string& transaction : transactions) {
    auto journal = engine.journals.load(transaction);
    if (!journal && journal.error().code == Code::kNotFound) continue;  // ended meanwhile
    if (!journal) return fail(std::move(journal.error()));
    journals.push_back(std::move(*journal));
  }
  return journals;
}

/// Journals first: one that ends meanwhile has its releases in the store by then.
Result<Needed> needed_blobs(const Engine& engine) {
  Needed needed;
  TRY(const auto journals, open_journals(engine));
  for (const Journal& journal : journals) {
    for (const auto& release : journal.releases) need(needed, release);
    for (const PathState& state : journal.before.paths) {
      if (state.exists) needed.insert(state.content.hex());
    }
  }
  TRY(const auto services, engine.files.list(engine.paths.releases));
  for (const std::string& service : services) {
    TRY(const auto kept, engine.releases.kept(service));
    for (const KeptRelease& one : kept) {
      need(needed, one.release);
      for (const PathState& state : one.originals) needed.insert(state.content.hex());
    }
  }
  return needed;
}

/// Blobs that came in the last day, with their sizes. The clock of a host may jump: one that came
/// "tomorrow" is young, too.
Result<std::map<std::string, std::uint64_t>> young_blobs(const Engine& engine,
                                                         const Needed& needed) {
  std::map<std::string, std::uint64_t> young;
  TRY(const auto folders, engine.files.list(engine.paths.blobs));
  for (const std::string& folder : folders) {
    const std::string directory = path_in(engine.paths.blobs, folder);
    TRY(const auto names, engine.files.list(directory));
    for (const std::string& name : names) {
      if (needed.contains(name)) continue;
      TRY(const auto info, engine.files.stat(path_in(directory, name)));
      if (info && std::abs(engine.wall_ms() - info->changed_ms) < kUnappliedMs)
        young[name] = info->size;
    }
  }
  return young;
}

/// Adds what is worth keeping for the next try. Returns how many.
Result<std::size_t> keep_young(const Engine& engine, Needed& needed) {
  TRY(const auto young, young_blobs(engine, needed));
  std::uint64_t bytes = 0;
  for (const auto& [name, size] : young) bytes += size;
  TRY(const auto space, engine.files.space(engine.paths.root));
  if (bytes > space.free_bytes) return std::size_t{0};
  for (const auto& [name, size] : young) needed.insert(name);
  return young.size();
}

}  // namespace

Result<std::uint32_t> prune_releases(const Engine& engine, const std::vector<std::string>& services,
                                     std::uint32_t keep) {
  TRY(const auto journals, open_journals(engine));
  std::set<std::pair<std::string, std::string>> wanted;  // service, id
  for (const Journal& journal : journals) {
    for (std::size_t i = 0; i < journal.releases.size(); ++i) {
      wanted.emplace(journal.releases[i].service, journal.previous[i]);
    }
  }
  std::uint32_t dropped = 0;
  for (const std::string& service : services) {
    TRY(const std::string current, engine.releases.current_id(service));
    TRY(const auto kept, engine.releases.kept(service));
    for (std::size_t i = std::max<std::size_t>(keep, 1); i < kept.size(); ++i) {
      const std::string& id = kept[i].release.id;
      if (id == current || wanted.contains({service, id})) continue;
      if (!kept[i].release.projects.empty()) {
        static_cast<void>(engine.services.release_images(kept[i].release));
      }
      TRY_VOID(engine.releases.remove(service, id));
      ++dropped;
    }
  }
  return dropped;
}

Result<> prune_blobs(const Engine& engine, Unapplied unapplied) {
  TRY(const auto alone, engine.files.try_lock(engine.paths.sessions, LockMode::kExclusive));
  if (!alone) return {};
  TRY(auto needed, needed_blobs(engine));
  std::size_t kept = 0;
  if (unapplied == Unapplied::kKeepForADay) {
    TRY(kept, keep_young(engine, needed));
  }
  TRY_VOID(engine.blobs.prune([&needed](const std::string& hex) { return needed.contains(hex); }));
  TRY(const auto temps, engine.files.list(engine.paths.temp));
  const std::string mark = name_of(engine.paths.upload_mark);
  for (const std::string& name : temps) {
    if (name != mark) TRY_VOID(engine.files.unlink(engine.paths.temp + "/" + name));
  }
  if (kept > 0) return {};
  return remove_if_there(engine.files, engine.paths.upload_mark);  // last: all is clean
}

}  // namespace gannet::agent
