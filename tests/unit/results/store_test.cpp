#include "controller/results/store.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/results/schema.h"
#include "tests/unit/results/temporary_folder.h"

namespace gannet::controller {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

RunRecord run_named(const std::string& id, std::int64_t started_ms = 1'000) {
  RunRecord run;
  run.id = id;
  run.project = "weather";
  run.project_root = "/home/me/weather";
  run.command = "deploy";
  run.arguments = "gannet deploy api --env production";
  run.environment = "production";
  run.services = {"api", "web"};
  run.tag = "v1.2";
  run.who = "me@laptop";
  run.started_ms = started_ms;
  return run;
}

HostRecord host_named(const std::string& name, Outcome outcome) {
  HostRecord host;
  host.host = name;
  host.wave = 1;
  host.outcome = outcome;
  host.phase = "commit";
  host.message = "m";
  host.hint = "h";
  host.started_ms = 1'100;
  host.finished_ms = 1'200;
  host.services = {{"api", "r2", "v2", "r1", outcome}};
  return host;
}

void execute(const std::filesystem::path& file, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(::sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(::sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  ::sqlite3_close(database);
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<ResultStore> open() {
    auto store = ResultStore::open(file_);
    EXPECT_TRUE(store) << store.error().context;
    return std::move(*store);
  }
  void deploy(ResultStore& store, const std::string& id, std::int64_t started_ms,
              const std::vector<HostRecord>& hosts) {
    ASSERT_TRUE(store.begin_run(run_named(id, started_ms)));
    ASSERT_TRUE(store.put_hosts(id, hosts));
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "state" / "results.db";
};

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777U;
}

TEST_F(StoreTest, KeepsFolderAndFileForTheOwnerAlone) {
  auto store = open();
  ASSERT_TRUE(store->begin_run(run_named("20261123T100112Z-7f3a9c1e")));
  EXPECT_EQ(mode_of(file_.parent_path()), 0700U);
  EXPECT_EQ(mode_of(file_), 0600U);
  EXPECT_EQ(mode_of(file_.string() + "-wal"), 0600U);
}

TEST_F(StoreTest, ReadsBackWhatWasRecorded) {
  auto store = open();
  const std::string id = "20261123T100112Z-7f3a9c1e";
  ASSERT_TRUE(store->begin_run(run_named(id)));
  ASSERT_TRUE(store->put_hosts(
      id, {host_named("pi-2", Outcome::kSkipped), host_named("pi-1", Outcome::kSkipped)}));
  ASSERT_TRUE(store->put_host(id, host_named("pi-2", Outcome::kRolledBack)));
  store->add_event(id, {"pi-2", 1'150, "finding", "api", "fail", "port 80 is taken"});
  ASSERT_TRUE(store->finish_run(id, 2'000, 3));

  store = open();
  const auto run = store->find_run("/home/me/weather", id);
  ASSERT_TRUE(run);
  EXPECT_THAT(run->services, ElementsAre("api", "web"));
  EXPECT_EQ(run->environment, "production");
  EXPECT_EQ(run->tag, "v1.2");
  EXPECT_EQ(run->finished_ms, 2'000);
  EXPECT_EQ(run->exit_code, 3);
  const auto hosts = store->hosts(id);
  ASSERT_TRUE(hosts);
  ASSERT_THAT(*hosts, SizeIs(2));
  EXPECT_EQ((*hosts)[0].host, "pi-2") << "the order of the plan is kept";
  EXPECT_EQ((*hosts)[0].outcome, Outcome::kRolledBack);
  ASSERT_THAT((*hosts)[0].services, SizeIs(1));
  EXPECT_EQ((*hosts)[0].services[0].previous, "r1");
  EXPECT_EQ((*hosts)[1].outcome, Outcome::kSkipped);
  const auto events = store->events(id, "pi-2");
  ASSERT_TRUE(events);
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ((*events)[0].text, "port 80 is taken");
  EXPECT_THAT(*store->events(id, "pi-1"), IsEmpty());
}

TEST_F(StoreTest, RunWithoutAnEndHasNoExitCode) {
  auto store = open();
  ASSERT_TRUE(store->begin_run(run_named("20261123T100112Z-7f3a9c1e")));
  const auto runs = store->runs("/home/me/weather", 10);
  ASSERT_TRUE(runs);
  ASSERT_THAT(*runs, SizeIs(1));
  EXPECT_FALSE((*runs)[0].exit_code.has_value());
  EXPECT_EQ((*runs)[0].finished_ms, 0);
}

TEST_F(StoreTest, ListsNewestFirstAndOnlyThisProject) {
  auto store = open();
  ASSERT_TRUE(store->begin_run(run_named("20261123T100001Z-aaaaaaaa", 1)));
  ASSERT_TRUE(store->begin_run(run_named("20261123T100002Z-bbbbbbbb", 2)));
  auto other = run_named("20261123T100003Z-cccccccc", 3);
  other.project_root = "/elsewhere";
  ASSERT_TRUE(store->begin_run(other));
  const auto runs = store->runs("/home/me/weather", 10);
  ASSERT_THAT(*runs, SizeIs(2));
  EXPECT_EQ((*runs)[0].id, "20261123T100002Z-bbbbbbbb");
  EXPECT_THAT(*store->runs("", 10), SizeIs(3));
  EXPECT_THAT(*store->runs("/home/me/weather", 1), SizeIs(1));
}

TEST_F(StoreTest, FindsARunByTheBeginningOfItsId) {
  auto store = open();
  ASSERT_TRUE(store->begin_run(run_named("20261123T100001Z-aaaaaaaa", 1)));
  ASSERT_TRUE(store->begin_run(run_named("20261124T100002Z-bbbbbbbb", 2)));
  EXPECT_EQ(store->find_run("", "20261124")->id, "20261124T100002Z-bbbbbbbb");
  const auto ambiguous = store->find_run("", "202611");
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().code, Code::kInvalidInput);
  EXPECT_EQ(ambiguous.error().context,
            "run \"202611\": more than one begins like that: 20261124T100002Z-bbbbbbbb, "
            "20261123T100001Z-aaaaaaaa");
  EXPECT_EQ(store->find_run("", "202").error().code, Code::kInvalidInput);
  EXPECT_EQ(store->find_run("", "2027").error().code, Code::kNotFound);
}

TEST_F(StoreTest, EmptyIdMeansTheNewestDeployOrRollback) {
  auto store = open();
  EXPECT_EQ(store->find_run("/home/me/weather", "").error().code, Code::kNotFound);
  ASSERT_TRUE(store->begin_run(run_named("20261123T100001Z-aaaaaaaa", 1)));
  auto check = run_named("20261123T100002Z-bbbbbbbb", 2);
  check.command = "check";
  ASSERT_TRUE(store->begin_run(check));
  EXPECT_EQ(store->find_run("/home/me/weather", "")->id, "20261123T100001Z-aaaaaaaa");
}

TEST_F(StoreTest, KnownStateIsTheNewestRunThatTouchedTheHost) {
  auto store = open();
  deploy(*store, "20261123T100001Z-aaaaaaaa", 1, {host_named("pi-1", Outcome::kDeployed)});
  deploy(*store, "20261123T100002Z-bbbbbbbb", 2, {host_named("pi-1", Outcome::kRolledBack)});
  deploy(*store, "20261123T100003Z-cccccccc", 3, {host_named("pi-1", Outcome::kUnreachable)});
  const auto known = store->known_state("/home/me/weather");
  ASSERT_TRUE(known) << known.error().context;
  ASSERT_THAT(*known, SizeIs(1));
  EXPECT_EQ((*known)[0].run, "20261123T100002Z-bbbbbbbb");
  EXPECT_EQ((*known)[0].outcome, Outcome::kRolledBack);
  EXPECT_EQ((*known)[0].release, "r1") << "the release that is back";
  EXPECT_EQ((*known)[0].when_ms, 1'200);
}

TEST_F(StoreTest, MissedIsWhatTheNewestDeployLeftOut) {
  auto store = open();
  const auto record = [&](const std::string& id, std::int64_t when, const std::string& command,
                          Outcome outcome, bool missed) {
    auto run = run_named(id, when);
    run.command = command;
    auto host = host_named("h2", outcome);
    host.missed = missed;
    host.services = {{"web", id, "v1.2", "", outcome}};
    ASSERT_TRUE(store->begin_run(run).has_value());
    ASSERT_TRUE(store->put_host(id, host).has_value());
  };
  record("run-1", 1'000, "deploy", Outcome::kUnreachable, true);
  auto missed = store->missed("/home/me/weather");
  ASSERT_TRUE(missed.has_value());
  ASSERT_THAT(*missed, SizeIs(1));
  EXPECT_EQ((*missed)[0].host, "h2");
  EXPECT_EQ((*missed)[0].tag, "v1.2");
  EXPECT_EQ((*missed)[0].environment, "production");
  EXPECT_TRUE(store->hosts("run-1")->front().missed);
  EXPECT_THAT(*store->missed("/elsewhere"), IsEmpty());
  // A run that was not confirmed, or stopped before this host, changes nothing.
  record("run-2", 2'000, "deploy", Outcome::kSkipped, false);
  EXPECT_EQ(store->missed("")->front().run, "run-1");
  record("run-3", 3'000, "rollback", Outcome::kUnreachable, true);
  EXPECT_THAT(*store->missed(""), IsEmpty());
  record("run-4", 4'000, "deploy", Outcome::kSkipped, true);
  EXPECT_EQ(store->missed("")->front().run, "run-4");
  record("run-5", 5'000, "deploy", Outcome::kDeployed, false);
  EXPECT_THAT(*store->missed(""), IsEmpty());
}

TEST_F(StoreTest, EventsOfAnUnknownRunAreRefusedAndReported) {
  auto store = open();
  store->add_event("no-such-run", {"pi-1", 1, "step", "", "", "x"});
  const auto flushed = store->flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().context, HasSubstr("FOREIGN KEY"));
}

TEST_F(StoreTest, WritesManyEventsWithoutBeingAsked) {
  const std::string id = "20261123T100001Z-aaaaaaaa";
  auto store = open();
  ASSERT_TRUE(store->begin_run(run_named(id)));
  for (int i = 0; i < 1'200; ++i) store->add_event(id, {"pi-1", i, "step", "", "", "x"});
  EXPECT_THAT(*open()->events(id, ""), SizeIs(1'000)) << "two full buffers, seen by another";
  EXPECT_THAT(*store->events(id, ""), SizeIs(1'200));
}

TEST_F(StoreTest, CorruptFileIsNamedWithTheWayOut) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_) << std::string(8'192, 'x');
  const auto store = ResultStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kCorrupt);
  EXPECT_THAT(store.error().context, HasSubstr(file_.string() + ": the record of runs is damaged"));
  EXPECT_EQ(store.error().hint, "move it aside, a new one is begun: mv " + file_.string() + " " +
                                    file_.string() + ".damaged");
}

TEST_F(StoreTest, FileOfANewerGannetIsLeftAlone) {
  open().reset();
  execute(file_, "PRAGMA user_version = 99");
  const auto store = ResultStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kUnsupported);
  EXPECT_THAT(store.error().context, HasSubstr("written by a newer gannet (schema 99"));
}

TEST_F(StoreTest, ForeignDatabaseIsLeftAlone) {
  std::filesystem::create_directories(file_.parent_path());
  execute(file_, "CREATE TABLE theirs (x)");
  EXPECT_EQ(ResultStore::open(file_).error().code, Code::kCorrupt);
}

TEST_F(StoreTest, FolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_.path() / "state") << "a file";
  const auto store = ResultStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, Code::kIo);
  EXPECT_THAT(store.error().context, HasSubstr(file_.string()));
}

TEST_F(StoreTest, OpeningAgainMigratesNothingTwice) {
  open().reset();
  auto store = open();
  EXPECT_THAT(*store->runs("", 1), IsEmpty());
  EXPECT_FALSE(migrations().empty());
}

TEST_F(StoreTest, DefaultFileFollowsTheEnvironment) {
  ::setenv("GANNET_STATE_DIR", "/srv/state", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(ResultStore::default_file(), "/srv/state/results.db");
  ::unsetenv("GANNET_STATE_DIR");                // NOLINT(concurrency-mt-unsafe)
  ::setenv("XDG_STATE_HOME", "/home/me/st", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(ResultStore::default_file(), "/home/me/st/gannet/results.db");
  ::unsetenv("XDG_STATE_HOME");     // NOLINT(concurrency-mt-unsafe)
  ::setenv("HOME", "/home/me", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_EQ(ResultStore::default_file(), "/home/me/.local/state/gannet/results.db");
}

// ---- several processes ------------------------------------------------------------------------

/// Runs `body` in a child; its result is the exit code.
template <class Body>
pid_t in_child(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  return pid;
}

int exit_code_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int record_runs(const std::filesystem::path& file, char digit, int count) {
  auto store = ResultStore::open(file);
  if (!store) return 1;
  for (int i = 0; i < count; ++i) {
    std::ostringstream id;
    id << "20261123T10" << 1'000 + i << "Z-" << std::string(8, digit);
    if (!(*store)->begin_run(run_named(id.str(), i))) return 2;
    (*store)->add_event(id.str(), {"pi-1", i, "step", "", "", "x"});
    if (!(*store)->put_host(id.str(), host_named("pi-1", Outcome::kDeployed))) return 3;
    if (!(*store)->finish_run(id.str(), i, 0)) return 4;
  }
  return 0;
}

TEST_F(StoreTest, FourProcessesAtOnceLoseNothing) {
  std::vector<pid_t> children;
  for (const char digit : {'a', 'b', 'c', 'd'})
    children.push_back(in_child([&] { return record_runs(file_, digit, 25); }));
  for (const pid_t child : children) EXPECT_EQ(exit_code_of(child), 0);
  auto store = open();
  const auto runs = store->runs("", 1'000);
  ASSERT_THAT(*runs, SizeIs(100));
  for (const auto& run : *runs) {
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_THAT(*store->hosts(run.id), SizeIs(1));
    EXPECT_THAT(*store->events(run.id, ""), SizeIs(1));
  }
}

TEST_F(StoreTest, KilledInTheMiddleLeavesWholeRows) {
  const std::string id = "20261123T100112Z-7f3a9c1e";
  int ready[2] = {-1, -1};
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = in_child([&] {
    auto store = ResultStore::open(file_);
    if (!store || !(*store)->begin_run(run_named(id))) return 1;
    for (int i = 0;; ++i) {
      const auto host = host_named("pi-" + std::to_string(i), Outcome::kDeployed);
      if (!(*store)->put_host(id, host)) return 2;
      if (i == 20 && ::write(ready[1], "x", 1) != 1) return 3;
    }
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_EQ(exit_code_of(child), 128 + SIGKILL);
  ::close(ready[0]);
  ::close(ready[1]);

  auto store = open();
  const auto hosts = store->hosts(id);
  ASSERT_TRUE(hosts) << hosts.error().context;
  EXPECT_GE(hosts->size(), 21U);
  for (const auto& host : *hosts) EXPECT_THAT(host.services, SizeIs(1)) << host.host;
  EXPECT_FALSE(store->find_run("", id)->exit_code.has_value());
}

}  // namespace
}  // namespace gannet::controller
