#include "agent/core/journal.h"

#include <algorithm>
#include <utility>

#include "agent/core/file_tools.h"
#include "agent/core/path_record.h"
#include "agent/core/record.h"

namespace gannet::agent {
namespace {

using protocol::Field;
using protocol::FieldReader;
using protocol::FieldWriter;

enum Tag : std::uint32_t {
  kState = 1,
  kTransaction = 2,
  kRun = 3,
  kWho = 4,
  kReason = 5,
  kBootId = 6,
  kSinceMs = 7,
  kDeadlineMs = 8,
  kDeadlineSteadyMs = 9,
  kWatchdogMs = 10,
  kCommittedMs = 11,
  kKeepReleases = 12,
  kAfterBegun = 13,
  kRelease = 14,
  kPrevious = 15,
  kPath = 16,
  kMissingDir = 17,
  kImages = 18,
  kRunning = 19,
  kRestartedBootId = 20,
};

/// What comes more than once, and what only some transactions have.
Result<> read_list_field(const Field& field, Journal& journal) {
  switch (field.tag) {
    case kRelease: {
      TRY(auto release, protocol::decode<protocol::Release>(field.value));
      journal.releases.push_back(std::move(release));
      return {};
    }
    case kPrevious:
      journal.previous.push_back(field.as_string());
      return {};
    case kPath: {
      TRY(auto state, decode_path(field.value));
      journal.before.paths.push_back(std::move(state));
      return {};
    }
    case kMissingDir:
      journal.before.missing_dirs.push_back(field.as_string());
      return {};
    case kImages: {
      TRY(auto named, protocol::decode<protocol::RuntimeState>(field.value));
      journal.images.push_back(std::move(named.images));
      return {};
    }
    case kRunning: {
      TRY(journal.running, protocol::decode<protocol::RuntimeState>(field.value));
      return {};
    }
    case kRestartedBootId:
      journal.restarted_boot_id = field.as_string();
      return {};
    default:
      return {};  // of a newer agent
  }
}

Result<> read_signed(const Field& field, std::int64_t& out) {
  TRY(out, field.as_signed());
  return {};
}

Result<> read_field(const Field& field, Journal& journal) {
  switch (field.tag) {
    case kState:
      return read_number(field, journal.state);
    case kTransaction:
      journal.transaction = field.as_string();
      return {};
    case kRun:
      journal.run = field.as_string();
      return {};
    case kWho:
      journal.who = field.as_string();
      return {};
    case kReason:
      journal.reason = field.as_string();
      return {};
    case kBootId:
      journal.boot_id = field.as_string();
      return {};
    case kSinceMs:
      return read_signed(field, journal.since_ms);
    case kDeadlineMs:
      return read_signed(field, journal.deadline_ms);
    case kDeadlineSteadyMs:
      return read_signed(field, journal.deadline_steady_ms);
    case kWatchdogMs:
      return read_number(field, journal.watchdog_ms);
    case kCommittedMs:
      return read_signed(field, journal.committed_ms);
    case kKeepReleases:
      return read_number(field, journal.keep_releases);
    case kAfterBegun: {
      TRY(journal.after_begun, field.as_bool());
      return {};
    }
    default:
      return read_list_field(field, journal);
  }
}

Result<> check(const Journal& journal) {
  const auto state = static_cast<unsigned>(journal.state);
  if (state < 1 || state > 4) return fail(Code::kCorrupt, "unknown state");
  if (journal.releases.size() != journal.previous.size()) {
    return fail(Code::kCorrupt, "releases and their predecessors do not match");
  }
  if (journal.releases.size() != journal.images.size()) {
    return fail(Code::kCorrupt, "releases and their images do not match");
  }
  return {};
}

}  // namespace

std::vector<std::string> Journal::services() const {
  std::vector<std::string> names;
  names.reserve(releases.size());
  for (const auto& release : releases) names.push_back(release.service);
  return names;
}

protocol::PendingInfo Journal::pending() const {
  return {.transaction = transaction,
          .run = run,
          .who = who,
          .reason = reason,
          .since_ms = since_ms,
          .deadline_ms = deadline_ms,
          .services = services(),
          .rebooting = state == JournalState::kRebooting};
}

protocol::Bytes encode_journal(const Journal& journal) {
  FieldWriter writer;
  writer.put_unsigned(kState, static_cast<std::uint64_t>(journal.state));
  writer.put_string(kTransaction, journal.transaction);
  writer.put_string(kRun, journal.run);
  writer.put_string(kWho, journal.who);
  writer.put_string(kReason, journal.reason);
  writer.put_string(kBootId, journal.boot_id);
  writer.put_signed(kSinceMs, journal.since_ms);
  writer.put_signed(kDeadlineMs, journal.deadline_ms);
  writer.put_signed(kDeadlineSteadyMs, journal.deadline_steady_ms);
  writer.put_unsigned(kWatchdogMs, journal.watchdog_ms);
  writer.put_signed(kCommittedMs, journal.committed_ms);
  writer.put_unsigned(kKeepReleases, journal.keep_releases);
  writer.put_bool(kAfterBegun, journal.after_begun);
  for (const auto& release : journal.releases) {
    writer.add_bytes(kRelease, protocol::encode(release));
  }
  for (const auto& id : journal.previous) writer.add_string(kPrevious, id);
  for (const auto& state : journal.before.paths) writer.add_bytes(kPath, encode_path(state));
  for (const auto& path : journal.before.missing_dirs) writer.add_string(kMissingDir, path);
  for (const auto& images : journal.images) {
    protocol::RuntimeState named;
    named.images = images;
    writer.add_bytes(kImages, protocol::encode(named));
  }
  writer.add_bytes(kRunning, protocol::encode(journal.running));
  if (!journal.restarted_boot_id.empty())
    writer.put_string(kRestartedBootId, journal.restarted_boot_id);
  return writer.take();
}

Result<Journal> decode_journal(std::span<const std::byte> payload) {
  Journal journal;
  FieldReader reader(payload);
  while (!reader.done()) {
    TRY(const Field field, reader.next());
    TRY_VOID(read_field(field, journal));
  }
  TRY_VOID(check(journal));
  return journal;
}

std::string JournalStore::path_of(std::string_view transaction) const {
  return paths_.journal + "/" + std::string(transaction);
}

Result<std::vector<std::string>> JournalStore::open_ones() const {
  TRY(auto names, files_.list(paths_.journal));
  std::erase_if(names, [](const std::string& name) { return name.starts_with(kTempPrefix); });
  return names;
}

Result<bool> JournalStore::has_temps() const {
  TRY(const auto names, files_.list(paths_.journal));
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.starts_with(kTempPrefix); });
}

Result<> JournalStore::remove_temps() const {
  TRY(const auto names, files_.list(paths_.journal));
  for (const std::string& name : names) {
    if (name.starts_with(kTempPrefix)) TRY_VOID(files_.unlink(paths_.journal + "/" + name));
  }
  return {};
}

Result<Journal> JournalStore::load(const std::string& transaction) const {
  TRY(const auto payload, read_record(files_, path_of(transaction), kJournalMagic));
  auto journal = decode_journal(payload);
  if (journal) return journal;
  return fail(
      Code::kCorrupt, path_of(transaction) + ": " + journal.error().context,
      "the journal was changed by hand; compare the host's files with the release in force, "
      "then remove it");
}

Result<> JournalStore::save(const Journal& journal) const {
  return replace_file(files_, path_of(journal.transaction),
                      seal(kJournalMagic, encode_journal(journal)));
}

Result<> JournalStore::remove(const std::string& transaction) const {
  TRY_VOID(remove_if_there(files_, path_of(transaction)));
  return files_.sync_dir(paths_.journal);
}

}  // namespace gannet::agent
