#include "agent/core/locks.h"

#include <chrono>
#include <utility>
#include <vector>

#include "agent/core/file_tools.h"
#include "agent/core/record.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr int kTries = 10;
constexpr std::chrono::milliseconds kPause{50};
constexpr std::uint64_t kMaxLockText = 4096;  // bytes

std::string in_run(const std::string& run) { return run.empty() ? "" : " (run " + run + ")"; }

/// "alice@laptop since 2026-11-23T10:01:12Z: deploy v2 (run ...)", from the lock file.
std::string holder(const Engine& engine) {
  const auto text = read_text(engine.files, engine.paths.lock, kMaxLockText);
  if (text && !text->empty()) return printable(*text);
  return "another gannet";
}

}  // namespace

Result<std::unique_ptr<FileLock>> take_host_lock(const Engine& engine, const std::string& why) {
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) engine.clock.sleep_for(kPause);
    TRY(auto lock, engine.files.try_lock(engine.paths.lock, LockMode::kExclusive));
    if (!lock) continue;
    // For people only: a disk too full for it must not stop a restore.
    static_cast<void>(lock->describe(engine.who + " since " + format_ms(engine.wall_ms()) + ": " +
                                     why + in_run(engine.run)));
    return lock;
  }
  return fail(Code::kLocked, "locked by " + holder(engine),
              "wait until it is done, then try again; gannet status shows what waits");
}

Result<std::optional<protocol::LockInfo>> operator_lock(const Engine& engine) {
  auto payload = read_record(engine.files, engine.paths.operator_lock, kLockMagic);
  if (!payload && payload.error().code == Code::kNotFound) {
    return std::optional<protocol::LockInfo>{};
  }
  if (!payload) return fail(std::move(payload.error()));
  TRY(auto lock, protocol::decode<protocol::LockInfo>(*payload));
  if (lock.expires_ms != 0 && engine.wall_ms() >= lock.expires_ms) {
    return std::optional<protocol::LockInfo>{};
  }
  return std::optional<protocol::LockInfo>(std::move(lock));
}

Result<> set_operator_lock(const Engine& engine, const protocol::LockInfo& lock) {
  return replace_file(engine.files, engine.paths.operator_lock,
                      seal(kLockMagic, protocol::encode(lock)));
}

Result<> clear_operator_lock(const Engine& engine) {
  TRY_VOID(remove_if_there(engine.files, engine.paths.operator_lock));
  return engine.files.sync_dir(engine.paths.root);
}

Result<> check_not_locked(const Engine& engine) {
  TRY(const auto lock, operator_lock(engine));
  if (!lock) return {};
  const std::string until = lock->expires_ms == 0 ? "" : ", until " + format_ms(lock->expires_ms);
  return fail(Code::kLocked,
              "locked by " + lock->who + " since " + format_ms(lock->since_ms) + until + ": " +
                  lock->reason,
              "ask " + lock->who + ", or run: gannet unlock");
}

Result<> check_nothing_pending(const Engine& engine) {
  TRY(const auto transactions, engine.journals.open_ones());
  if (transactions.empty()) return {};
  auto journal = engine.journals.load(transactions.front());
  if (!journal && journal.error().code == Code::kNotFound) return {};  // ended meanwhile
  if (!journal) return fail(std::move(journal.error()));
  std::string text = "locked by " + journal->who + " since " + format_ms(journal->since_ms) + ": " +
                     journal->reason + in_run(journal->run);
  if (journal->state == JournalState::kApplied) {
    text += ", waits for its commit";
    if (journal->deadline_ms != 0) text += " until " + format_ms(journal->deadline_ms);
  } else if (journal->state == JournalState::kRebooting) {
    text += ", restarts the host as planned";
  } else {
    text += ", under way";
  }
  return fail(Code::kLocked, std::move(text),
              "wait until it is done, then try again; without a commit it is put back");
}

}  // namespace gannet::agent
