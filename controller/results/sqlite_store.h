// ResultStore on SQLite. Schema: schema.cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "controller/results/store.h"

namespace gannet::controller {

/// One connection to results.db. Writers of other processes are waited for (busy timeout).
class SqliteStore final : public ResultStore {
 public:
  /// `database` is open, configured and migrated.
  SqliteStore(std::string file, std::unique_ptr<SQLite::Database> database);
  /// Writes what is buffered; an error then is lost, so call flush() before.
  ~SqliteStore() override;

  [[nodiscard]] Result<> begin_run(const RunRecord& run) override;
  [[nodiscard]] Result<> put_host(const std::string& run, const HostRecord& host) override;
  [[nodiscard]] Result<> put_hosts(const std::string& run,
                                   const std::vector<HostRecord>& hosts) override;
  void add_event(const std::string& run, EventRecord event) override;
  [[nodiscard]] Result<> flush() override;
  [[nodiscard]] Result<> finish_run(const std::string& run, std::int64_t finished_ms,
                                    int exit_code) override;

  [[nodiscard]] Result<std::vector<RunRecord>> runs(const std::string& project_root,
                                                    std::size_t limit) override;
  [[nodiscard]] Result<RunRecord> find_run(const std::string& project_root,
                                           const std::string& id) override;
  [[nodiscard]] Result<std::vector<HostRecord>> hosts(const std::string& run) override;
  [[nodiscard]] Result<std::vector<EventRecord>> events(const std::string& run,
                                                        const std::string& host) override;
  [[nodiscard]] Result<std::vector<Known>> known_state(const std::string& project_root) override;
  [[nodiscard]] Result<std::vector<Missed>> missed(const std::string& project_root) override;

 private:
  class Query;

  /// Runs `body` and turns what SQLite throws into an Error that names the file.
  template <class Body>
  [[nodiscard]] auto guarded(const char* action, Body body) -> Result<decltype(body())>;

  void write_host(const std::string& run, const HostRecord& host);
  void write_events();
  [[nodiscard]] Result<RunRecord> newest_change(const std::string& project_root);

  std::string file_;
  std::unique_ptr<SQLite::Database> database_;
  /// Prepared once per text; a Query borrows one and resets it.
  std::map<std::string, std::unique_ptr<SQLite::Statement>, std::less<>> statements_;
  std::vector<std::pair<std::string, EventRecord>> buffered_;  ///< run and event
};

}  // namespace gannet::controller
