// The promise: old or new, never between, and nothing left behind, wherever the machine dies.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/crashing_file_system.h"
#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

using test::CrashingFileSystem;
using test::Loss;
using test::MemoryFileSystem;
using Tree = std::map<std::string, test::SeenFile>;

/// What the tests do when the machine dies.
enum class Act { kApply, kCommit, kRestore, kRecover, kRestart, kGoOn };

std::string to_string(Act act) {
  switch (act) {
    case Act::kApply:
      return "Apply";
    case Act::kCommit:
      return "Commit";
    case Act::kRestore:
      return "Restore";
    case Act::kRecover:
      return "Recover";
    case Act::kRestart:
      return "Restart";
    case Act::kGoOn:
      return "GoOn";
  }
  return {};
}

std::string to_string(Loss loss) {
  switch (loss) {
    case Loss::kNothing:
      return "ProcessKilled";
    case Loss::kEverything:
      return "UnsyncedLost";
    case Loss::kSome:
      return "SomeLost";
  }
  return {};
}

/// A machine with a release of two services in force and a new one to come: files added, changed,
/// removed, only their mode changed, in new directories, and one that nobody managed before.
class Machine {
 public:
  Machine() : crashing(disk), host(crashing) {
    disk.put("/proc/sys/kernel/random/boot_id", "boot-1\n");
    host.actions.machine.dead = [this] { return crashing.dead(); };
    disk.put("/etc/motd", "not ours\n", 0600, 7, 8);
    auto state = host.open();
    old_releases = {
        host.contents.release("web", "r1",
                              {{"/opt/web/app", "web 1"},
                               {"/opt/web/gone", "gone 1"},
                               {"/opt/web/old/only", "only 1"},
                               {"/opt/web/mode", "same"}}),
        host.contents.release("api", "r1", {{"/opt/api/app", "api 1"}, {"/opt/api/k", "k"}})};
    old_releases[0].after = {{"reload web", 1'000}};
    run_unit(old_releases[0], "v1");
    EXPECT_TRUE(host.deploy(*state, "t1", old_releases).has_value());
    new_releases = {
        host.contents.release("web", "r2",
                              {{"/opt/web/app", "web 2"},
                               {"/opt/web/mode", "same"},
                               {"/opt/web/new/a/b", "b 2"},
                               {"/opt/web/new/c", "c 2"}}),
        host.contents.release("api", "r2", {{"/opt/api/app", "api 2"}, {"/opt/api/k", "k"}}),
        host.contents.release("tty", "r2", {{"/etc/motd", "ours\n"}, {"/srv/x/y", "y"}})};
    new_releases[0].files[1].mode = 0755;
    new_releases[0].after = {{"reload web", 1'000}};
    run_unit(new_releases[0], "v2");
    run_unit(new_releases[2], "v2");
    old_tree = tree();
    old_dirs = dirs();
  }

  /// Lets `release` run a unit named like its service.
  static void run_unit(protocol::Release& release, const std::string& version) {
    release.tag = version;
    release.units.emplace_back().name = release.service;
    release.health.stable_for_ms = 0;
  }

  /// The versions that run, by unit.
  [[nodiscard]] const std::map<std::string, std::string>& running() const {
    return host.actions.machine.running;
  }

  [[nodiscard]] Tree tree() const {
    Tree all = disk.files("/opt");
    all.merge(disk.files("/etc"));
    all.merge(disk.files("/srv"));
    return all;
  }
  [[nodiscard]] std::vector<std::string> dirs() const {
    auto all = disk.directories("/opt");
    const auto more = disk.directories("/srv");
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  MemoryFileSystem disk;
  CrashingFileSystem crashing;
  Host host;
  std::vector<protocol::Release> old_releases;
  std::vector<protocol::Release> new_releases;
  Tree old_tree;
  std::vector<std::string> old_dirs;
};

/// What an untroubled deployment comes to.
struct Untroubled {
  Untroubled() {
    Machine machine;
    auto state = machine.host.open();
    EXPECT_TRUE(machine.host.deploy(*state, "t2", machine.new_releases).has_value());
    tree = machine.tree();
    dirs = machine.dirs();
    running = machine.running();
    state.reset();
    store = machine.disk.files(kStateDir);
  }
  Tree tree;
  std::vector<std::string> dirs;
  std::map<std::string, std::string> running;
  Tree store;
};

class CrashTest : public testing::TestWithParam<std::tuple<Act, Loss>> {
 protected:
  static Act act() { return std::get<0>(GetParam()); }
  static Loss loss() { return std::get<1>(GetParam()); }

  /// Up to where the act begins; returns the session.
  static std::unique_ptr<HostState> lead_up(Machine& machine) {
    const bool restarts = act() == Act::kRestart || act() == Act::kGoOn;
    if (restarts) {
      machine.disk.put("/run/reboot-required", "*** System restart required ***\n");
      machine.new_releases.back().reboot_when_needed = true;
    }
    auto state = machine.host.open();
    if (act() == Act::kApply || act() == Act::kRestart) return state;
    auto reply = machine.host.apply(*state, Host::request("t2", machine.new_releases));
    EXPECT_TRUE(reply.has_value());
    if (act() == Act::kRecover) {
      state.reset();
      machine.host.clock.advance(std::chrono::seconds(61));
    }
    if (act() == Act::kGoOn) {
      EXPECT_EQ(reply->outcome, protocol::ApplyOutcome::kRebooting);
      state.reset();
      machine.disk.put("/proc/sys/kernel/random/boot_id", "planned\n");
      machine.host.clock.restart(std::chrono::seconds(20), std::chrono::seconds(10));
    }
    return state;
  }

  static void do_act(Machine& machine, HostState* state) {
    switch (act()) {
      case Act::kGoOn: {
        const auto back = machine.host.try_open();
        if (back) static_cast<void>((*back)->apply(go_on(), machine.host.progress));
        break;
      }
      case Act::kApply:
      case Act::kRestart:
        static_cast<void>(machine.host.apply(*state, Host::request("t2", machine.new_releases)));
        break;
      case Act::kCommit:
        static_cast<void>(state->commit({"t2"}));
        break;
      case Act::kRestore:
        static_cast<void>(state->restore({"t2", "asked"}, machine.host.progress));
        break;
      case Act::kRecover:
        static_cast<void>(machine.host.try_open());
        break;
    }
  }

  static protocol::ApplyRequest go_on() {
    protocol::ApplyRequest request;
    request.transaction = "t2";
    request.go_on = true;
    return request;
  }

  /// How many operations the act takes when nothing happens.
  static int length() {
    Machine machine;
    auto state = lead_up(machine);
    machine.crashing.die_at(0);
    do_act(machine, state.get());
    return machine.crashing.operations();
  }

  static void expect_whole(Machine& machine, const Untroubled& untroubled);
  static void expect_nothing_left(Machine& machine, const Untroubled& untroubled);
};

void CrashTest::expect_whole(Machine& machine, const Untroubled& untroubled) {
  auto state = machine.host.open();
  ASSERT_NE(state, nullptr);
  const auto status = state->status({}, machine.host.progress);
  ASSERT_TRUE(status.has_value()) << status.error().context;
  if (status->pending) {
    // Applied, and within its deadline: all of it is there, and it waits.
    EXPECT_EQ(machine.tree(), untroubled.tree);
    EXPECT_EQ(machine.running(), untroubled.running);
    return;
  }
  const bool is_new = machine.tree() == untroubled.tree;
  EXPECT_TRUE(is_new || machine.tree() == machine.old_tree);
  for (const auto& service : status->services) {
    EXPECT_EQ(service.current, is_new ? "r2" : "r1") << service.service;
  }
  EXPECT_EQ(machine.dirs(), is_new ? untroubled.dirs : machine.old_dirs);
  const std::map<std::string, std::string> old_running = {{"web", "v1"}};
  EXPECT_EQ(machine.running(), is_new ? untroubled.running : old_running);
}

/// Whatever happened, going on to the new release comes to what it would have without trouble.
void CrashTest::expect_nothing_left(Machine& machine, const Untroubled& untroubled) {
  machine.host.clock.advance(std::chrono::seconds(61 + 180));  // a planned restart has more
  auto state = machine.host.open();
  ASSERT_NE(state, nullptr);
  ASSERT_FALSE(state->status({}, machine.host.progress)->pending.has_value());
  static_cast<void>(machine.disk.unlink("/run/reboot-required"));  // a restart empties /run
  const auto again = machine.host.deploy(*state, "t3", machine.new_releases);
  ASSERT_TRUE(again.has_value()) << again.error().context;
  EXPECT_EQ(machine.tree(), untroubled.tree);
  EXPECT_EQ(machine.dirs(), untroubled.dirs);
  state = machine.host.open();
  std::vector<std::string> left;
  for (const auto& [path, file] : machine.disk.files(kStateDir)) left.push_back(path);
  std::vector<std::string> expected;
  for (const auto& [path, file] : untroubled.store) expected.push_back(path);
  EXPECT_EQ(left, expected);
}

TEST_P(CrashTest, LeavesOldOrNewAndNothingElseWhenDyingAtAnyOperation) {
  const Untroubled untroubled;
  const int operations = length();
  ASSERT_GT(operations, 10);
  for (int n = 1; n <= operations; ++n) {
    SCOPED_TRACE("dies at operation " + std::to_string(n) + " of " + std::to_string(operations));
    Machine machine;
    auto state = lead_up(machine);
    machine.crashing.die_at(n);
    do_act(machine, state.get());
    EXPECT_TRUE(machine.crashing.dead());
    state.reset();
    machine.crashing.die_at(0);
    machine.disk.reboot(loss(), static_cast<std::uint32_t>(n));
    if (loss() != Loss::kNothing) machine.disk.put("/proc/sys/kernel/random/boot_id", "boot-2\n");
    expect_whole(machine, untroubled);
    expect_nothing_left(machine, untroubled);
    if (HasFailure()) return;
  }
}

/// The others die while recovering in the test above.
class CrashTwiceTest : public CrashTest {};

TEST_P(CrashTwiceTest, RecoversWhenItDiesAgainWhileRecovering) {
  const Untroubled untroubled;
  const int operations = length();
  for (int n = 3; n <= operations; n += 13) {
    for (int second = 1; second <= 60; second += 9) {
      SCOPED_TRACE("dies at " + std::to_string(n) + ", then at " + std::to_string(second));
      Machine machine;
      auto state = lead_up(machine);
      machine.crashing.die_at(n);
      do_act(machine, state.get());
      state.reset();
      machine.disk.reboot(loss(), 1);
      machine.crashing.die_at(second);
      static_cast<void>(machine.host.try_open());
      machine.crashing.die_at(0);
      machine.disk.reboot(loss(), 2);
      expect_whole(machine, untroubled);
      expect_nothing_left(machine, untroubled);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, CrashTest,
                         testing::Combine(testing::Values(Act::kApply, Act::kCommit, Act::kRestore,
                                                          Act::kRecover, Act::kRestart, Act::kGoOn),
                                          testing::Values(Loss::kNothing, Loss::kEverything,
                                                          Loss::kSome)),
                         [](const auto& one) {
                           return to_string(std::get<0>(one.param)) +
                                  to_string(std::get<1>(one.param));
                         });

INSTANTIATE_TEST_SUITE_P(Everywhere, CrashTwiceTest,
                         testing::Combine(testing::Values(Act::kApply, Act::kCommit, Act::kGoOn),
                                          testing::Values(Loss::kNothing, Loss::kEverything,
                                                          Loss::kSome)),
                         [](const auto& one) {
                           return to_string(std::get<0>(one.param)) +
                                  to_string(std::get<1>(one.param));
                         });

/// A disk that is full for a while: refused, put back, and the room given back.
TEST(NoSpace, PutsBackAndFreesWhateverOperationFindsTheDiskFull) {
  const Untroubled untroubled;
  int operations = 0;
  {
    Machine machine;
    auto state = machine.host.open();
    machine.crashing.die_at(0);
    ASSERT_TRUE(machine.host.apply(*state, Host::request("t2", machine.new_releases)).has_value());
    operations = machine.crashing.operations();
  }
  for (int n = 1; n <= operations; ++n) {
    SCOPED_TRACE("full at operation " + std::to_string(n));
    Machine machine;
    auto state = machine.host.open();
    machine.crashing.refuse(n, 1, Code::kNoSpace);
    const auto reply = machine.host.apply(*state, Host::request("t2", machine.new_releases));
    if (reply && reply->outcome == protocol::ApplyOutcome::kHealthy) {
      EXPECT_EQ(machine.tree(), untroubled.tree);  // an operation that needs no room, or a label
      continue;
    }
    EXPECT_EQ(reply ? reply->code : reply.error().code, Code::kNoSpace);
    EXPECT_TRUE(!reply || reply->outcome == protocol::ApplyOutcome::kRestored);
    EXPECT_EQ(machine.tree(), machine.old_tree);
    EXPECT_EQ(machine.dirs(), machine.old_dirs);
    EXPECT_TRUE(machine.disk.files(std::string(kStateDir) + "/journal").empty());
    state.reset();
    state = machine.host.open();
    for (const auto& [path, file] : machine.disk.files(std::string(kStateDir) + "/tmp")) {
      ADD_FAILURE() << path << " was left";
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace gannet::agent
