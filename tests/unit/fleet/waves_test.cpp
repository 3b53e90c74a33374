#include "controller/deploy/waves.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/deploy/operations.h"
#include "controller/deploy/truth.h"

namespace gannet::controller {
namespace {

using playbooks::OnFailure;
using testing::ElementsAre;

std::vector<std::size_t> sizes(std::size_t hosts, std::uint32_t canary,
                               playbooks::HostCount batch) {
  std::vector<std::size_t> list(hosts);
  std::iota(list.begin(), list.end(), 0U);
  playbooks::Strategy strategy;
  strategy.canary = canary;
  strategy.batch = batch;
  std::vector<std::size_t> result;
  std::vector<std::size_t> all;
  for (const auto& wave : plan_waves(list, strategy)) {
    result.push_back(wave.size());
    all.insert(all.end(), wave.begin(), wave.end());
  }
  EXPECT_EQ(all, list);
  return result;
}

TEST(Waves, BeginWithTheCanaryAndShareTheRest) {
  EXPECT_THAT(sizes(9, 1, {25, true}), ElementsAre(1, 2, 2, 2, 2));
  EXPECT_THAT(sizes(10, 1, {25, true}), ElementsAre(1, 3, 3, 3));
  EXPECT_THAT(sizes(10, 0, {100, true}), ElementsAre(10));
  EXPECT_THAT(sizes(10, 0, {4, false}), ElementsAre(4, 4, 2));
  EXPECT_THAT(sizes(3, 1, {10, false}), ElementsAre(1, 2));
}

TEST(Waves, AreNeverEmpty) {
  EXPECT_THAT(sizes(0, 1, {25, true}), ElementsAre());
  EXPECT_THAT(sizes(2, 5, {25, true}), ElementsAre(2));
  EXPECT_THAT(sizes(1, 0, {1, true}), ElementsAre(1));
}

FailureBudget spent(OnFailure on_failure, std::uint32_t max, std::vector<Outcome> outcomes) {
  playbooks::Strategy strategy;
  strategy.max_failures = max;
  strategy.on_failure = on_failure;
  FailureBudget budget(strategy);
  for (const auto outcome : outcomes) budget.count(outcome);
  return budget;
}

TEST(FailureBudget, StopsOnlyAboveItsLimit) {
  EXPECT_FALSE(spent(OnFailure::kStop, 0, {}).must_stop());
  EXPECT_TRUE(spent(OnFailure::kStop, 0, {Outcome::kFailed}).must_stop());
  EXPECT_FALSE(spent(OnFailure::kStop, 1, {Outcome::kRolledBack}).must_stop());
  EXPECT_TRUE(spent(OnFailure::kStop, 1, {Outcome::kUnknown, Outcome::kFailed}).must_stop());
  EXPECT_FALSE(
      spent(OnFailure::kStop, 0, {Outcome::kDeployed, Outcome::kUnchanged, Outcome::kSkipped})
          .must_stop());
}

TEST(FailureBudget, IsNotSpentByHostsThatWereNeverReached) {
  EXPECT_FALSE(spent(OnFailure::kRollback, 0, {Outcome::kUnreachable}).must_stop());
}

TEST(FailureBudget, RollsBackOnlyWhenAskedTo) {
  EXPECT_TRUE(spent(OnFailure::kRollback, 0, {Outcome::kFailed}).must_roll_back());
  EXPECT_TRUE(spent(OnFailure::kRollback, 0, {Outcome::kFailed}).must_stop());
  EXPECT_FALSE(spent(OnFailure::kStop, 0, {Outcome::kFailed}).must_roll_back());
  EXPECT_FALSE(spent(OnFailure::kContinue, 0, {Outcome::kFailed}).must_roll_back());
  EXPECT_FALSE(spent(OnFailure::kContinue, 0, {Outcome::kFailed}).must_stop());
}

int exit_of(std::vector<Outcome> outcomes, bool interrupted = false, bool refused = false) {
  RunSummary summary;
  for (const auto outcome : outcomes) summary.hosts.emplace_back().outcome = outcome;
  summary.interrupted = interrupted;
  summary.preflight_refused = refused;
  return static_cast<int>(summary.exit_code());
}

TEST(ExitCode, IsTheFirstThatApplies) {
  EXPECT_EQ(exit_of({}), 0);
  EXPECT_EQ(exit_of({Outcome::kDeployed, Outcome::kUnchanged}), 0);
  EXPECT_EQ(exit_of({Outcome::kDeployed, Outcome::kSkipped}), 4);
  EXPECT_EQ(exit_of({Outcome::kUnreachable, Outcome::kRolledBack}), 3);
  EXPECT_EQ(exit_of({Outcome::kRolledBack, Outcome::kUnknown}), 1);
  EXPECT_EQ(exit_of({Outcome::kFailed}), 1);
  EXPECT_EQ(exit_of({Outcome::kUnreachable, Outcome::kSkipped}, false, true), 5);
  EXPECT_EQ(exit_of({Outcome::kFailed}, true, true), 130);
}

TEST(ExitCode, OfWrongDefinitionsIsTwo) {
  RunSummary summary;
  summary.invalid = true;
  EXPECT_EQ(static_cast<int>(summary.exit_code()), 2);
}

// ---- what a host says after contact was lost ------------------------------------------------

struct TruthTest : testing::Test {
  TruthTest() {
    releases.emplace_back();
    releases[0].service = "web";
    releases[0].id = "new";
    status.services.emplace_back();
    status.services[0].service = "web";
    status.services[0].current = "old";
  }
  [[nodiscard]] Truth truth() const { return judge(status, recovered, "t1", releases); }

  protocol::StatusReply status;
  std::optional<protocol::Recovery> recovered;
  std::vector<protocol::Release> releases;
};

TEST_F(TruthTest, NoTraceMeansAsBefore) { EXPECT_EQ(truth(), Truth::kBefore); }

TEST_F(TruthTest, TheReleaseInForceMeansCommitted) {
  status.services[0].current = "new";
  EXPECT_EQ(truth(), Truth::kCommitted);
  releases.emplace_back().service = "db";
  releases[1].id = "new";
  EXPECT_EQ(truth(), Truth::kBefore);
}

TEST_F(TruthTest, AnOpenTransactionIsPendingOnlyWhenItIsOurs) {
  status.pending.emplace();
  status.pending->transaction = "t1";
  EXPECT_EQ(truth(), Truth::kPending);
  status.pending->transaction = "another";
  EXPECT_EQ(truth(), Truth::kBefore);
}

TEST_F(TruthTest, ARecoveryOfOursMeansRestored) {
  status.last_recovery.emplace();
  status.last_recovery->transaction = "t1";
  EXPECT_EQ(truth(), Truth::kRestored);
  status.last_recovery->transaction = "another";
  EXPECT_EQ(truth(), Truth::kBefore);
  recovered.emplace();
  recovered->transaction = "t1";
  recovered->healthy = false;
  EXPECT_EQ(truth(), Truth::kRestoredSick);
}

}  // namespace
}  // namespace gannet::controller
