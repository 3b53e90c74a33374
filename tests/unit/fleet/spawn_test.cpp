#include "controller/fleet/spawn.h"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/fleet/fan_out.h"
#include "controller/fleet/interrupt.h"
#include "tests/unit/fleet/run_task.h"

namespace gannet::controller {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Task<> throw_after_a_wait(asio::any_io_executor executor) {
  co_await sleep_until(executor, in(milliseconds(1)));
  throw std::runtime_error("boom");
}

Task<> wait_for(Wakeup* wakeup, int* woken) {
  const bool notified = co_await wakeup->wait(in(hours(1)));
  *woken += notified ? 1 : 0;
}

TEST(Spawn, TellsOfAnExceptionWithTheNameOfTheTask) {
  asio::io_context io;
  std::optional<Error> error;
  spawn(io.get_executor(), "reader", throw_after_a_wait(io.get_executor()),
        [&](std::optional<Error> what) { error = std::move(what); });
  io.run();
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, Code::kInternal);
  EXPECT_EQ(error->context, "reader: boom");
}

Task<> cancel_at_once(TaskGroup* group) {
  group->cancel();
  co_return;
}

TEST(TaskGroup, TaskThatCancelsItselfAndNeverWaitsEndsWithoutAnError) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  asio::post(io, [&] { group.spawn("reader", cancel_at_once(&group)); });
  EXPECT_NO_THROW(io.run());
  EXPECT_EQ(group.running(), 0U);
  EXPECT_FALSE(group.error().has_value());
}

TEST(Wakeup, WakesAllWhoWaitAndRemembersNothing) {
  asio::io_context io;
  Wakeup wakeup(io.get_executor());
  int woken = 0;
  wakeup.notify_all();
  TaskGroup group(io.get_executor());
  group.spawn("one", wait_for(&wakeup, &woken));
  group.spawn("two", wait_for(&wakeup, &woken));
  io.poll();
  EXPECT_EQ(woken, 0);
  wakeup.notify_all();
  io.restart();
  io.run();
  EXPECT_EQ(woken, 2);
}

TEST(Wakeup, SaysWhenTheDeadlinePassed) {
  asio::io_context io;
  Wakeup wakeup(io.get_executor());
  EXPECT_FALSE(run_value(io, wakeup.wait(in(milliseconds(5)))));
}

TEST(TaskGroup, JoinEndsWhenAllTasksHave) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  group.spawn("sleep", sleep_until(io.get_executor(), in(milliseconds(5))));
  EXPECT_TRUE(run_value(io, group.join(in(hours(1)))));
  EXPECT_EQ(group.running(), 0U);
}

TEST(TaskGroup, JoinGivesUpAtItsDeadline) {
  asio::io_context io;
  TaskGroup group(io.get_executor());
  group.spawn("sleep", sleep_until(io.get_executor(), in(hours(1))));
  EXPECT_FALSE(run_value(io, group.join(in(milliseconds(5)))));
  group.cancel();
  EXPECT_TRUE(run_value(io, group.join(in(hours(1)))));
}

TEST(TaskGroup, CancelEndsTasksWithoutAnError) {
  asio::io_context io;
  Wakeup wakeup(io.get_executor());
  int woken = 0;
  TaskGroup group(io.get_executor());
  group.spawn("waiter", wait_for(&wakeup, &woken));
  io.poll();
  group.cancel();
  EXPECT_TRUE(run_value(io, group.join(in(hours(1)))));
  EXPECT_FALSE(group.error().has_value());
  EXPECT_EQ(woken, 0);
}

/// Counts how many run at once.
struct Meter {
  std::size_t now = 0, most = 0;
  std::vector<std::size_t> order;
};

Task<> metered(asio::any_io_executor executor, Meter* meter, std::size_t index) {
  meter->most = std::max(meter->most, ++meter->now);
  meter->order.push_back(index);
  co_await sleep_until(executor, in(milliseconds(2)));
  --meter->now;
  if (index == 3) throw std::runtime_error("host 3 is cursed");
}

TEST(FanOut, RunsEachOnceInOrderAndNoMoreThanTheLimitAtOnce) {
  asio::io_context io;
  Meter meter;
  std::vector<std::size_t> failed;
  FanOut plan;
  plan.count = 20;
  plan.limit = 4;
  plan.work = [&](std::size_t i) { return metered(io.get_executor(), &meter, i); };
  plan.failed = [&](std::size_t i, const Error& error) {
    failed.push_back(i);
    EXPECT_EQ(error.context, "host 3 is cursed");
  };
  run_task(io, fan_out(io.get_executor(), std::move(plan)));
  EXPECT_EQ(meter.most, 4U);
  ASSERT_EQ(meter.order.size(), 20U);
  EXPECT_TRUE(std::is_sorted(meter.order.begin(), meter.order.end()));
  EXPECT_THAT(failed, testing::ElementsAre(3U));
}

TEST(FanOut, BeginsNoMoreWhenToldToStop) {
  asio::io_context io;
  Meter meter;
  FanOut plan;
  plan.count = 20;
  plan.limit = 1;
  plan.work = [&](std::size_t i) { return metered(io.get_executor(), &meter, i); };
  plan.failed = [](std::size_t, const Error&) {};
  plan.stop = [&] { return meter.order.size() == 2; };
  run_task(io, fan_out(io.get_executor(), std::move(plan)));
  EXPECT_THAT(meter.order, testing::ElementsAre(0U, 1U));
}

TEST(FanOut, DoesNothingForNobody) {
  asio::io_context io;
  FanOut plan;
  plan.work = [](std::size_t) -> Task<> { throw std::logic_error("there is nobody"); };
  run_task(io, fan_out(io.get_executor(), std::move(plan)));
}

TEST(HostLimit, StaysUnderTheLimitOfOpenFiles) {
  EXPECT_EQ(hosts_for_files(1024), 240U);
  EXPECT_EQ(hosts_for_files(64), 1U);
  EXPECT_EQ(hosts_at_once(0, 1'048'576), 64U);
  EXPECT_EQ(hosts_at_once(500, 1'048'576), 500U);
  EXPECT_EQ(hosts_at_once(500, 1024), 240U);
  EXPECT_EQ(hosts_at_once(1, 1024), 1U);
}

TEST(Interrupt, CallsThoseStillRegisteredOnce) {
  Interrupt interrupt;
  int called = 0;
  auto kept = interrupt.on_request([&] { ++called; });
  {
    const auto gone = interrupt.on_request([&] { called += 100; });
  }
  interrupt.request();
  interrupt.request();
  EXPECT_EQ(called, 1);
  EXPECT_TRUE(interrupt.requested());
}

}  // namespace
}  // namespace gannet::controller
