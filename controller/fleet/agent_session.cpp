#include "controller/fleet/agent_session.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

constexpr int kRetries = 3;
constexpr auto kFirstBackoff = std::chrono::milliseconds(150);
constexpr auto kStartTimeout = std::chrono::seconds(20);  // exec, sudo's password
constexpr std::size_t kPiece = 256UL * 1024UL;            // bytes of one write
constexpr std::size_t kKeptOutput = 64UL * 1024UL;

void report(const AgentAccess& access, std::string_view phase) {
  if (access.phase) access.phase(phase);
}

/// Doubles with each attempt; up to half as much again, so that a fleet does not knock in step.
std::chrono::milliseconds backoff(int attempt) {
  std::random_device device;
  const auto base = kFirstBackoff * (1 << attempt);
  return base + std::chrono::milliseconds(device() % static_cast<unsigned>(base.count() / 2));
}

Task<Result<std::shared_ptr<Session>>> connect(AgentAccess* access) {
  const auto executor = co_await asio::this_coro::executor;
  for (int attempt = 0;; ++attempt) {
    auto session = co_await access->transport->connect(access->target, access->timeouts);
    if (session) co_return std::shared_ptr<Session>(std::move(*session));
    if (session.error().code != Code::kDisconnected || attempt == kRetries) {
      Error error = std::move(session.error());
      if (error.code == Code::kDisconnected && error.hint.empty())
        error.hint = "too many connections at once? see MaxStartups in sshd_config, or use -j";
      co_return fail(std::move(error));
    }
    co_await sleep_until(executor, in(backoff(attempt)));
  }
}

/// Reads all the program prints and waits for its end.
Task<Result<int>> finish(Channel* channel, std::string* printed, DeadlineTime deadline) {
  std::array<std::byte, 4096> buffer{};
  for (;;) {
    CO_TRY(const std::size_t got, co_await channel->read(buffer, deadline));
    if (got == 0) break;
    printed->append(reinterpret_cast<const char*>(buffer.data()), got);
    if (printed->size() > kKeptOutput) printed->erase(0, printed->size() - kKeptOutput);
  }
  CO_TRY(const ExitStatus status, co_await channel->wait_exit(deadline));
  co_return status.code;
}

Task<Result<>> send_all(Channel* channel, std::string_view content,
                        std::chrono::milliseconds silence) {
  while (!content.empty()) {
    const auto piece = content.substr(0, kPiece);
    CO_TRY_VOID(co_await channel->write(std::as_bytes(std::span(piece)), in(silence)));
    content.remove_prefix(piece.size());
  }
  co_return co_await channel->write_eof(in(silence));
}

Task<Result<>> install(AgentAccess* access, std::shared_ptr<Session> session,
                       BootstrapAnswer wanted) {
  if (!access->state_dir.empty() && wanted.state_dir != access->state_dir) {
    co_return fail(Code::kNoAgent, "the host wants its agent in " + printable(wanted.state_dir) +
                                       " instead of " + printable(access->state_dir));
  }
  CO_TRY(const AgentBinary* agent, access->agents->for_machine(wanted.machine));
  report(*access, "upload agent, " + format_size(agent->size));
  CO_TRY(const std::shared_ptr<const std::string> content, access->agents->content(*agent));
  ShellScript script = install_script(*agent, wanted.state_dir, random_hex(8));
  CO_TRY(std::unique_ptr<Channel> channel,
         co_await run_script(session, std::move(script), access->privilege, in(kStartTimeout)));
  // A write error is explained by what the script says: out of space, read-only, ...
  auto sent = co_await send_all(channel.get(), *content, access->silence);
  std::string printed;
  auto code = co_await finish(channel.get(), &printed, in(access->silence));
  if (!code) co_return fail((sent ? code.error() : sent.error()));
  co_return explain_install(*code, printed, channel->take_stderr(), wanted.state_dir);
}

/// What a failed start means, when the bootstrap script had no word for it.
Error explain_start(const AgentAccess& access, const AgentLink& link, Error error) {
  if (access.privilege.sudo) {
    if (auto sudo = explain_sudo(link.stderr_text())) return std::move(*sudo);
  }
  const bool noexec = link.exit_status() && link.exit_status()->code == 126;
  if (noexec && link.stderr_text().find("ermission denied") != std::string::npos) {
    error.code = Code::kPermission;
    error.hint = "is its file system mounted noexec? set state_dir: of this host to another one";
  } else if (error.hint.empty() && error.code == Code::kNoAgent) {
    error.hint = "look at what the login shell prints: ssh " + access.target.address + " true";
  }
  return error;
}

Error noexec_error(const std::string& agent) {
  return {Code::kPermission,
          "cannot run " + printable(agent) + ": Permission denied (file system mounted noexec?)",
          "set state_dir: of this host to a folder on a file system that allows programs"};
}

/// One exec. nullopt: the agent has to be installed first, see `wanted`.
Task<Result<std::shared_ptr<AgentLink>>> start(AgentAccess* access,
                                               std::shared_ptr<Session> session,
                                               std::optional<BootstrapAnswer>* wanted) {
  const auto executor = co_await asio::this_coro::executor;
  wanted->reset();
  ShellScript script = start_script(*access->agents, access->state_dir);
  CO_TRY(std::unique_ptr<Channel> channel,
         co_await run_script(session, std::move(script), access->privilege, in(kStartTimeout)));
  AgentLink::Options options;
  options.silence = access->silence;
  auto link = AgentLink::create(executor, session, std::move(channel), options);
  auto started = co_await link->start();
  if (started) co_return link;
  if (started.error().code == Code::kNoAgent) *wanted = parse_bootstrap(link->preamble());
  Error error = explain_start(*access, *link, std::move(started.error()));
  if (*wanted && !(*wanted)->noexec.empty()) {
    error = noexec_error((*wanted)->noexec);
    wanted->reset();
  }
  co_return fail(std::move(error));
}

void greet(const AgentAccess& access, AgentLink& link) {
  protocol::Hello hello = access.hello;
  hello.min_version = protocol::kMinVersion;
  hello.max_version = protocol::kMaxVersion;
  hello.wall_ms = wall_ms();
  link.greet(hello);
}

}  // namespace

LinkHolder& LinkHolder::operator=(LinkHolder&& other) noexcept {
  if (this == &other) return *this;
  if (link_) link_->abort();
  link_ = std::move(other.link_);
  return *this;
}

LinkHolder::~LinkHolder() {
  if (link_) link_->abort();
}

Task<Result<LinkHolder>> open_agent(AgentAccess access) {
  report(access, "connect");
  CO_TRY(const std::shared_ptr<Session> session, co_await connect(&access));
  report(access, "start agent");
  std::optional<BootstrapAnswer> wanted;
  auto link = co_await start(&access, session, &wanted);
  if (!link && wanted) {
    CO_TRY_VOID(co_await install(&access, session, *wanted));
    link = co_await start(&access, session, &wanted);
    if (!link && wanted) {
      co_return fail(
          Code::kCorrupt,
          "the agent was installed in " + printable(wanted->state_dir) + " but is not there",
          "look for what removes files from " + printable(wanted->state_dir));
    }
  }
  if (!link) co_return fail(std::move(link.error()));
  greet(access, **link);
  co_return LinkHolder(std::move(*link));
}

}  // namespace gannet::controller
