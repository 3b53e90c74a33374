// A real OpenSSH server on a loopback address, run by the current user, root or not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/ssh_fixtures.h"

namespace gannet::test {

struct SshServerOptions {
  std::string address = "127.0.0.1";  ///< anything in 127/8
  std::uint16_t port = 0;             ///< 0: a free one
  /// HOME of the sessions; "": an empty folder of the server's own. A shell reads its .bashrc here.
  std::string home;
  /// Set in every session with SetEnv, for example PATH or a test hook. No double quotes inside.
  std::map<std::string, std::string> environment;
  /// Lines of authorized_keys; empty: the key of client_key().
  std::vector<std::string> authorized_keys;
  /// Types of host keys, each shared by all servers of this test process unless `own_host_keys`.
  std::vector<KeyType> host_keys = {KeyType::kEd25519};
  bool own_host_keys = false;
  std::string max_startups = "1000";
  std::string force_command;              ///< ForceCommand, for example "sleep 1000"
  std::vector<std::string> config_lines;  ///< further lines of sshd_config, first ones win
};

/// The private key file (ed25519, no passphrase) that servers accept unless told otherwise. Made
/// once per test process.
[[nodiscard]] const std::string& client_key();

/// The user that can log in: the one who runs the test.
[[nodiscard]] std::string current_user();

/// One sshd. Its configuration, keys and log are in a folder of its own. The destructor ends it
/// with all its sessions and whatever was started in them, detached or not.
class SshServer {
 public:
  /// Starts it and waits until it listens.
  explicit SshServer(SshServerOptions options = {});
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  ~SshServer();

  /// Starts `count` servers at once, on 127.0.1.1, 127.0.1.2 ...; `options.address` is the first
  /// when it is not 127.0.0.1. `options.home`, when set, is a folder in which each gets its own
  /// home "h1", "h2" ...
  [[nodiscard]] static std::vector<std::unique_ptr<SshServer>> start_fleet(
      std::size_t count, SshServerOptions options = {});

  [[nodiscard]] const std::string& address() const { return options_.address; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& home() const { return options_.home; }

  /// One line per host key: "[127.0.0.1]:2222 ssh-ed25519 AAAA...\n".
  [[nodiscard]] std::string known_hosts() const;
  /// "ssh-ed25519 AAAA..." of the given type.
  [[nodiscard]] std::string host_key(KeyType type = KeyType::kEd25519) const;

  /// What sshd wrote to its log so far (LogLevel VERBOSE).
  [[nodiscard]] std::string log() const;

  void stop_listening();  ///< new connections are refused; sessions go on
  void kill_sessions();   ///< SIGKILL to all session processes; the listener goes on
  void stop();            ///< ends the listener and all sessions
  void pause();           ///< SIGSTOP: TCP connects, nobody answers; sessions stand still
  void resume();
  void restart();  ///< after stop() or stop_listening(): same port, same keys

 private:
  struct NotYet {};
  SshServer(SshServerOptions options, NotYet);

  void prepare();
  void spawn();
  void wait_ready();
  void write_config();
  [[nodiscard]] std::string host_key_file(KeyType type) const;
  void kill_marked() const;

  SshServerOptions options_;
  TempDir dir_;
  std::string mark_;  ///< GANNET_TEST_SSHD in the environment of every session
  std::uint16_t port_ = 0;
  std::vector<pid_t> orphans_;  ///< sessions that outlive their listener
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace gannet::test
