#include "agent/core/release_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/file_tools.h"
#include "agent/core/path_record.h"
#include "agent/core/record.h"

namespace gannet::agent {
namespace {

constexpr std::uint64_t kMaxId = 256;  // bytes

enum Tag : std::uint32_t {
  kRelease = 1,
  kCommittedMs = 2,
  kTransaction = 3,
  kCreatedDir = 4,
  kOriginal = 5,
  kImage = 6,
};

protocol::Bytes encode_kept(const KeptRelease& kept) {
  protocol::FieldWriter writer;
  writer.put_bytes(kRelease, protocol::encode(kept.release));
  writer.put_signed(kCommittedMs, kept.committed_ms);
  writer.put_string(kTransaction, kept.transaction);
  for (const std::string& path : kept.created_dirs) writer.add_string(kCreatedDir, path);
  for (const PathState& state : kept.originals) writer.add_bytes(kOriginal, encode_path(state));
  for (const auto& image : kept.images) writer.add_bytes(kImage, protocol::encode(image));
  return seal(kReleaseMagic, writer.take());
}

Result<KeptRelease> decode_kept(std::span<const std::byte> payload) {
  KeptRelease kept;
  protocol::FieldReader reader(payload);
  while (!reader.done()) {
    TRY(const protocol::Field field, reader.next());
    switch (field.tag) {
      case kRelease: {
        TRY(kept.release, protocol::decode<protocol::Release>(field.value));
        break;
      }
      case kCommittedMs: {
        TRY(kept.committed_ms, field.as_signed());
        break;
      }
      case kTransaction:
        kept.transaction = field.as_string();
        break;
      case kCreatedDir:
        kept.created_dirs.push_back(field.as_string());
        break;
      case kOriginal: {
        TRY(PathState state, decode_path(field.value));
        kept.originals.push_back(std::move(state));
        break;
      }
      case kImage: {
        TRY(auto image, protocol::decode<protocol::ImageTag>(field.value));
        kept.images.push_back(std::move(image));
        break;
      }
      default:
        break;  // of a newer agent
    }
  }
  return kept;
}

bool is_temp(const std::string& name) { return name.starts_with(kTempPrefix); }

}  // namespace

const PathState* KeptRelease::original(const std::string& path) const {
  const auto found = std::ranges::find(originals, path, &PathState::path);
  return found == originals.end() ? nullptr : &*found;
}

std::string ReleaseStore::path_of(const std::string& service, const std::string& id) const {
  return paths_.releases + "/" + service + "/" + id;
}

Result<std::vector<std::string>> ReleaseStore::services() const {
  TRY(auto names, files_.list(paths_.current));
  std::erase_if(names, is_temp);
  return names;
}

Result<std::string> ReleaseStore::current_id(const std::string& service) const {
  auto text = read_text(files_, paths_.current + "/" + service, kMaxId);
  if (!text && text.error().code == Code::kNotFound) return std::string();
  return text;
}

Result<std::optional<KeptRelease>> ReleaseStore::current(const std::string& service) const {
  TRY(const std::string id, current_id(service));
  if (id.empty()) return std::optional<KeptRelease>{};
  auto kept = load(service, id);
  if (kept) return std::move(*kept);
  if (kept.error().code != Code::kNotFound) return fail(std::move(kept.error()));
  return fail(Code::kCorrupt, "release " + id + " of " + service + " is in force but not kept",
              "deploy " + service + " again after removing " + paths_.current + "/" + service);
}

Result<KeptRelease> ReleaseStore::load(const std::string& service, const std::string& id) const {
  auto payload = read_record(files_, path_of(service, id), kReleaseMagic);
  if (!payload && payload.error().code == Code::kNotFound) {
    return fail(Code::kNotFound, "no release " + id + " of " + service + " is kept here",
                "gannet status lists what is kept");
  }
  if (!payload) return fail(std::move(payload.error()));
  auto kept = decode_kept(*payload);
  if (!kept) {
    return fail(Code::kCorrupt, path_of(service, id) + ": " + kept.error().context,
                "the record was changed by hand; deploy " + service + " again");
  }
  return kept;
}

Result<std::vector<KeptRelease>> ReleaseStore::kept(const std::string& service) const {
  std::vector<KeptRelease> found;
  auto names = files_.list(paths_.releases + "/" + service);
  if (!names && names.error().code == Code::kNotFound) return found;
  if (!names) return fail(std::move(names.error()));
  for (const std::string& name : *names) {
    if (is_temp(name)) continue;
    TRY(KeptRelease one, load(service, name));
    found.push_back(std::move(one));
  }
  std::sort(found.begin(), found.end(), [](const KeptRelease& a, const KeptRelease& b) {
    return std::tie(a.committed_ms, a.release.id) > std::tie(b.committed_ms, b.release.id);
  });
  return found;
}

Result<> ReleaseStore::ensure_dir(const std::string& service) const {
  const std::string directory = paths_.releases + "/" + service;
  TRY(const bool there, is_directory(files_, directory));
  if (!there) TRY_VOID(files_.make_dir(directory, 0700));
  return {};
}

Result<> ReleaseStore::stage(const std::vector<KeptRelease>& releases) const {
  for (const KeptRelease& kept : releases) {
    const std::string& service = kept.release.service;
    TRY_VOID(ensure_dir(service));
    TRY_VOID(stage_file(files_, path_of(service, kept.release.id), encode_kept(kept)));
    TRY_VOID(stage_file(files_, paths_.current + "/" + service,
                        std::as_bytes(std::span(kept.release.id))));
  }
  return {};
}

Result<> ReleaseStore::publish(const std::vector<KeptRelease>& releases) const {
  std::set<std::string> directories = {paths_.releases};
  for (const KeptRelease& kept : releases) {
    const std::string path = path_of(kept.release.service, kept.release.id);
    TRY_VOID(publish_file(files_, path));
    directories.insert(parent_of(path));
  }
  // The records last before anything points to them.
  TRY_VOID(sync_dirs(files_, directories));
  for (const KeptRelease& kept : releases) {
    TRY_VOID(publish_file(files_, paths_.current + "/" + kept.release.service));
  }
  return files_.sync_dir(paths_.current);
}

Result<> ReleaseStore::unstage(const std::vector<protocol::Release>& releases) const {
  for (const auto& release : releases) {
    TRY_VOID(unstage_file(files_, path_of(release.service, release.id)));
    TRY_VOID(unstage_file(files_, paths_.current + "/" + release.service));
  }
  return {};
}

Result<> ReleaseStore::remove(const std::string& service, const std::string& id) const {
  return remove_if_there(files_, path_of(service, id));
}

}  // namespace gannet::agent
