// Reaching a host: addresses, deadlines, servers that misbehave.
#include <thread>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "tests/integration/ssh_transport_fixture.h"
#include "tests/support/tcp_servers.h"

namespace gannet::controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::BadServer;
using test::CutProxy;

class SshConnectTest : public SshTransportTest {
 protected:
  SshConnectTest() {
    timeouts_.connect = milliseconds(300);
    timeouts_.handshake = milliseconds(300);
    timeouts_.authenticate = milliseconds(300);
  }

  /// Connects, expecting to fail within `limit`.
  Error error_of(const Target& target, std::chrono::milliseconds limit = seconds(5)) {
    const auto before = std::chrono::steady_clock::now();
    auto session = connect(target);
    EXPECT_LT(std::chrono::steady_clock::now() - before, limit);
    if (session) return {Code::kInternal, "it connected", ""};
    return session.error();
  }

  /// `server` behind a proxy on `port`.
  [[nodiscard]] Target target_behind(const test::SshServer& server, std::uint16_t port) {
    const std::string file = dir_ / ("proxy" + std::to_string(port));
    test::write_file(file, "[127.0.0.1]:" + std::to_string(port) + " " + server.host_key() + "\n");
    return target_at("127.0.0.1", port, file);
  }

  /// How many bytes a server sends in a handshake without a login.
  [[nodiscard]] std::size_t handshake_size(const test::SshServer& server) {
    const CutProxy probe(server.address(), server.port(), 1UL << 30U, CutProxy::Then::kSilence);
    ConnectTimeouts patient;
    const auto key = run(transport().fetch_host_key(target_behind(server, probe.port()), patient));
    EXPECT_TRUE(key) << key.error().context;
    return probe.forwarded();
  }

  /// After how many bytes of the server to fail: in the banner, the key exchange, the login.
  [[nodiscard]] std::vector<std::size_t> cuts(const test::SshServer& server) {
    const std::size_t all = handshake_size(server);
    return {1, 30, all / 4, all / 2, all - 30, all, all + 10};
  }

  [[nodiscard]] Target target_on(std::uint16_t port) {
    return target_at("127.0.0.1", port, dir_ / "none");
  }
};

TEST_F(SshConnectTest, SaysThatTheConnectionWasRefused) {
  const test::RefusedPort port;
  const Error error = error_of(target_on(port.port()));
  EXPECT_EQ(error.code, Code::kUnreachable);
  EXPECT_EQ(error.context,
            "connect to 127.0.0.1 port " + std::to_string(port.port()) + ": Connection refused");
  EXPECT_EQ(error.hint, "check that sshd runs there and listens on this port");
}

TEST_F(SshConnectTest, GivesUpOnASilentServerNamingTheBanner) {
  const BadServer server(BadServer::Manner::kSilent);
  const Error error = error_of(target_on(server.port()));
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.context, "no SSH banner within 300ms");
  EXPECT_NE(error.hint, "");
}

TEST_F(SshConnectTest, GivesUpOnAServerThatStopsAfterItsBanner) {
  const BadServer server(BadServer::Manner::kBannerOnly);
  const Error error = error_of(target_on(server.port()));
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.context, "the key exchange did not finish within 300ms");
}

TEST_F(SshConnectTest, TellsAServerThatClosesFromOneThatIsSilent) {
  const BadServer server(BadServer::Manner::kClose);
  const Error error = error_of(target_on(server.port()));
  EXPECT_EQ(error.code, Code::kDisconnected);
  EXPECT_TRUE(error.context.starts_with("the host closed the connection before it sent its SSH"))
      << error.context;
  EXPECT_NE(error.hint.find("MaxStartups"), std::string::npos);
}

TEST_F(SshConnectTest, TellsAServerThatClosesAfterItsBanner) {
  const BadServer server(BadServer::Manner::kBannerAndClose);
  const Error error = error_of(target_on(server.port()));
  EXPECT_EQ(error.code, Code::kDisconnected);
  EXPECT_TRUE(error.context.starts_with("the host closed the connection during the key exchange"))
      << error.context;
}

TEST_F(SshConnectTest, ReportsMaxStartupsAsADisconnection) {
  test::SshServerOptions options;
  options.max_startups = "1";
  const test::SshServer server(options);
  timeouts_.handshake = seconds(10);
  test::RefusedPort unused;
  // A client that connects and says nothing fills the one place there is.
  boost::asio::ip::tcp::socket idle(io_);
  idle.connect({asio::ip::make_address(server.address()), server.port()});
  test::wait_until("sshd to take the idle client",
                   [&] { return server.log().find("Connection from") != std::string::npos; });
  const Error error = error_of(target_for(server));
  EXPECT_EQ(error.code, Code::kDisconnected) << error.context;
}

TEST_F(SshConnectTest, EndsAtTheDeadlineWhereverTheLineGoesDead) {
  const test::SshServer server;
  for (const std::size_t bytes : cuts(server)) {
    const CutProxy proxy(server.address(), server.port(), bytes, CutProxy::Then::kSilence);
    const Target target = target_behind(server, proxy.port());
    const Error error = error_of(target, seconds(3));
    EXPECT_EQ(error.code, Code::kTimeout) << bytes << ": " << error.context;
  }
}

TEST_F(SshConnectTest, NamesTheLoginWhenTheServerHangsInIt) {
  const test::SshServer server;
  timeouts_.handshake = seconds(10);
  const std::size_t key_exchange = handshake_size(server);
  const CutProxy proxy(server.address(), server.port(), key_exchange, CutProxy::Then::kSilence);
  const Target target = target_behind(server, proxy.port());
  const Error error = error_of(target);
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.context, "no answer to the login with " + test::client_key() + " within 300ms");
}

TEST_F(SshConnectTest, ReportsAResetAtAnyPointAsADisconnection) {
  const test::SshServer server;
  timeouts_.handshake = timeouts_.authenticate = seconds(10);
  for (const std::size_t bytes : cuts(server)) {
    const CutProxy proxy(server.address(), server.port(), bytes, CutProxy::Then::kReset);
    const Target target = target_behind(server, proxy.port());
    const Error error = error_of(target, seconds(3));
    EXPECT_EQ(error.code, Code::kDisconnected) << bytes << ": " << error.context;
  }
}

TEST_F(SshConnectTest, TriesTheNextAddressWhenTheFirstIsDead) {
  const test::SshServer server;
  timeouts_.connect = seconds(2);
  timeouts_.handshake = timeouts_.authenticate = seconds(10);
  Target target = target_for(server);
  target.address = "twins.test";
  test::write_file(dir_ / "names", "[twins.test]:" + std::to_string(server.port()) + " " +
                                       server.host_key() + "\n");
  target.known_hosts_files = {dir_ / "names"};
  // 203.0.113.0/24 is for documentation: nobody answers there, or the network refuses at once.
  transport().resolve_with([&](const std::string& name) {
    EXPECT_EQ(name, "twins.test");
    std::vector<SshTransport::Address> addresses(2);
    addresses[0].ip = "203.0.113.1";
    addresses[1].ip = server.address();
    return addresses;
  });
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshConnectTest, TriesTheNextAddressWhenTheFirstRefuses) {
  const test::SshServer server;
  const test::RefusedPort refused("127.0.0.9");
  timeouts_.handshake = timeouts_.authenticate = seconds(10);
  Target target = target_for(server);
  target.address = "twins.test";
  test::write_file(dir_ / "names", "[twins.test]:" + std::to_string(server.port()) + " " +
                                       server.host_key() + "\n");
  target.known_hosts_files = {dir_ / "names"};
  transport().resolve_with([&](const std::string&) {
    std::vector<SshTransport::Address> addresses(2);
    addresses[0] = {"127.0.0.9", refused.port()};
    addresses[1] = {server.address(), server.port()};
    return addresses;
  });
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshConnectTest, DoesNotWaitForANameServerThatHangs) {
  transport().resolve_with([](const std::string&) {
    std::this_thread::sleep_for(seconds(2));  // as getaddrinfo does
    return std::vector<SshTransport::Address>();
  });
  Target target = target_on(22);
  target.address = "slow.test";
  const Error error = error_of(target, milliseconds(1500));
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.context, "look up slow.test: no answer within 300ms");
}

TEST_F(SshConnectTest, NamesAHostThatDoesNotExist) {
  timeouts_.connect = seconds(10);
  Target target = target_on(22);
  target.address = "no-such-host.invalid";
  const Error error = error_of(target, seconds(11));
  EXPECT_TRUE(error.context.starts_with("look up no-such-host.invalid: ")) << error.context;
}

TEST_F(SshConnectTest, LogsInOnFiftyServersAtOnce) {
  const auto fleet = test::SshServer::start_fleet(50);
  timeouts_ = ConnectTimeouts{seconds(20), seconds(30), seconds(30)};
  int running = 0;
  int exits = 0;
  for (const auto& server : fleet) {
    const Target target = target_for(*server);
    const auto one = [](SshTransport& transport, Target to, ConnectTimeouts timeouts,
                        int code) -> Task<Result<bool>> {
      CO_TRY(const auto session, co_await transport.connect(to, timeouts));
      CO_TRY(const Ran ran, co_await run_on(*session, "exit " + std::to_string(code)));
      co_return ran.status.code == code;
    };
    ++running;
    asio::co_spawn(io_, one(transport(), target, timeouts_, running),
                   [&](const std::exception_ptr& error, Result<bool> good) {
                     --running;
                     EXPECT_FALSE(error);
                     EXPECT_TRUE(good) << good.error().context;
                     if (good && *good) ++exits;
                   });
  }
  while (running > 0 && io_.run_one() > 0) {
  }
  EXPECT_EQ(exits, 50);
}

}  // namespace
}  // namespace gannet::controller
