// How results.db comes to be: folder, permissions, pragmas, migrations.
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "controller/results/schema.h"
#include "controller/results/sqlite_store.h"

namespace gannet::controller {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

/// Folders are made for the owner alone; one that exists is left as it is.
Result<> make_folder(const std::filesystem::path& folder) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
  TRY_VOID(make_folder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail_errno(Code::kIo, folder.string() + ": make the folder for results", errno,
                    "set GANNET_STATE_DIR to a folder that can be written");
}

/// SQLite gives its -wal and -shm files the mode of the database.
Result<> make_file(const std::filesystem::path& file) {
  const UniqueFd made(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (made) return {};
  return fail_errno(Code::kIo, file.string() + ": open the results", errno,
                    "set GANNET_STATE_DIR to a folder that can be written");
}

Error explain(const std::string& file, const SQLite::Exception& error) {
  const int code = error.getErrorCode();
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
    return {Code::kCorrupt, file + ": the record of runs is damaged: " + error.what(),
            "move it aside, a new one is begun: mv " + file + " " + file + ".damaged"};
  return {Code::kIo, file + ": open the results: " + error.what(),
          "check free space and permissions of the folder, or set GANNET_STATE_DIR"};
}

/// Switching to WAL does not wait for other processes by itself.
void enable_wal(SQLite::Database& database) {
  using namespace std::chrono_literals;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyTimeoutMs);
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (const SQLite::Exception& error) {
      const bool busy = error.getErrorCode() == SQLITE_BUSY;
      if (!busy || std::chrono::steady_clock::now() > give_up) throw;
    }
    std::this_thread::sleep_for(10ms);
  }
}

Result<> migrate(const std::string& file, SQLite::Database& database) {
  const auto steps = migrations();
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (version < 0 || static_cast<std::size_t>(version) > steps.size())
    return fail(Code::kUnsupported,
                file + ": written by a newer gannet (schema " + std::to_string(version) +
                    ", this one knows " + std::to_string(steps.size()) + ")",
                "update gannet, or set GANNET_STATE_DIR to another folder");
  if (version == 0 && database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() > 0)
    return fail(Code::kCorrupt, file + ": is a database, but not one of gannet's",
                "set GANNET_STATE_DIR to another folder");
  for (auto i = static_cast<std::size_t>(version); i < steps.size(); ++i) database.exec(steps[i]);
  database.exec("PRAGMA user_version = " + std::to_string(steps.size()));
  transaction.commit();
  return {};
}

}  // namespace

std::filesystem::path ResultStore::default_file() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  if (const auto folder = variable("GANNET_STATE_DIR"); !folder.empty())
    return folder / "results.db";
  if (const auto folder = variable("XDG_STATE_HOME"); !folder.empty())
    return folder / "gannet" / "results.db";
  return variable("HOME") / ".local" / "state" / "gannet" / "results.db";
}

Result<std::unique_ptr<ResultStore>> ResultStore::open(const std::filesystem::path& file) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(file, ignored);
  TRY_VOID(make_folder(absolute.parent_path()));
  TRY_VOID(make_file(absolute));
  try {
    auto database = std::make_unique<SQLite::Database>(absolute.string(), SQLite::OPEN_READWRITE,
                                                       kBusyTimeoutMs);
    enable_wal(*database);
    database->exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    TRY_VOID(migrate(absolute.string(), *database));
    return std::make_unique<SqliteStore>(absolute.string(), std::move(database));
  } catch (const SQLite::Exception& error) {
    return fail(explain(absolute.string(), error));
  }
}

}  // namespace gannet::controller
