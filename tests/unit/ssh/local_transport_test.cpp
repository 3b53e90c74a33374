#include "controller/ssh/local_transport.h"

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace gannet::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LocalTransportTest : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    while (!result && io_.run_one() > 0) {
    }
    io_.restart();
    return std::move(*result);
  }

  std::unique_ptr<Channel> exec(const std::string& command) {
    LocalTransport transport(options_);
    auto session = run(transport.connect(Target(), ConnectTimeouts()));
    auto channel = run((*session)->exec(command, in(seconds(5))));
    if (!channel) throw std::runtime_error(channel.error().context);
    return std::move(*channel);
  }

  std::string read_all(Channel& channel) {
    std::string text;
    std::vector<std::byte> buffer(4096);
    for (;;) {
      const auto got = run(channel.read(buffer, in(seconds(10))));
      if (!got) throw std::runtime_error(got.error().context);
      if (*got == 0) return text;
      text.append(reinterpret_cast<const char*>(buffer.data()), *got);
    }
  }

  asio::io_context io_;
  LocalTransportOptions options_;
};

TEST_F(LocalTransportTest, ReturnsOutputErrorsAndExitCode) {
  options_.environment["GANNET_TEST_X"] = "a value";
  const auto channel = exec("echo \"$GANNET_TEST_X\"; echo err >&2; exit 3");
  EXPECT_EQ(read_all(*channel), "a value\n");
  const auto exit = run(channel->wait_exit(in(seconds(10))));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->code, 3);
  EXPECT_EQ(channel->take_stderr(), "err\n");
}

TEST_F(LocalTransportTest, NamesTheSignal) {
  const auto channel = exec("kill -TERM $$");
  const auto exit = run(channel->wait_exit(in(seconds(10))));
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->signal, "TERM");
  EXPECT_EQ(exit->code, -1);
}

TEST_F(LocalTransportTest, PassesInputUntilItsEnd) {
  const auto channel = exec("tr a-z A-Z");
  const std::string text = "hello";
  ASSERT_TRUE(run(channel->write(std::as_bytes(std::span(text)), in(seconds(5)))));
  ASSERT_TRUE(run(channel->write_eof(in(seconds(5)))));
  EXPECT_EQ(read_all(*channel), "HELLO");
}

TEST_F(LocalTransportTest, GivesUpAtDeadlines) {
  const auto channel = exec("sleep 1000");
  std::byte one{};
  const auto got = run(channel->read(std::span(&one, 1), in(milliseconds(20))));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTimeout);
  const std::vector<std::byte> much(1UL << 20U);
  const auto sent = run(channel->write(much, in(milliseconds(20))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kTimeout);
  const auto exit = run(channel->wait_exit(in(milliseconds(20))));
  ASSERT_FALSE(exit);
  EXPECT_EQ(exit.error().code, Code::kTimeout);
  EXPECT_TRUE(run(channel->wait_stderr(in(milliseconds(20)))));
}

TEST_F(LocalTransportTest, WriteToAProgramThatEndedFails) {
  const auto channel = exec("exec <&-; exit 0");
  ASSERT_TRUE(run(channel->wait_exit(in(seconds(10)))));
  const std::vector<std::byte> bytes(10);
  const auto sent = run(channel->write(bytes, in(seconds(5))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kDisconnected);
}

}  // namespace
}  // namespace gannet::controller
