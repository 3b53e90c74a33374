// Every run and what became of each host, in SQLite under the user's state directory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "controller/deploy/outcome.h"

namespace gannet::controller {

/// One invocation that touches hosts. Ids are "20261123T100112Z-7f3a9c1e".
struct RunRecord {
  std::string id;
  std::string project;       ///< project name
  std::string project_root;  ///< absolute folder; history and status are per project
  std::string command;       ///< "deploy", "rollback", "check", "exec", ...
  std::string arguments;     ///< as typed, for people; no secrets
  std::string environment;
  std::vector<std::string> services;  ///< asked for, for resume; empty: all
  std::string tag;                    ///< of the release; for a rollback: what --to named
  std::string who;                    ///< user@host
  std::int64_t started_ms = 0;        ///< UTC
  std::int64_t finished_ms = 0;       ///< 0: still going on, or the controller was killed
  std::optional<int> exit_code;
};

/// The outcome of one host in one run, with one row per service in `services`.
struct HostRecord {
  struct ServiceRow {
    std::string service;
    std::string release;  ///< id asked for
    std::string tag;
    std::string previous;  ///< id in force before
    Outcome outcome = Outcome::kUnknown;
  };
  std::string host;
  std::uint32_t wave = 0;  ///< 0: the canary, or the only wave
  Outcome outcome = Outcome::kUnknown;
  std::string phase;  ///< last phase entered: "connect", "upload", "apply", "commit", ...
  std::string transaction;
  std::string message;  ///< error context
  std::string hint;
  std::int64_t started_ms = 0;
  std::int64_t finished_ms = 0;
  std::vector<ServiceRow> services;
  bool missed = false;   ///< the run went on without this host: deploy --pending serves it later
  bool excused = false;  ///< it was allowed to be off: does not count; not kept in the store
};

/// A finding or event worth keeping.
struct EventRecord {
  std::string host;
  std::int64_t when_ms = 0;
  std::string kind;  ///< "finding", "step", "output", "recovery"
  std::string service;
  std::string severity;  ///< "pass", "warn", "fail", ""
  std::string text;
};

/// Safe for several processes at once (WAL, busy timeout). Calls block for milliseconds: events
/// are buffered and written in one transaction by finish_host() and flush().
class ResultStore {
 public:
  /// Opens or creates `file` (folder 0700, file 0600), migrating older schemas. Errors: kIo,
  /// kCorrupt (names the file and how to move it aside), kUnsupported (made by a newer gannet).
  [[nodiscard]] static Result<std::unique_ptr<ResultStore>> open(const std::filesystem::path& file);
  /// $GANNET_STATE_DIR, else $XDG_STATE_HOME/gannet, else ~/.local/state/gannet; "/results.db".
  [[nodiscard]] static std::filesystem::path default_file();
  virtual ~ResultStore() = default;

  [[nodiscard]] virtual Result<> begin_run(const RunRecord& run) = 0;
  /// Inserts or replaces the host's row of a run: first with kSkipped (planned), then as it goes.
  [[nodiscard]] virtual Result<> put_host(const std::string& run, const HostRecord& host) = 0;
  /// All planned rows in one transaction.
  [[nodiscard]] virtual Result<> put_hosts(const std::string& run,
                                           const std::vector<HostRecord>& hosts) = 0;
  virtual void add_event(const std::string& run, EventRecord event) = 0;
  [[nodiscard]] virtual Result<> flush() = 0;
  [[nodiscard]] virtual Result<> finish_run(const std::string& run, std::int64_t finished_ms,
                                            int exit_code) = 0;

  /// Newest first; `project_root` empty: of all projects.
  [[nodiscard]] virtual Result<std::vector<RunRecord>> runs(const std::string& project_root,
                                                            std::size_t limit) = 0;
  /// The run whose id is or begins with `id` (at least 4 characters), or the newest deploy or
  /// rollback of the project when `id` is empty. Errors: kNotFound, kInvalidInput (ambiguous).
  [[nodiscard]] virtual Result<RunRecord> find_run(const std::string& project_root,
                                                   const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::vector<HostRecord>> hosts(const std::string& run) = 0;
  [[nodiscard]] virtual Result<std::vector<EventRecord>> events(const std::string& run,
                                                                const std::string& host) = 0;
  /// For status: the newest row per host and service of a run that could have changed it (not
  /// skipped, not unreachable). For rolled-back, `release` is the one that is back.
  struct Known {
    std::string host, service, release, tag, run;
    Outcome outcome = Outcome::kUnknown;
    std::int64_t when_ms = 0;
  };
  [[nodiscard]] virtual Result<std::vector<Known>> known_state(const std::string& project_root) = 0;

  /// What the newest deploy would have put on a host that missed it; gone as soon as a later run
  /// has done something there.
  struct Missed {
    std::string host, service, tag, run, environment;
    std::string message;  ///< why
    std::int64_t when_ms = 0;
  };
  [[nodiscard]] virtual Result<std::vector<Missed>> missed(const std::string& project_root) = 0;
};

}  // namespace gannet::controller
