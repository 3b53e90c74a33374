#include "controller/ssh/ssh_transport.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "controller/ssh/authenticate.h"
#include "controller/ssh/blocking_pool.h"
#include "controller/ssh/host_keys.h"
#include "controller/ssh/key_ring.h"
#include "controller/ssh/ssh_channel.h"
#include "controller/ssh/ssh_handshake.h"

namespace gannet::controller {
namespace {

class SshSession final : public Session {
 public:
  explicit SshSession(std::shared_ptr<SshCore> core) : core_(std::move(core)) {}
  SshSession(const SshSession&) = delete;
  SshSession& operator=(const SshSession&) = delete;
  ~SshSession() override { core_->close(); }

  [[nodiscard]] Task<Result<std::unique_ptr<Channel>>> exec(std::string command,
                                                            DeadlineTime deadline) override {
    auto channel = co_await SshChannel::open(core_, std::move(command), deadline);
    co_return channel;
  }

 private:
  std::shared_ptr<SshCore> core_;
};

/// Closes a connection that is given up before anybody owns it.
class CloseUnlessKept {
 public:
  explicit CloseUnlessKept(std::shared_ptr<SshCore> core) : core_(std::move(core)) {}
  CloseUnlessKept(const CloseUnlessKept&) = delete;
  CloseUnlessKept& operator=(const CloseUnlessKept&) = delete;
  ~CloseUnlessKept() {
    if (core_) core_->close();
  }
  std::shared_ptr<SshCore> keep() { return std::move(core_); }

 private:
  std::shared_ptr<SshCore> core_;
};

std::string agent_socket(const SshTransportOptions& options) {
  if (options.agent_socket) return *options.agent_socket;
  const char* value = std::getenv("SSH_AUTH_SOCK");
  return value == nullptr ? std::string() : std::string(value);
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

struct SshTransport::State {
  State(asio::any_io_executor executor, SshTransportOptions settings)
      : options(std::move(settings)),
        pool(std::move(executor)),
        keys(pool, options.ask_secret, agent_socket(options)) {}

  [[nodiscard]] Task<Result<Handshaken>> open(Target target, ConnectTimeouts timeouts,
                                              std::vector<std::string> key_types);
  [[nodiscard]] Task<Result<Handshaken>> open_with_known_key(
      Target target, ConnectTimeouts timeouts, std::shared_ptr<const KnownHosts> known);

  SshTransportOptions options;
  BlockingPool pool;
  KeyRing keys;
  Resolver resolver = &resolve_with_system;
  std::map<std::vector<std::string>, std::shared_ptr<const KnownHosts>> known_hosts;
};

SshTransport::SshTransport(asio::any_io_executor executor, SshTransportOptions options)
    : state_(std::make_unique<State>(std::move(executor), std::move(options))) {
  std::signal(SIGPIPE, SIG_IGN);  // libssh writes to sockets that the host may have closed
}

SshTransport::~SshTransport() = default;

Result<std::shared_ptr<const KnownHosts>> SshTransport::known_hosts(
    const std::vector<std::string>& files) {
  auto& index = state_->known_hosts[files];
  if (index) return index;
  TRY(KnownHosts loaded, KnownHosts::load(files));
  index = std::make_shared<const KnownHosts>(std::move(loaded));
  if (state_->options.warn) {
    for (const auto& problem : index->problems()) state_->options.warn(problem);
  }
  return index;
}

void SshTransport::resolve_with(TestResolver resolver) {
  state_->resolver = [resolver = std::move(resolver)](const std::string& name, std::uint16_t port) {
    std::vector<asio::ip::tcp::endpoint> result;
    for (const Address& address : resolver(name)) {
      const std::uint16_t at = address.port == 0 ? port : address.port;
      result.emplace_back(asio::ip::make_address(address.ip), at);
    }
    return Result<std::vector<asio::ip::tcp::endpoint>>(std::move(result));
  };
}

Task<Result<Handshaken>> SshTransport::State::open(Target target, ConnectTimeouts timeouts,
                                                   std::vector<std::string> key_types) {
  HandshakeSettings settings;
  settings.key_exchange = options.key_exchange;
  settings.ciphers = options.ciphers;
  settings.host_key_algorithms = host_key_algorithms(key_types);
  auto result = co_await shake_hands(pool, resolver, target, timeouts, settings);
  co_return result;
}

Task<Result<Handshaken>> SshTransport::State::open_with_known_key(
    Target target, ConnectTimeouts timeouts, std::shared_ptr<const KnownHosts> known) {
  std::vector<std::string> types = known->likely_types(target.address, target.port);
  CO_TRY(Handshaken first, co_await open(target, timeouts, types));
  CloseUnlessKept guard(first.core);
  KnownHosts::Answer answer = known->check(target.address, target.port, first.host_key);
  types.clear();
  for (const auto& other : answer.known) types.push_back(other.key.type);
  const bool other_type_known =
      answer.verdict == KnownHosts::Verdict::kChanged && !contains(types, first.host_key.type);
  if (other_type_known) {
    // The guess about types was wrong (hashed names do not show theirs): the host may still have
    // the key that is known. Ask for exactly that type, as OpenSSH would have.
    CO_TRY(Handshaken second, co_await open(target, timeouts, types));
    CloseUnlessKept second_guard(second.core);
    answer = known->check(target.address, target.port, second.host_key);
    CO_TRY_VOID(accept_host_key(target, second.host_key, answer));
    static_cast<void>(second_guard.keep());
    co_return second;
  }
  CO_TRY_VOID(accept_host_key(target, first.host_key, answer));
  static_cast<void>(guard.keep());
  co_return first;
}

Task<Result<std::unique_ptr<Session>>> SshTransport::connect(Target target,
                                                             ConnectTimeouts timeouts) {
  CO_TRY(const auto known, known_hosts(target.known_hosts_files));
  CO_TRY(Handshaken opened, co_await state_->open_with_known_key(target, timeouts, known));
  CloseUnlessKept guard(opened.core);
  CO_TRY_VOID(co_await authenticate(opened.core, target, state_->keys, state_->pool,
                                    timeouts.authenticate));
  opened.core->set_quick_ack(false);
  std::unique_ptr<Session> session = std::make_unique<SshSession>(guard.keep());
  co_return session;
}

Task<Result<HostKey>> SshTransport::fetch_host_key(Target target, ConnectTimeouts timeouts) {
  CO_TRY(const auto known, known_hosts(target.known_hosts_files));
  std::vector<std::string> types = known->known_types(target.address, target.port);
  CO_TRY(Handshaken opened, co_await state_->open(target, timeouts, types));
  const CloseUnlessKept guard(opened.core);
  co_return opened.host_key;
}

}  // namespace gannet::controller
