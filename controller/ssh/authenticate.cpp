#include "controller/ssh/authenticate.h"

#include <algorithm>
#include <cstdlib>
#include <functional>

#include <fcntl.h>
#include <sys/socket.h>

#include "base/text.h"
#include "controller/ssh/agent_client.h"

namespace gannet::controller {
namespace {

/// The agent's own answer to one request: a person may have to touch a key for it.
constexpr std::chrono::seconds kSigningPatience{60};

std::vector<std::string> default_files() {
  const char* home = std::getenv("HOME");
  if (home == nullptr) return {};
  std::vector<std::string> files;
  for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
    files.push_back(std::string(home) + "/.ssh/" + name);
  }
  return files;
}

std::string method_names(int methods) {
  const auto bits = static_cast<unsigned>(methods);
  std::vector<std::string> names;
  if ((bits & SSH_AUTH_METHOD_PUBLICKEY) != 0) names.emplace_back("publickey");
  if ((bits & SSH_AUTH_METHOD_PASSWORD) != 0) names.emplace_back("password");
  if ((bits & SSH_AUTH_METHOD_INTERACTIVE) != 0) names.emplace_back("keyboard-interactive");
  if ((bits & SSH_AUTH_METHOD_HOSTBASED) != 0) names.emplace_back("hostbased");
  if ((bits & SSH_AUTH_METHOD_GSSAPI_MIC) != 0) names.emplace_back("gssapi-with-mic");
  return join(names, ",");
}

/// One login. Each try_ function returns true when it got in.
class Login {
 public:
  Login(std::shared_ptr<SshCore> core, Target target, KeyRing& keys, BlockingPool& pool,
        std::chrono::milliseconds timeout)
      : core_(std::move(core)),
        target_(std::move(target)),
        keys_(keys),
        pool_(pool),
        timeout_(timeout),
        deadline_(in(timeout)) {}

  [[nodiscard]] Task<Result<>> run();

 private:
  using Request = std::function<int(ssh_session)>;

  [[nodiscard]] Task<Result<bool>> try_keys();
  [[nodiscard]] Task<Result<bool>> try_files(std::vector<std::string> files, bool named);
  [[nodiscard]] Task<Result<bool>> try_file(std::string file, bool named);
  [[nodiscard]] Task<Result<bool>> try_agent();
  [[nodiscard]] Task<Result<int>> ask_agent();
  [[nodiscard]] Task<Result<bool>> try_password();
  [[nodiscard]] Task<Result<int>> answer_questions(Secret password);
  /// Repeats `request` until the server has answered; SSH_AUTH_SUCCESS, _DENIED, _PARTIAL, _INFO.
  [[nodiscard]] Task<Result<int>> settle(Request request, std::string what);
  [[nodiscard]] Result<bool> judge(int answer);
  [[nodiscard]] int methods() const { return ssh_userauth_list(core_->raw(), nullptr); }
  [[nodiscard]] bool accepts(unsigned method) const {
    return methods() == 0 || (static_cast<unsigned>(methods()) & method) != 0;
  }
  [[nodiscard]] Error refused() const;
  [[nodiscard]] Error lost_in(const std::string& what) const;

  std::shared_ptr<SshCore> core_;
  Target target_;
  KeyRing& keys_;
  BlockingPool& pool_;
  std::chrono::milliseconds timeout_;
  DeadlineTime deadline_;
  std::vector<std::string> tried_;  ///< for the error: "agent (2 keys)", "/path/id_ed25519"
  std::string locked_file_;         ///< a key that would have needed its passphrase
};

Task<Result<>> Login::run() {
  CO_TRY(const bool by_key, co_await try_keys());
  if (by_key) co_return Result<>();
  if (methods() == 0) {
    // Nothing was offered, so the server has not said what it accepts: ask.
    const Request none = [](ssh_session s) { return ssh_userauth_none(s, nullptr); };
    CO_TRY(const int answer, co_await settle(none, "the login without keys"));
    if (answer == SSH_AUTH_SUCCESS) co_return Result<>();
  }
  if (target_.ask_password) {
    CO_TRY(const bool by_password, co_await try_password());
    if (by_password) co_return Result<>();
  }
  co_return fail(refused());
}

Task<Result<bool>> Login::try_keys() {
  const bool named = !target_.identity_files.empty();
  if (named) {
    CO_TRY(const bool done, co_await try_files(target_.identity_files, named));
    if (done) co_return true;
  }
  CO_TRY(const bool by_agent, co_await try_agent());
  if (by_agent || named) co_return by_agent;
  CO_TRY(const bool by_default, co_await try_files(default_files(), named));
  co_return by_default;
}

Task<Result<bool>> Login::try_files(std::vector<std::string> files, bool named) {
  for (const std::string& file : files) {
    if (!accepts(SSH_AUTH_METHOD_PUBLICKEY)) co_return false;
    CO_TRY(const bool done, co_await try_file(file, named));
    if (done) co_return true;
  }
  co_return false;
}

Task<Result<bool>> Login::try_file(std::string file, bool named) {
  const KeyRing::FileKey* key = &keys_.file_key(file);
  if (key->state == KeyRing::State::kMissing && !named) co_return false;
  if (key->state == KeyRing::State::kEncrypted) {
    const std::vector<std::string> in_agent = co_await keys_.agent_keys();
    const bool agent_has_it =
        std::find(in_agent.begin(), in_agent.end(), key->public_blob) != in_agent.end();
    if (agent_has_it) co_return false;
    const auto asked_at = std::chrono::steady_clock::now();
    key = co_await keys_.unlocked_key(file);
    deadline_ += std::chrono::steady_clock::now() - asked_at;
  }
  if (key->state == KeyRing::State::kLocked) locked_file_ = file;
  if (key->state != KeyRing::State::kReady) {
    tried_.push_back(file + " (" + key->reason + ")");
    co_return false;
  }
  tried_.push_back(file);
  const ssh_key raw_key = key->key.get();
  const Request offer = [raw_key](ssh_session s) {
    return ssh_userauth_publickey(s, nullptr, raw_key);
  };
  CO_TRY(const int answer, co_await settle(offer, "the login with " + file));
  co_return judge(answer);
}

Task<Result<bool>> Login::try_agent() {
  if (!accepts(SSH_AUTH_METHOD_PUBLICKEY)) co_return false;
  const std::vector<std::string> in_agent = co_await keys_.agent_keys();
  if (in_agent.empty()) co_return false;
  const std::size_t count = in_agent.size();
  tried_.push_back("agent (" + std::to_string(count) + (count == 1 ? " key)" : " keys)"));
  CO_TRY(const int answer, co_await ask_agent());
  co_return judge(answer);
}

Task<Result<int>> Login::ask_agent() {
  auto connected = connect_agent(keys_.agent_socket(), kSigningPatience);
  if (!connected) co_return SSH_AUTH_DENIED;  // it was there a moment ago; go on without it
  // libssh owns the descriptor; ours is to wake its thread should the agent never answer.
  const UniqueFd line(::fcntl(connected->get(), F_DUPFD_CLOEXEC, 0));
  ssh_set_agent_socket(core_->raw(), connected->release());
  for (;;) {
    // The borrowed reference keeps the session alive even if this coroutine is thrown away.
    std::function<int()> work = [session = core_->lend()] {
      return ssh_userauth_agent(session.get(), nullptr);
    };
    std::optional<int> answer = co_await pool_.run(work, deadline_);
    if (!answer) {
      ::shutdown(line.get(), SHUT_RDWR);
      work = nullptr;
      core_->close();  // lent for good: the thread may be using the session still
      co_return fail(Code::kTimeout,
                     "the ssh agent did not answer within " + format_duration(timeout_),
                     "look whether it waits for a touch or a confirmation");
    }
    core_->take_back();
    if (*answer != SSH_AUTH_SUCCESS && !core_->is_open()) {
      co_return fail(lost_in("the login with the agent's keys"));
    }
    if (*answer != SSH_AUTH_AGAIN) co_return *answer;
    const bool in_time = co_await core_->wait(deadline_);
    if (!in_time) {
      co_return fail(Code::kTimeout, "no answer to the login with the agent's keys within " +
                                         format_duration(timeout_));
    }
  }
}

Task<Result<bool>> Login::try_password() {
  const bool plain = accepts(SSH_AUTH_METHOD_PASSWORD);
  if (!plain && !accepts(SSH_AUTH_METHOD_INTERACTIVE)) co_return false;
  const auto asked_at = std::chrono::steady_clock::now();
  CO_TRY(const Secret password, co_await keys_.password("password for " + target_.user));
  deadline_ += std::chrono::steady_clock::now() - asked_at;
  tried_.emplace_back(plain ? "password" : "keyboard-interactive");
  if (!plain) {
    CO_TRY(const int answer, co_await answer_questions(password));
    co_return judge(answer);
  }
  const Request offer = [&password](ssh_session s) {
    const std::string text(password.reveal());
    return ssh_userauth_password(s, nullptr, text.c_str());
  };
  CO_TRY(const int answer, co_await settle(offer, "the login with a password"));
  co_return judge(answer);
}

/// Keyboard-interactive: the password is the answer to every question that hides its input.
Task<Result<int>> Login::answer_questions(Secret password) {
  const Request ask = [](ssh_session s) { return ssh_userauth_kbdint(s, nullptr, nullptr); };
  for (;;) {
    CO_TRY(const int answer, co_await settle(ask, "the keyboard-interactive login"));
    if (answer != SSH_AUTH_INFO) co_return answer;
    const std::string text(password.reveal());
    const int questions = ssh_userauth_kbdint_getnprompts(core_->raw());
    for (int i = 0; i < questions; ++i) {
      char echo = 0;
      static_cast<void>(
          ssh_userauth_kbdint_getprompt(core_->raw(), static_cast<unsigned>(i), &echo));
      const char* reply = echo == 0 ? text.c_str() : "";
      ssh_userauth_kbdint_setanswer(core_->raw(), static_cast<unsigned>(i), reply);
    }
  }
}

Task<Result<int>> Login::settle(Request request, std::string what) {
  for (;;) {
    const int answer = core_->call(request);
    // After a disconnection libssh may say "again" for ever.
    if (answer != SSH_AUTH_SUCCESS && !core_->is_open()) co_return fail(lost_in(what));
    if (answer == SSH_AUTH_ERROR) co_return SSH_AUTH_DENIED;  // the next key may do better
    if (answer != SSH_AUTH_AGAIN) co_return answer;
    const bool in_time = co_await core_->wait(deadline_);
    if (!in_time) {
      co_return fail(
          Code::kTimeout, "no answer to " + what + " within " + format_duration(timeout_),
          "the host accepts connections but does not get on; look at it from its console");
    }
  }
}

Result<bool> Login::judge(int answer) {
  if (answer == SSH_AUTH_PARTIAL) tried_.back() += " (accepted, but more is asked for)";
  return answer == SSH_AUTH_SUCCESS;
}

Error Login::refused() const {
  const int accepted = methods();
  std::string context = "permission denied for " + printable(target_.user);
  context += tried_.empty() ? ": there was no key to try" : ": tried " + join(tried_, ", ");
  if (accepted != 0) {
    context += "; server accepts: " + printable(method_names(accepted));
  }
  std::string hint = "add your public key to the host: ssh-copy-id -p " +
                     std::to_string(target_.port) + " " +
                     shell_quote(target_.user + "@" + target_.address);
  const bool takes_passwords =
      accepted != 0 && (accepts(SSH_AUTH_METHOD_PASSWORD) || accepts(SSH_AUTH_METHOD_INTERACTIVE));
  if (takes_passwords && !target_.ask_password) hint += ", or log in with --ask-password";
  if (!locked_file_.empty()) hint = "load the key once: ssh-add " + shell_quote(locked_file_);
  return {Code::kAuthentication, std::move(context), std::move(hint)};
}

Error Login::lost_in(const std::string& what) const {
  const std::string text = core_->error_text();
  if (text.find("Too many authentication failures") == std::string::npos) {
    return core_->lost("waiting for " + what);
  }
  Error error = refused();
  error.context += "; the server ended the login after too many keys";
  error.hint = "name the right key in identity_files; it is then offered first";
  return error;
}

}  // namespace

Task<Result<>> authenticate(std::shared_ptr<SshCore> core, Target target, KeyRing& keys,
                            BlockingPool& pool, std::chrono::milliseconds timeout) {
  Login login(std::move(core), std::move(target), keys, pool, timeout);
  auto result = co_await login.run();
  co_return result;
}

}  // namespace gannet::controller
