#include "controller/results/schema.h"

#include <array>

namespace gannet::controller {
namespace {

// Times are UTC milliseconds since 1970; outcomes are the words of outcome.h.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE runs (
  id           TEXT PRIMARY KEY,
  project      TEXT NOT NULL,
  project_root TEXT NOT NULL,
  command      TEXT NOT NULL,
  arguments    TEXT NOT NULL,
  environment  TEXT NOT NULL,
  services     TEXT NOT NULL,          -- separated by spaces
  tag          TEXT NOT NULL,
  who          TEXT NOT NULL,
  started_ms   INTEGER NOT NULL,
  finished_ms  INTEGER NOT NULL DEFAULT 0,
  exit_code    INTEGER                 -- NULL: still going on, or killed
) STRICT;
CREATE INDEX runs_of_project ON runs (project_root, started_ms DESC);

CREATE TABLE hosts (
  position       INTEGER PRIMARY KEY,
  run            TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  host           TEXT NOT NULL,
  wave           INTEGER NOT NULL,
  outcome        TEXT NOT NULL,
  phase          TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  message        TEXT NOT NULL,
  hint           TEXT NOT NULL,
  started_ms     INTEGER NOT NULL,
  finished_ms    INTEGER NOT NULL,
  UNIQUE (run, host)
) STRICT;

CREATE TABLE services (
  position INTEGER PRIMARY KEY,
  run      TEXT NOT NULL,
  host     TEXT NOT NULL,
  service  TEXT NOT NULL,
  release  TEXT NOT NULL,
  tag      TEXT NOT NULL,
  previous TEXT NOT NULL,
  outcome  TEXT NOT NULL,
  UNIQUE (run, host, service),
  FOREIGN KEY (run, host) REFERENCES hosts (run, host) ON DELETE CASCADE
) STRICT;

CREATE TABLE events (
  id       INTEGER PRIMARY KEY,
  run      TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  host     TEXT NOT NULL,
  when_ms  INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  service  TEXT NOT NULL,
  severity TEXT NOT NULL,
  text     TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_host ON events (run, host);
)sql";

// A host that a deploy went on without: `deploy --pending` serves it later.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE hosts ADD COLUMN missed INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array kMigrations{kVersion1, kVersion2};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

}  // namespace gannet::controller
