// Deployments over lines that split, stall, cut, flip and die: whatever is claimed must be true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/faulty_transport.h"
#include "tests/unit/fleet/local_fleet.h"
#include "tests/unit/fleet/run_task.h"

namespace gannet::controller {
namespace {

using Files = std::map<std::string, std::string>;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlower = 4;          // what deadlines are multiplied with
constexpr std::size_t kHosts = 20;  // of one seed; each has faults of its own
#else
constexpr int kSlower = 1;
constexpr std::size_t kHosts = 50;
#endif

class FaultyDeployTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  FaultyDeployTest() {
    fleet.add_hosts(kHosts);
    write_version("one");
  }

  void load(const std::string& watchdog) {
    fleet.load(
        "project: test\ninventory: inventory.yaml\n"
        "strategy: { max_failures: 1000, on_failure: continue, watchdog: " +
        watchdog +
        " }\n"
        "services:\n  web:\n    files: [ { src: app/, dest: \"@HOST@/app/\" } ]\n");
  }

  /// Some files that change, one that does not, one that only this version has.
  void write_version(const std::string& version) {
    std::filesystem::remove_all(fleet.root / "project" / "app");
    for (int i = 0; i < 5; ++i)
      fleet.write("app/f" + std::to_string(i),
                  version + std::to_string(i) + std::string(3000, 'x'));
    fleet.write("app/same", "same");
    fleet.write("app/only-" + version, version);
  }

  /// The first release, on lines and with deadlines that no machine is too slow for.
  void deploy_first() {
    load("5m");
    auto context = fleet.context("deploy");
    const auto summary = run_deploy(context, fleet.release(), {});
    for (const auto& host : summary.hosts)
      ASSERT_EQ(host.outcome, Outcome::kDeployed) << host.host << ": " << host.message;
  }

  RunSummary deploy(Transport& through) {
    load(std::to_string(3 * kSlower) + "s");
    auto context = fleet.context("deploy", through);
    context.timeouts.connect = std::chrono::seconds(3 * kSlower);
    context.request_timeout = std::chrono::seconds(4 * kSlower);
    return run_deploy(context, fleet.release(), {});
  }

  /// Until no host has a transaction open: watchdogs do their work with nobody connected.
  void wait_for_watchdogs() {
    const auto deadline = in(std::chrono::seconds(20 * kSlower));
    for (;;) {
      auto context = fleet.context("status");
      const auto status = run_status(context, false);
      bool open = false;
      for (const auto& host : status.hosts) open = open || host.status.pending.has_value();
      if (!open) return;
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "a watchdog does not act";
      run_task(fleet.io, sleep_until(fleet.io.get_executor(), in(std::chrono::milliseconds(200))));
    }
  }

  LocalFleet fleet;
};

TEST_P(FaultyDeployTest, EveryOutcomeIsTrue) {
  ASSERT_NO_FATAL_FAILURE(deploy_first());
  const Files before = fleet.content("h1");
  write_version("two");
  FaultyTransport faulty(fleet.transport, fleet.io.get_executor(), GetParam());
  const auto summary = deploy(faulty);
  wait_for_watchdogs();
  Files after;
  for (const auto& host : summary.hosts)
    if (host.outcome == Outcome::kDeployed) after = fleet.content(host.host);
  ASSERT_TRUE(after.contains("app/only-two")) << "no host was lucky: the seed proves nothing";
  std::map<Outcome, int> seen;
  for (const auto& host : summary.hosts) {
    ++seen[host.outcome];
    const Files now = fleet.content(host.host);
    const std::string said = host.host + " " + std::string(to_string(host.outcome)) + " in " +
                             host.phase + ": " + host.message;
    EXPECT_TRUE(now == before || now == after) << "between old and new: " << said;
    if (host.outcome == Outcome::kDeployed) {
      EXPECT_EQ(now, after) << said;
      continue;
    }
    if (host.outcome != Outcome::kUnknown) {
      EXPECT_EQ(now, before) << said;
    }
    EXPECT_NE(host.outcome, Outcome::kUnchanged) << said;
    EXPECT_NE(host.message, "") << said;
  }
  EXPECT_GT(seen.size(), 1U) << "no fault had an effect";
}

INSTANTIATE_TEST_SUITE_P(Seeds, FaultyDeployTest, testing::Values(1, 2, 3, 4));

}  // namespace
}  // namespace gannet::controller
