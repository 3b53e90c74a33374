// The secrets of one run: private keys from files, the agent's keys, the password. Each is read
// or asked for once, whatever the number of hosts.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/result.h"
#include "base/secret.h"
#include "controller/ssh/blocking_pool.h"
#include "controller/ssh/ssh_core.h"
#include "controller/task.h"

namespace gannet::controller {

/// Asks the user for a secret; `question` is the text to show. Runs on a helper thread, never two
/// at a time, and may take as long as the user does. Empty function: there is nobody to ask.
using AskSecret = std::function<Result<Secret>(const std::string& question)>;

class KeyRing {
 public:
  enum class State {
    kReady,      ///< `key` can sign
    kMissing,    ///< no such file
    kUnusable,   ///< unreadable, damaged, or of a kind that is not supported: see `reason`
    kEncrypted,  ///< needs a passphrase that was not asked for yet
    kLocked      ///< needs a passphrase and none was to be had: see `reason`
  };

  struct FileKey {
    std::string file;
    State state = State::kMissing;
    std::string reason;
    SshKeyPtr key;            ///< kReady only; shared by all sessions
    std::string public_blob;  ///< base64, when it is known even of an encrypted key
  };

  KeyRing(BlockingPool& pool, AskSecret ask, std::string agent_socket);

  /// The key of a file; does not ask for a passphrase.
  [[nodiscard]] const FileKey& file_key(const std::string& file);

  /// Like file_key(), but asks for the passphrase (three tries) if one is needed. Concurrent
  /// callers wait for the same answer.
  [[nodiscard]] Task<const FileKey*> unlocked_key(std::string file);

  /// The password for the fleet, asked for once. Errors: kAuthentication when there is nobody to
  /// ask; what `ask` returned.
  [[nodiscard]] Task<Result<Secret>> password(std::string question);

  /// Where the user's agent listens; empty: there is none.
  [[nodiscard]] const std::string& agent_socket() const { return agent_socket_; }
  /// Public keys (base64 blobs) the agent holds. Asked for once; empty when it does not answer
  /// within 5 s.
  [[nodiscard]] Task<std::vector<std::string>> agent_keys();

 private:
  class Lock;

  [[nodiscard]] Task<> lock();
  void unlock();
  [[nodiscard]] Task<> unlock_key(FileKey& key);

  BlockingPool& pool_;
  AskSecret ask_;
  std::string agent_socket_;
  std::map<std::string, FileKey> files_;
  std::optional<Result<Secret>> password_;
  std::optional<std::vector<std::string>> agent_keys_;
  bool busy_ = false;  ///< somebody is asking; the others wait on `turn_`
  std::shared_ptr<asio::steady_timer> turn_;
};

}  // namespace gannet::controller
