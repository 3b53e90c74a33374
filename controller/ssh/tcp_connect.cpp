#include "controller/ssh/tcp_connect.h"

#include <cstring>
#include <memory>

#include <netdb.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"

namespace gannet::controller {
namespace {

using asio::ip::tcp;
using Endpoints = std::vector<tcp::endpoint>;

std::string place(const std::string& address, std::uint16_t port) {
  return printable(address) + " port " + std::to_string(port);
}

Error no_answer(const std::string& where, std::chrono::milliseconds timeout) {
  return {Code::kTimeout, "connect to " + where + ": no answer within " + format_duration(timeout),
          "check that the host is up and that no firewall drops the port"};
}

Error connect_failed(const std::string& where, const boost::system::error_code& cause) {
  const std::string context = "connect to " + where + ": " + cause.message();
  if (cause == asio::error::no_descriptors) {
    return {Code::kIo, context, "raise the limit (ulimit -n) or lower -j"};
  }
  if (cause == asio::error::connection_refused) {
    return {Code::kUnreachable, context, "check that sshd runs there and listens on this port"};
  }
  return {Code::kUnreachable, context, "check the host's address and the network"};
}

Task<Result<Endpoints>> lookup(BlockingPool& pool, Resolver resolver, std::string address,
                               std::uint16_t port, std::chrono::milliseconds timeout) {
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(address, not_numeric);
  if (!not_numeric) {
    Endpoints one(1, tcp::endpoint(numeric, port));
    co_return one;
  }
  std::function<Result<Endpoints>()> work = [resolver, address, port] {
    return resolver(address, port);
  };
  std::optional<Result<Endpoints>> found = co_await pool.run(std::move(work), in(timeout));
  if (found) co_return std::move(*found);
  co_return fail(Code::kTimeout,
                 "look up " + printable(address) + ": no answer within " + format_duration(timeout),
                 "check the name servers of this machine, or give the host a numeric address");
}

/// A socket and the deadline of its connect; the timer's handler may outlive the coroutine.
struct Attempt {
  Attempt(const asio::any_io_executor& executor, DeadlineTime deadline)
      : socket(executor), timer(executor, deadline) {}
  tcp::socket socket;
  asio::steady_timer timer;
  bool done = false;
  bool expired = false;
};

/// Connects to one address. `fd` is set on success.
Task<boost::system::error_code> attempt(tcp::endpoint endpoint, DeadlineTime deadline,
                                        UniqueFd& fd) {
  const auto executor = co_await asio::this_coro::executor;
  const auto state = std::make_shared<Attempt>(executor, deadline);
  boost::system::error_code error;
  state->socket.open(endpoint.protocol(), error);
  if (error) co_return error;
  state->socket.non_blocking(true, error);
  state->socket.set_option(tcp::no_delay(true), error);
  state->timer.async_wait([state](const boost::system::error_code& cancelled) {
    if (cancelled || state->done) return;
    state->expired = true;
    boost::system::error_code ignored;
    state->socket.cancel(ignored);
  });
  co_await state->socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  state->done = true;
  state->timer.cancel();
  if (error && state->expired) co_return make_error_code(asio::error::timed_out);
  if (!error) fd.reset(state->socket.release());
  co_return error;
}

}  // namespace

Result<Endpoints> resolve_with_system(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(address.c_str(), nullptr, &hints, &list);
  if (code != 0) {
    const char* cause = code == EAI_SYSTEM ? "system error" : ::gai_strerror(code);
    return fail(Code::kUnreachable, "look up " + printable(address) + ": " + cause,
                "check the host's address in the inventory");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Endpoints result;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoint.port(port);
    result.push_back(endpoint);
  }
  return result;
}

Task<Result<UniqueFd>> tcp_connect(BlockingPool& pool, Resolver resolver, std::string address,
                                   std::uint16_t port, std::chrono::milliseconds timeout) {
  const DeadlineTime deadline = in(timeout);
  const std::string where = place(address, port);
  CO_TRY(const Endpoints endpoints,
         co_await lookup(pool, std::move(resolver), address, port, timeout));
  Error last = no_answer(where, timeout);
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) break;
    const auto share = (deadline - now) / static_cast<std::int64_t>(endpoints.size() - i);
    UniqueFd fd;
    const auto error = co_await attempt(endpoints[i], now + share, fd);
    if (!error) co_return std::move(fd);
    last =
        error == asio::error::timed_out ? no_answer(where, timeout) : connect_failed(where, error);
  }
  if (endpoints.size() > 1) {
    last.context += " (the last of " + std::to_string(endpoints.size()) + " addresses)";
  }
  co_return fail(std::move(last));
}

}  // namespace gannet::controller
