// SSH sessions over libssh, all on one io_context thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "controller/ssh/host_key.h"
#include "controller/ssh/known_hosts.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

struct SshTransportOptions {
  /// Asks the user for a passphrase or password: `question` is the text to show, the answer is not
  /// echoed. Called on a helper thread, never twice at a time, once per secret and run. Leave it
  /// empty when there is no terminal: what would have to ask then fails and says what to do.
  std::function<Result<Secret>(const std::string& question)> ask_secret;
  /// Receives, once each, lines of known_hosts files that could not be understood.
  std::function<void(const std::string& warning)> warn;
  /// The socket of the user's agent; unset: $SSH_AUTH_SOCK. "" for no agent.
  std::optional<std::string> agent_socket;
  /// Key exchange methods in order. curve25519 costs 0.7 ms of CPU; a post-quantum hybrid (libssh
  /// 0.10 has none) cost OpenSSH 61 ms a host.
  std::string key_exchange =
      "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
      "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
      "diffie-hellman-group14-sha256";
  /// aes128-gcm is the cheapest where the CPU has AES; a host without it picks chacha20 only if
  /// told to by its own configuration.
  std::string ciphers =
      "aes128-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,"
      "aes128-ctr,aes192-ctr,aes256-ctr";
};

/// Makes sessions; keeps known_hosts, private keys and passwords for its lifetime, which is one
/// run. Must be destroyed before the io_context, after its sessions and channels.
///
/// Descriptors: one per session.
/// Errors of connect() do not begin with the target's name; the caller puts it in front. Beside
/// those of Transport: kDisconnected when the server drops the connection during the handshake, as
/// sshd does above its MaxStartups (trying again later may work); kIo.
class SshTransport final : public Transport {
 public:
  explicit SshTransport(asio::any_io_executor executor, SshTransportOptions options = {});
  SshTransport(const SshTransport&) = delete;
  SshTransport& operator=(const SshTransport&) = delete;
  ~SshTransport() override;

  [[nodiscard]] Task<Result<std::unique_ptr<Session>>> connect(Target target,
                                                               ConnectTimeouts timeouts) override;

  /// The host's key, for `inventory trust`: a handshake without a login; nothing is verified.
  /// Prefers the types that known_hosts has for this host. Errors: as connect().
  [[nodiscard]] Task<Result<HostKey>> fetch_host_key(Target target, ConnectTimeouts timeouts);

  /// The index over `files`, read at the first call. Errors: kIo.
  [[nodiscard]] Result<std::shared_ptr<const KnownHosts>> known_hosts(
      const std::vector<std::string>& files);

  /// Replaces the look-up of names; for tests. Blocking, called on a helper thread.
  struct Address {
    std::string ip;
    std::uint16_t port = 0;
  };
  using TestResolver = std::function<std::vector<Address>(const std::string& name)>;
  void resolve_with(TestResolver resolver);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace gannet::controller
