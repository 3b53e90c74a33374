// What the tests of the transport share: a loop, a target for a server, and running coroutines.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "controller/ssh/ssh_transport.h"
#include "tests/support/ssh_server.h"

namespace gannet::controller {

class SshTransportTest : public ::testing::Test {
 protected:
  SshTransportTest() : no_agent_("SSH_AUTH_SOCK", nullptr), home_("HOME", dir_.path().c_str()) {}

  /// A login on `server` with the shared client key and its host keys known.
  [[nodiscard]] Target target_for(const test::SshServer& server) {
    const std::string file = dir_ / ("known_hosts" + std::to_string(++files_));
    test::write_file(file, server.known_hosts());
    return target_at(server.address(), server.port(), file);
  }

  [[nodiscard]] static Target target_at(const std::string& address, std::uint16_t port,
                                        const std::string& known_hosts) {
    Target target;
    target.name = "pi-1";
    target.address = address;
    target.port = port;
    target.user = test::current_user();
    target.identity_files = {test::client_key()};
    target.known_hosts_files = {known_hosts};
    return target;
  }

  /// Runs a coroutine to its end on the loop; rethrows what it throws.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr thrown;
    asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error, T value) {
      thrown = error;
      result.emplace(std::move(value));
    });
    while (!result && io_.run_one() > 0) {
    }
    io_.restart();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }

  [[nodiscard]] SshTransport& transport() {
    if (!transport_) transport_.emplace(io_.get_executor(), options_);
    return *transport_;
  }

  [[nodiscard]] Result<std::unique_ptr<Session>> connect(const Target& target) {
    return run(transport().connect(target, timeouts_));
  }

  asio::io_context io_;
  test::TempDir dir_;
  test::ScopedEnv no_agent_;
  test::ScopedEnv home_;  ///< without keys and known_hosts
  SshTransportOptions options_;
  ConnectTimeouts timeouts_;
  std::optional<SshTransport> transport_;
  int files_ = 0;
};

/// All that a program prints until the end of its stdout.
inline Task<Result<std::string>> read_all(Channel& channel, DeadlineTime deadline) {
  std::string text;
  std::string buffer(64UL * 1024, '\0');
  for (;;) {
    const auto bytes = std::as_writable_bytes(std::span(buffer));
    CO_TRY(const std::size_t got, co_await channel.read(bytes, deadline));
    if (got == 0) co_return text;
    text.append(buffer, 0, got);
  }
}

struct Ran {
  std::string output;
  std::string errors;
  ExitStatus status;
};

/// Runs a command to its end, with nothing on its stdin.
inline Task<Result<Ran>> run_on(Session& session, std::string command) {
  const DeadlineTime deadline = in(std::chrono::seconds(30));
  CO_TRY(std::unique_ptr<Channel> channel, co_await session.exec(std::move(command), deadline));
  CO_TRY_VOID(co_await channel->write_eof(deadline));
  Ran ran;
  CO_TRY(ran.output, co_await read_all(*channel, deadline));
  CO_TRY(ran.status, co_await channel->wait_exit(deadline));
  ran.errors = channel->take_stderr();
  co_return ran;
}

}  // namespace gannet::controller
