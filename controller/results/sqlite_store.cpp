#include "controller/results/sqlite_store.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kMaxBuffered = 500;  // events; then they are written without being asked
constexpr std::size_t kMinPrefix = 4;      // characters of a run id

constexpr const char* kRunColumns =
    "id, project, project_root, command, arguments, environment, services, tag, who, started_ms, "
    "finished_ms, exit_code";

Outcome outcome_named(const std::string& name) {
  constexpr std::array kAll{Outcome::kDeployed,   Outcome::kUnchanged, Outcome::kRolledBack,
                            Outcome::kFailed,     Outcome::kSkipped,   Outcome::kUnknown,
                            Outcome::kUnreachable};
  const auto found =
      std::ranges::find_if(kAll, [&](Outcome outcome) { return to_string(outcome) == name; });
  return found == kAll.end() ? Outcome::kUnknown : *found;
}

std::vector<std::string> words(const std::string& text) {
  return text.empty() ? std::vector<std::string>{} : split(text, ' ');
}

}  // namespace

/// Borrows a prepared statement; gives it back without its bindings and its read lock.
class SqliteStore::Query {
 public:
  Query(SqliteStore& store, const std::string& sql) : statement_(prepared(store, sql)) {}
  ~Query() {
    statement_.tryReset();
    try {
      statement_.clearBindings();
    } catch (const SQLite::Exception&) {
      // The next bind would say so; nothing is lost here.
      return;
    }
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class... Values>
  Query& with(const Values&... values) {
    int index = 0;
    (statement_.bind(++index, values), ...);
    return *this;
  }
  bool next() { return statement_.executeStep(); }
  void run() { statement_.exec(); }

  [[nodiscard]] std::string text(int column) { return statement_.getColumn(column).getString(); }
  [[nodiscard]] std::int64_t number(int column) { return statement_.getColumn(column).getInt64(); }
  [[nodiscard]] bool null(int column) { return statement_.getColumn(column).isNull(); }

 private:
  static SQLite::Statement& prepared(SqliteStore& store, const std::string& sql) {
    auto& slot = store.statements_[sql];
    if (!slot) slot = std::make_unique<SQLite::Statement>(*store.database_, sql);
    return *slot;
  }

  SQLite::Statement& statement_;
};

template <class Body>
auto SqliteStore::guarded(const char* action, Body body) -> Result<decltype(body())> {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (const SQLite::Exception& error) {
    return fail(Code::kIo, file_ + ": " + action + ": " + error.what(),
                "check free space and permissions of the folder, or set GANNET_STATE_DIR");
  }
}

SqliteStore::SqliteStore(std::string file, std::unique_ptr<SQLite::Database> database)
    : file_(std::move(file)), database_(std::move(database)) {}

SqliteStore::~SqliteStore() {
  if (!buffered_.empty()) static_cast<void>(flush());
  statements_.clear();
}

Result<> SqliteStore::begin_run(const RunRecord& run) {
  return guarded("record the run", [&] {
    Query query(*this, std::string("INSERT INTO runs (") + kRunColumns +
                           ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, NULL)");
    query.with(run.id, run.project, run.project_root, run.command, run.arguments, run.environment,
               join(run.services, " "), run.tag, run.who, run.started_ms);
    query.run();
  });
}

Result<> SqliteStore::put_host(const std::string& run, const HostRecord& host) {
  return put_hosts(run, {host});
}

Result<> SqliteStore::put_hosts(const std::string& run, const std::vector<HostRecord>& hosts) {
  return guarded("record hosts", [&] {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const auto& host : hosts) write_host(run, host);
    write_events();
    transaction.commit();
    buffered_.clear();
  });
}

void SqliteStore::write_host(const std::string& run, const HostRecord& host) {
  Query row(
      *this,
      "INSERT INTO hosts (run, host, wave, outcome, phase, transaction_id, message, hint, "
      "started_ms, finished_ms, missed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
      "ON CONFLICT (run, host) DO UPDATE SET wave = ?3, outcome = ?4, phase = ?5, "
      "transaction_id = ?6, message = ?7, hint = ?8, started_ms = ?9, finished_ms = ?10, "
      "missed = ?11");
  row.with(run, host.host, static_cast<std::int64_t>(host.wave),
           std::string(to_string(host.outcome)), host.phase, host.transaction, host.message,
           host.hint, host.started_ms, host.finished_ms,
           static_cast<std::int64_t>(host.missed ? 1 : 0));
  row.run();
  Query clear(*this, "DELETE FROM services WHERE run = ?1 AND host = ?2");
  clear.with(run, host.host);
  clear.run();
  for (const auto& service : host.services) {
    Query add(*this,
              "INSERT OR REPLACE INTO services (run, host, service, release, tag, previous, "
              "outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    add.with(run, host.host, service.service, service.release, service.tag, service.previous,
             std::string(to_string(service.outcome)));
    add.run();
  }
}

void SqliteStore::write_events() {
  for (const auto& [run, event] : buffered_) {
    Query add(*this,
              "INSERT INTO events (run, host, when_ms, kind, service, severity, text) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    add.with(run, event.host, event.when_ms, event.kind, event.service, event.severity, event.text);
    add.run();
  }
}

void SqliteStore::add_event(const std::string& run, EventRecord event) {
  buffered_.emplace_back(run, std::move(event));
  // An error stays with the buffer: the next put_host(), flush() or finish_run() reports it.
  if (buffered_.size() % kMaxBuffered == 0) static_cast<void>(flush());
}

Result<> SqliteStore::flush() {
  if (buffered_.empty()) return {};
  return put_hosts({}, {});
}

Result<> SqliteStore::finish_run(const std::string& run, std::int64_t finished_ms, int exit_code) {
  TRY_VOID(flush());
  return guarded("record the end of the run", [&] {
    Query query(*this, "UPDATE runs SET finished_ms = ?2, exit_code = ?3 WHERE id = ?1");
    query.with(run, finished_ms, static_cast<std::int64_t>(exit_code));
    query.run();
  });
}

namespace {

template <class Query>
RunRecord read_run(Query& query) {
  RunRecord run;
  int column = 0;
  for (auto* field :
       {&run.id, &run.project, &run.project_root, &run.command, &run.arguments, &run.environment})
    *field = query.text(column++);
  run.services = words(query.text(column++));
  run.tag = query.text(column++);
  run.who = query.text(column++);
  run.started_ms = query.number(column++);
  run.finished_ms = query.number(column++);
  if (!query.null(column)) run.exit_code = static_cast<int>(query.number(column));
  return run;
}

}  // namespace

Result<std::vector<RunRecord>> SqliteStore::runs(const std::string& project_root,
                                                 std::size_t limit) {
  return guarded("read the runs", [&] {
    std::vector<RunRecord> found;
    Query query(*this, std::string("SELECT ") + kRunColumns +
                           " FROM runs WHERE ?1 = '' OR project_root = ?1 "
                           "ORDER BY started_ms DESC, id DESC LIMIT ?2");
    query.with(project_root, static_cast<std::int64_t>(limit));
    while (query.next()) found.push_back(read_run(query));
    return found;
  });
}

Result<RunRecord> SqliteStore::newest_change(const std::string& project_root) {
  TRY(auto found, guarded("read the runs", [&] {
        std::optional<RunRecord> newest;
        Query query(*this, std::string("SELECT ") + kRunColumns +
                               " FROM runs WHERE (?1 = '' OR project_root = ?1) AND command IN "
                               "('deploy', 'rollback', 'resume') "
                               "ORDER BY started_ms DESC, id DESC LIMIT 1");
        query.with(project_root);
        if (query.next()) newest = read_run(query);
        return newest;
      }));
  if (found) return std::move(*found);
  return fail(Code::kNotFound, "no deploy or rollback of this project is recorded",
              "see what is: gannet history");
}

Result<RunRecord> SqliteStore::find_run(const std::string& project_root, const std::string& id) {
  if (id.empty()) return newest_change(project_root);
  if (id.size() < kMinPrefix)
    return fail(Code::kInvalidInput, "run \"" + id + "\": at least 4 characters of its id",
                "see the ids: gannet history");
  TRY(auto found, guarded("read the runs", [&] {
        std::vector<RunRecord> matches;
        Query query(*this, std::string("SELECT ") + kRunColumns +
                               " FROM runs WHERE (?1 = '' OR project_root = ?1) AND "
                               "substr(id, 1, length(?2)) = ?2 ORDER BY id DESC LIMIT 4");
        query.with(project_root, id);
        while (query.next()) matches.push_back(read_run(query));
        return matches;
      }));
  if (found.empty())
    return fail(Code::kNotFound, "run \"" + id + "\": no such run of this project",
                "see the ids: gannet history");
  if (found.size() == 1 || found.front().id == id) return std::move(found.front());
  return fail(Code::kInvalidInput,
              "run \"" + id + "\": more than one begins like that: " + found[0].id + ", " +
                  found[1].id + (found.size() > 2 ? ", ..." : ""),
              "type more of the id");
}

Result<std::vector<HostRecord>> SqliteStore::hosts(const std::string& run) {
  return guarded("read the hosts of a run", [&] {
    std::vector<HostRecord> found;
    Query query(*this,
                "SELECT host, wave, outcome, phase, transaction_id, message, hint, started_ms, "
                "finished_ms, missed FROM hosts WHERE run = ?1 ORDER BY position");
    query.with(run);
    while (query.next()) {
      HostRecord host;
      host.host = query.text(0);
      host.wave = static_cast<std::uint32_t>(query.number(1));
      host.outcome = outcome_named(query.text(2));
      host.phase = query.text(3);
      host.transaction = query.text(4);
      host.message = query.text(5);
      host.hint = query.text(6);
      host.started_ms = query.number(7);
      host.finished_ms = query.number(8);
      host.missed = query.number(9) != 0;
      found.push_back(std::move(host));
    }
    for (auto& host : found) {
      Query services(*this,
                     "SELECT service, release, tag, previous, outcome FROM services "
                     "WHERE run = ?1 AND host = ?2 ORDER BY position");
      services.with(run, host.host);
      while (services.next())
        host.services.push_back({services.text(0), services.text(1), services.text(2),
                                 services.text(3), outcome_named(services.text(4))});
    }
    return found;
  });
}

Result<std::vector<EventRecord>> SqliteStore::events(const std::string& run,
                                                     const std::string& host) {
  TRY_VOID(flush());
  return guarded("read the events of a run", [&] {
    std::vector<EventRecord> found;
    Query query(*this,
                "SELECT host, when_ms, kind, service, severity, text FROM events "
                "WHERE run = ?1 AND (?2 = '' OR host = ?2) ORDER BY id");
    query.with(run, host);
    while (query.next())
      found.push_back({query.text(0), query.number(1), query.text(2), query.text(3), query.text(4),
                       query.text(5)});
    return found;
  });
}

Result<std::vector<ResultStore::Known>> SqliteStore::known_state(const std::string& project_root) {
  return guarded("read what is known of the hosts", [&] {
    std::vector<Known> found;
    Query query(*this, R"sql(
      SELECT host, service, release, tag, run, outcome, when_ms FROM (
        SELECT s.host, s.service, s.outcome, s.run,
               CASE s.outcome WHEN 'rolled-back' THEN s.previous ELSE s.release END AS release,
               CASE s.outcome WHEN 'rolled-back' THEN '' ELSE s.tag END AS tag,
               max(h.finished_ms, h.started_ms, r.started_ms) AS when_ms,
               row_number() OVER (PARTITION BY s.host, s.service
                                  ORDER BY r.started_ms DESC, r.id DESC) AS age
        FROM services s
        JOIN hosts h ON h.run = s.run AND h.host = s.host
        JOIN runs r ON r.id = s.run
        WHERE r.command IN ('deploy', 'rollback', 'resume')
          AND (?1 = '' OR r.project_root = ?1)
          AND s.outcome NOT IN ('skipped', 'unreachable')
      ) WHERE age = 1 ORDER BY host, service)sql");
    query.with(project_root);
    while (query.next())
      found.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.text(4),
                       outcome_named(query.text(5)), query.number(6)});
    return found;
  });
}

Result<std::vector<ResultStore::Missed>> SqliteStore::missed(const std::string& project_root) {
  return guarded("read what hosts have missed", [&] {
    std::vector<Missed> found;
    Query query(*this, R"sql(
      SELECT host, service, tag, run, environment, message, when_ms FROM (
        SELECT s.host, s.service, s.tag, s.run, s.outcome, r.environment, r.command, h.message,
               h.missed, r.started_ms AS when_ms,
               row_number() OVER (PARTITION BY s.host, s.service
                                  ORDER BY r.started_ms DESC, r.id DESC) AS age
        FROM services s
        JOIN hosts h ON h.run = s.run AND h.host = s.host
        JOIN runs r ON r.id = s.run
        WHERE r.command IN ('deploy', 'rollback', 'resume')
          AND (?1 = '' OR r.project_root = ?1)
          AND (s.outcome <> 'skipped' OR h.missed = 1)
      ) WHERE age = 1 AND missed = 1 AND command = 'deploy'
          AND outcome IN ('skipped', 'unreachable')
        ORDER BY host, service)sql");
    query.with(project_root);
    while (query.next())
      found.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.text(4),
                       query.text(5), query.number(6)});
    return found;
  });
}

}  // namespace gannet::controller
