#include "controller/ssh/ssh_handshake.h"

#include <boost/asio/this_coro.hpp>

#include "base/text.h"

namespace gannet::controller {
namespace {

Result<> set(ssh_session session, ssh_options_e option, const std::string& value,
             const char* name) {
  if (ssh_options_set(session, option, value.c_str()) == SSH_OK) return {};
  return fail(Code::kInvalidInput, std::string("ssh: ") + name + ": " + ssh_get_error(session));
}

Result<SshSessionPtr> make_session(const Target& target, const HandshakeSettings& settings) {
  SshSessionPtr session(ssh_new());
  ssh_session s = session.get();
  if (s == nullptr) return fail(Code::kInternal, "no memory for an ssh session");
  bool read_config = false;  // what the user's ssh_config says is resolved before, once per run
  ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &read_config);
  TRY_VOID(set(s, SSH_OPTIONS_HOST, target.address, "address"));
  // Empty when only the host key is asked for: nobody logs in then.
  if (!target.user.empty()) TRY_VOID(set(s, SSH_OPTIONS_USER, target.user, "user"));
  // libssh would read these once per session, and hash each line; we verify the key ourselves.
  TRY_VOID(set(s, SSH_OPTIONS_KNOWNHOSTS, "/dev/null", "known_hosts"));
  TRY_VOID(set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null", "known_hosts"));
  TRY_VOID(set(s, SSH_OPTIONS_KEY_EXCHANGE, settings.key_exchange, "key exchange"));
  TRY_VOID(set(s, SSH_OPTIONS_HOSTKEYS, settings.host_key_algorithms, "host key algorithms"));
  TRY_VOID(set(s, SSH_OPTIONS_CIPHERS_C_S, settings.ciphers, "ciphers"));
  TRY_VOID(set(s, SSH_OPTIONS_CIPHERS_S_C, settings.ciphers, "ciphers"));
  TRY_VOID(set(s, SSH_OPTIONS_COMPRESSION, "no", "compression"));
  return session;
}

bool has_banner(const SshCore& core) { return ssh_get_serverbanner(core.raw()) != nullptr; }

Error too_slow(const SshCore& core, std::chrono::milliseconds limit) {
  const std::string within = " within " + format_duration(limit);
  if (has_banner(core)) {
    return {Code::kTimeout, "the key exchange did not finish" + within,
            "the host is overloaded or the line is bad; try again with a longer --timeout"};
  }
  return {Code::kTimeout, "no SSH banner" + within,
          "check that sshd listens on this port and that the host is not stuck"};
}

Error handshake_failed(const SshCore& core) {
  const std::string text = core.error_text();
  if (text.find("no match for method") != std::string::npos) {
    return {Code::kUnreachable, "no common algorithm: " + text,
            "update the host's sshd, or allow a newer algorithm in its sshd_config"};
  }
  const std::string when =
      has_banner(core) ? "during the key exchange" : "before it sent its SSH banner";
  return {Code::kDisconnected, "the host closed the connection " + when + ": " + text,
          "sshd may be at its MaxStartups limit: try again, or fewer hosts at once (-j)"};
}

Task<Result<>> exchange_keys(std::shared_ptr<SshCore> core, std::chrono::milliseconds limit) {
  const DeadlineTime deadline = in(limit);
  for (;;) {
    const int rc = core->call([](ssh_session s) { return ssh_connect(s); });
    if (rc == SSH_OK) co_return Result<>();
    if (rc != SSH_AGAIN || !core->is_open()) co_return fail(handshake_failed(*core));
    const bool in_time = co_await core->wait(deadline);
    if (!in_time) co_return fail(too_slow(*core, limit));
  }
}

Result<HostKey> presented_key(const SshCore& core) {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(core.raw(), &key) != SSH_OK) {
    return fail(Code::kUnreachable, "the host presented no key");
  }
  const SshKeyPtr owner(key);
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) {
    return fail(Code::kUnreachable, "the host presented a key that cannot be read");
  }
  std::string text = base64;
  ssh_string_free_char(base64);
  return HostKey::from_base64(std::move(text));
}

}  // namespace

Task<Result<Handshaken>> shake_hands(BlockingPool& pool, Resolver resolver, Target target,
                                     ConnectTimeouts timeouts, HandshakeSettings settings) {
  CO_TRY(SshSessionPtr session, make_session(target, settings));
  CO_TRY(UniqueFd socket, co_await tcp_connect(pool, std::move(resolver), target.address,
                                               target.port, timeouts.connect));
  const auto executor = co_await asio::this_coro::executor;
  Handshaken result;
  result.core = std::make_shared<SshCore>(executor, std::move(session), std::move(socket));
  result.core->set_quick_ack(true);
  CO_TRY_VOID(co_await exchange_keys(result.core, timeouts.handshake));
  CO_TRY(result.host_key, presented_key(*result.core));
  co_return result;
}

}  // namespace gannet::controller
