#include "controller/ssh/key_ring.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/ssh/agent_client.h"

namespace gannet::controller {
namespace {

constexpr int kPassphraseTries = 3;
constexpr std::chrono::seconds kListingPatience{5};

/// libssh calls this when a key needs a passphrase; that it was called is all we want to know.
int note_passphrase_wanted(const char* /*prompt*/, char* /*buffer*/, std::size_t /*length*/,
                           int /*echo*/, int /*verify*/, void* wanted) {
  *static_cast<bool*>(wanted) = true;
  return -1;
}

std::string blob_of(ssh_key key) {
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) return {};
  std::string blob = base64;
  ssh_string_free_char(base64);
  return blob;
}

/// The public half of an encrypted key: OpenSSH's format shows it, else FILE.pub may.
std::string public_blob(const std::string& file) {
  for (const std::string& candidate : {file, file + ".pub"}) {
    ssh_key key = nullptr;
    if (ssh_pki_import_pubkey_file(candidate.c_str(), &key) != SSH_OK) continue;
    const SshKeyPtr owner(key);
    return blob_of(key);
  }
  return {};
}

/// What a helper thread brings back from asking and decrypting.
struct Unlocked {
  std::shared_ptr<ssh_key_struct> key;
  std::string reason;
};

Unlocked ask_and_decrypt(const AskSecret& ask, const std::string& file) {
  std::string question = "passphrase for " + file;
  for (int i = 0; i < kPassphraseTries; ++i) {
    const Result<Secret> passphrase = ask(question);
    if (!passphrase) return {nullptr, passphrase.error().context};
    const std::string text(passphrase->reveal());
    ssh_key key = nullptr;
    const int rc = ssh_pki_import_privkey_file(file.c_str(), text.c_str(), nullptr, nullptr, &key);
    if (rc == SSH_OK) return {std::shared_ptr<ssh_key_struct>(key, SshFree()), {}};
    question = "wrong; passphrase for " + file + ": ";
  }
  return {nullptr, "wrong passphrase"};
}

}  // namespace

/// Holds KeyRing's turn to ask; gives it on when destroyed.
class KeyRing::Lock {
 public:
  explicit Lock(KeyRing& ring) : ring_(ring) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { ring_.unlock(); }

 private:
  KeyRing& ring_;
};

KeyRing::KeyRing(BlockingPool& pool, AskSecret ask, std::string agent_socket)
    : pool_(pool),
      ask_(std::move(ask)),
      agent_socket_(std::move(agent_socket)),
      turn_(std::make_shared<asio::steady_timer>(pool.executor(), DeadlineTime::max())) {}

Task<> KeyRing::lock() {
  while (busy_) {
    boost::system::error_code ignored;
    co_await turn_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  busy_ = true;
}

void KeyRing::unlock() {
  busy_ = false;
  turn_->cancel();
}

const KeyRing::FileKey& KeyRing::file_key(const std::string& file) {
  const auto [entry, is_new] = files_.try_emplace(file);
  FileKey& result = entry->second;
  if (!is_new) return result;
  result.file = file;
  if (::access(file.c_str(), R_OK) != 0) {
    result.state = errno == ENOENT ? State::kMissing : State::kUnusable;
    result.reason = std::strerror(errno);
    return result;
  }
  bool encrypted = false;
  ssh_key key = nullptr;
  const int rc =
      ssh_pki_import_privkey_file(file.c_str(), nullptr, &note_passphrase_wanted, &encrypted, &key);
  if (rc == SSH_OK) {
    result.key.reset(key);
    result.state = State::kReady;
    result.public_blob = blob_of(key);
    return result;
  }
  result.state = encrypted ? State::kEncrypted : State::kUnusable;
  result.reason = encrypted ? "needs a passphrase" : "not a private key that can be read";
  if (encrypted) result.public_blob = public_blob(file);
  return result;
}

Task<const KeyRing::FileKey*> KeyRing::unlocked_key(std::string file) {
  static_cast<void>(file_key(file));
  FileKey& key = files_.find(file)->second;
  if (key.state != State::kEncrypted) co_return &key;
  co_await lock();
  const Lock guard(*this);
  if (key.state == State::kEncrypted) co_await unlock_key(key);
  co_return &key;
}

Task<> KeyRing::unlock_key(FileKey& key) {
  if (!ask_) {
    key.state = State::kLocked;
    key.reason = "needs a passphrase, and there is no terminal to ask on";
    co_return;
  }
  std::function<Unlocked()> work = [ask = ask_, file = key.file] {
    return ask_and_decrypt(ask, file);
  };
  std::optional<Unlocked> answer = co_await pool_.run(std::move(work), DeadlineTime::max());
  key.state = answer && answer->key ? State::kReady : State::kLocked;
  if (!answer) co_return;
  key.reason = answer->reason;
  if (answer->key) key.key.reset(ssh_key_dup(answer->key.get()));
}

Task<Result<Secret>> KeyRing::password(std::string question) {
  co_await lock();
  const Lock guard(*this);
  if (!password_ && !ask_) {
    password_ = fail(Code::kAuthentication, "there is no terminal to ask for a password on",
                     "run gannet in a terminal, or use keys");
  }
  if (!password_) {
    std::function<Result<Secret>()> work = [ask = ask_, question] { return ask(question); };
    std::optional<Result<Secret>> answer = co_await pool_.run(std::move(work), DeadlineTime::max());
    password_ = std::move(answer);
  }
  co_return *password_;
}

Task<std::vector<std::string>> KeyRing::agent_keys() {
  co_await lock();
  const Lock guard(*this);
  if (!agent_keys_ && agent_socket_.empty()) agent_keys_.emplace();
  if (!agent_keys_) {
    using Keys = Result<std::vector<std::string>>;
    std::function<Keys()> work = [socket = agent_socket_] {
      return list_agent_keys(socket, kListingPatience);
    };
    std::optional<Keys> answer = co_await pool_.run(std::move(work), in(2 * kListingPatience));
    agent_keys_.emplace();
    if (answer && *answer) agent_keys_ = std::move(**answer);
  }
  co_return *agent_keys_;
}

}  // namespace gannet::controller
