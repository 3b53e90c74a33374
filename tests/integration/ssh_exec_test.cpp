// Programs on a host over one real SSH session.
#include <algorithm>
#include <span>
#include <vector>

#include "base/hash.h"
#include "tests/integration/ssh_transport_fixture.h"

namespace gannet::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMiB = 1024UL * 1024;

/// Bytes that no compression or shift leaves unnoticed.
std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t x = 2463534242U;
  for (auto& b : bytes) {
    x ^= x << 13U;
    x ^= x >> 17U;
    x ^= x << 5U;
    b = static_cast<std::byte>(x);
  }
  return bytes;
}

Task<Result<>> send_all(Channel& channel, std::span<const std::byte> bytes) {
  const DeadlineTime deadline = in(seconds(60));
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kMiB));
    CO_TRY_VOID(co_await channel.write(piece, deadline));
    bytes = bytes.subspan(piece.size());
  }
  CO_TRY_VOID(co_await channel.write_eof(deadline));
  co_return Result<>();
}

/// Writes without end; `pieces` counts what went through.
Task<Result<>> send_for_ever(Channel& channel, int& pieces) {
  const auto piece = pattern(kMiB);
  for (;;) {
    CO_TRY_VOID(co_await channel.write(piece, in(seconds(60))));
    ++pieces;
  }
}

Task<Result<Digest>> digest_of(Channel& channel) {
  Sha256 hash;
  std::vector<std::byte> buffer(256UL * 1024);
  for (;;) {
    CO_TRY(const std::size_t got, co_await channel.read(buffer, in(seconds(60))));
    if (got == 0) co_return hash.finish();
    hash.update(std::span(buffer).first(got));
  }
}

class SshExecTest : public SshTransportTest {
 protected:
  void SetUp() override {
    auto session = connect(target_for(server_));
    ASSERT_TRUE(session) << session.error().context;
    session_ = std::move(*session);
  }

  [[nodiscard]] std::unique_ptr<Channel> exec(const std::string& command) {
    auto channel = run(session_->exec(command, in(seconds(10))));
    if (!channel) throw std::runtime_error(channel.error().context);
    return std::move(*channel);
  }

  /// Starts a coroutine beside others; `running` counts those that have not ended.
  template <class T>
  void start(Task<Result<T>> task, Result<T>& result, int& running) {
    ++running;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, Result<T> value) {
      --running;
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
  }

  void run_all(const int& running) {
    while (running > 0 && io_.run_one() > 0) {
    }
    io_.restart();
  }

  test::SshServer server_;
  std::unique_ptr<Session> session_;
};

TEST_F(SshExecTest, ReturnsOutputErrorsAndExitCode) {
  const auto ran = run(run_on(*session_, "echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(ran) << ran.error().context;
  EXPECT_EQ(ran->output, "out\n");
  EXPECT_EQ(ran->errors, "err\n");
  EXPECT_EQ(ran->status.code, 7);
  EXPECT_EQ(ran->status.signal, "");
}

TEST_F(SshExecTest, RunsManyCommandsOneAfterTheOther) {
  for (int i = 0; i < 20; ++i) {
    const auto ran = run(run_on(*session_, "exit " + std::to_string(i)));
    ASSERT_TRUE(ran) << ran.error().context;
    EXPECT_EQ(ran->status.code, i);
  }
}

TEST_F(SshExecTest, NamesTheSignalAProgramDiedOf) {
  const auto ran = run(run_on(*session_, "kill -KILL $$"));
  ASSERT_TRUE(ran) << ran.error().context;
  EXPECT_EQ(ran->status.signal, "KILL");
  EXPECT_EQ(ran->status.code, -1);
}

TEST_F(SshExecTest, EchoesSixtyFourMebibytesBothWaysAtOnce) {
  const auto bytes = pattern(64 * kMiB);
  const auto channel = exec("cat");
  Result<> sent = fail(Code::kInternal, "not run");
  Result<Digest> received = fail(Code::kInternal, "not run");
  int running = 0;
  start(send_all(*channel, bytes), sent, running);
  start(digest_of(*channel), received, running);
  run_all(running);
  ASSERT_TRUE(sent) << sent.error().context;
  ASSERT_TRUE(received) << received.error().context;
  EXPECT_EQ(received->hex(), sha256(bytes).hex());
}

TEST_F(SshExecTest, ServesTwoChannelsOfOneSessionAtOnce) {
  const auto bytes = pattern(8 * kMiB);
  const auto one = exec("cat");
  const auto two = exec("cat");
  Result<> sent[2];
  Result<Digest> received[2];
  int running = 0;
  start(send_all(*one, bytes), sent[0], running);
  start(send_all(*two, bytes), sent[1], running);
  start(digest_of(*one), received[0], running);
  start(digest_of(*two), received[1], running);
  run_all(running);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(sent[i]) << sent[i].error().context;
    ASSERT_TRUE(received[i]) << received[i].error().context;
    EXPECT_EQ(received[i]->hex(), sha256(bytes).hex());
  }
}

// What one call takes off the socket may be another channel's: libssh keeps it where epoll cannot
// see it. `quiet` must get its line although only `busy` made libssh read.
TEST_F(SshExecTest, WakesAReaderWhoseDataAnotherChannelTookIn) {
  const auto quiet = exec("read x; echo answer; sleep 1000");
  const auto busy = exec("cat");
  Result<std::size_t> answer = fail(Code::kInternal, "not run");
  std::vector<std::byte> buffer(64);
  int running = 0;
  start(quiet->read(buffer, in(seconds(20))), answer, running);
  io_.poll();  // the reader of `quiet` now waits
  const std::string line = "go\n";
  const auto go = std::as_bytes(std::span(line));
  ASSERT_TRUE(run(quiet->write(go, in(seconds(5)))));
  const auto bytes = pattern(kMiB);
  Result<> sent = fail(Code::kInternal, "not run");
  Result<Digest> received = fail(Code::kInternal, "not run");
  start(send_all(*busy, bytes), sent, running);
  start(digest_of(*busy), received, running);
  run_all(running);
  ASSERT_TRUE(received) << received.error().context;
  ASSERT_TRUE(answer) << answer.error().context;
  EXPECT_EQ(*answer, 7U);
}

// Everything a host sent is in libssh's buffer after the first small read: the descriptor is
// drained, and a wait for it would last for ever.
TEST_F(SshExecTest, ReadsWhatLibsshHasBufferedWithoutWaitingForTheSocket) {
  const auto channel = exec("printf 0123456789");
  ASSERT_TRUE(run(channel->wait_exit(in(seconds(10)))));
  std::string text;
  for (int i = 0; i < 10; ++i) {
    std::byte one{};
    const auto got = run(channel->read(std::span(&one, 1), in(seconds(5))));
    ASSERT_TRUE(got) << got.error().context;
    ASSERT_EQ(*got, 1U);
    text += static_cast<char>(one);
  }
  EXPECT_EQ(text, "0123456789");
  std::byte one{};
  EXPECT_EQ(run(channel->read(std::span(&one, 1), in(seconds(5)))).value_or(99), 0U);
}

TEST_F(SshExecTest, TakesAMebibyteOfNoiseOnBothStreams) {
  const auto ran = run(run_on(*session_,
                              "head -c 1048576 /dev/zero | tr '\\0' n >&2;"
                              "head -c 1048576 /dev/zero | tr '\\0' o; echo end >&2"));
  ASSERT_TRUE(ran) << ran.error().context;
  EXPECT_EQ(ran->output.size(), kMiB);
  EXPECT_EQ(ran->errors.size(), 64UL * 1024);
  EXPECT_TRUE(ran->errors.ends_with("nend\n"));
}

TEST_F(SshExecTest, MakesStderrSafeForATerminal) {
  const auto ran = run(run_on(*session_, "printf 'a\\033[2Jb' >&2"));
  ASSERT_TRUE(ran) << ran.error().context;
  EXPECT_EQ(ran->errors, "a\\x1b[2Jb");
}

TEST_F(SshExecTest, WaitsForStderrUntilThereIsSomeOrTheDeadline) {
  const auto channel = exec("read x; echo late >&2; sleep 1000");
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(run(channel->wait_stderr(in(milliseconds(100)))));
  EXPECT_GE(std::chrono::steady_clock::now() - before, milliseconds(100));
  EXPECT_EQ(channel->take_stderr(), "");
  const std::string line = "go\n";
  const auto go = std::as_bytes(std::span(line));
  ASSERT_TRUE(run(channel->write(go, in(seconds(5)))));
  ASSERT_TRUE(run(channel->wait_stderr(in(seconds(10)))));
  EXPECT_EQ(channel->take_stderr(), "late\n");
}

TEST_F(SshExecTest, ReadGivesUpAtItsDeadline) {
  const auto channel = exec("sleep 1000");
  std::byte one{};
  const auto got = run(channel->read(std::span(&one, 1), in(milliseconds(50))));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kTimeout);
  EXPECT_EQ(got.error().context, "the host sends nothing");
}

TEST_F(SshExecTest, WriteGivesUpAtItsDeadlineWhenTheProgramDoesNotRead) {
  const auto channel = exec("sleep 1000");
  const auto bytes = pattern(16 * kMiB);
  const auto sent = run(channel->write(bytes, in(milliseconds(500))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kTimeout);
}

TEST_F(SshExecTest, WriteToAProgramThatEndedFails) {
  const auto channel = exec("true");
  ASSERT_TRUE(run(channel->wait_exit(in(seconds(10)))));
  const auto bytes = pattern(4 * kMiB);
  const auto sent = run(channel->write(bytes, in(seconds(5))));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kDisconnected);
}

TEST_F(SshExecTest, ReportsALostConnectionPromptlyToReaderAndWriter) {
  const auto channel = exec("cat >/dev/null");
  Result<> sent;
  Result<Digest> received;
  int running = 0;
  int pieces = 0;
  start(send_for_ever(*channel, pieces), sent, running);
  start(digest_of(*channel), received, running);
  while (pieces < 3 && running == 2) io_.run_one();
  server_.stop();
  const auto before = std::chrono::steady_clock::now();
  run_all(running);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(5));
  ASSERT_FALSE(sent);
  ASSERT_FALSE(received);
  EXPECT_EQ(sent.error().code, Code::kDisconnected) << sent.error().context;
  EXPECT_EQ(received.error().code, Code::kDisconnected) << received.error().context;
}

TEST_F(SshExecTest, ClosesWithoutWaitingForAHostThatStandsStill) {
  const auto channel = exec("sleep 1000");
  server_.pause();
  const auto before = std::chrono::steady_clock::now();
  session_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(5));
  std::byte one{};
  const auto got = run(channel->read(std::span(&one, 1), in(seconds(5))));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::kDisconnected);
  server_.resume();
}

TEST_F(SshTransportTest, SaysThatTheServerRefusesFurtherChannels) {
  test::SshServerOptions options;
  options.config_lines = {"MaxSessions 1"};
  const test::SshServer server(options);
  auto session = connect(target_for(server));
  ASSERT_TRUE(session) << session.error().context;
  auto first = run((*session)->exec("sleep 1000", in(seconds(10))));
  ASSERT_TRUE(first) << first.error().context;
  const auto second = run((*session)->exec("true", in(seconds(10))));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnreachable);
  EXPECT_TRUE(second.error().context.starts_with("opening a channel: ")) << second.error().context;
}

}  // namespace
}  // namespace gannet::controller
