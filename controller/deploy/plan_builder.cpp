#include "controller/deploy/plan_builder.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/deploy/unified_diff.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kFilesAtOnce = 16;  // requests under way: bounds what is held in memory

const protocol::FileEntry* entry_of(const protocol::Release& release, const std::string& path) {
  const auto found = std::ranges::find(release.files, path, &protocol::FileEntry::path);
  return found == release.files.end() ? nullptr : &*found;
}

PlannedFile plan_file(const protocol::Release& release, const protocol::FileChange& change,
                      const BlobSource& blobs) {
  PlannedFile file;
  file.change = change;
  const auto* entry = entry_of(release, change.path);
  if (entry != nullptr && entry->secret) file.change.secret = true;
  const bool content =
      change.kind == protocol::ChangeKind::kModify || change.kind == protocol::ChangeKind::kAdd;
  if (!content) return file;
  if (file.change.secret) {
    file.note = "secret: values not shown";
  } else if (entry == nullptr) {
    file.note = "what was there before gannet, kept on the host";
  } else if (blobs.find(entry->content) == nullptr) {
    file.note = "content of an earlier release, kept on the host";
  } else if (change.old_size > kMaxDiffBytes || change.new_size > kMaxDiffBytes) {
    file.note = "too large to show";
  }
  return file;
}

ReturningRelease returning_release(const protocol::Release& release) {
  ReturningRelease back;
  back.id = release.id;
  back.tag = release.tag;
  back.who = release.who;
  back.created_ms = release.created_ms;
  for (const auto& file : release.files) back.files.push_back(file.path);
  for (const auto& project : release.projects) {
    for (const auto& image : project.images) {
      std::string text = image.service + ": " + image.reference;
      if (image.shipped()) text += " (sha256:" + image.config.hex() + ")";
      back.images.push_back(std::move(text));
    }
  }
  for (const auto& unit : release.units) back.units.push_back(unit.name);
  for (const auto& site : release.sites) back.sites.push_back(site.site);
  return back;
}

/// A file whose difference is still to be made.
struct Wanted {
  PlannedFile* file = nullptr;
  Digest content;
  Ticket ticket;
};

std::vector<Wanted> wanted_files(const HostJob& job, HostPlan& plan) {
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < plan.services.size() && i < job.releases.size(); ++i) {
    for (auto& file : plan.services[i].files) {
      const auto* entry = entry_of(job.releases[i], file.change.path);
      if (file.change.kind != protocol::ChangeKind::kModify || !file.note.empty()) continue;
      if (entry != nullptr) wanted.push_back({&file, entry->content, nullptr});
    }
  }
  return wanted;
}

void show(PlannedFile& file, const protocol::ReadFileReply& before, const std::string& after) {
  const std::string_view old(reinterpret_cast<const char*>(before.content.data()),
                             before.content.size());
  if (!before.exists || before.size != before.content.size()) {
    file.note = before.exists ? "too large to show" : "";
  } else if (looks_binary(old) || looks_binary(after)) {
    file.note = "binary";
  } else if (!can_diff(old, after)) {
    file.note = "too large to show";
  } else {
    file.diff = printable(unified_diff(old, after));
  }
}

Task<Result<>> show_some(AgentLink* link, const BlobSource* blobs, std::span<Wanted> some) {
  for (auto& wanted : some) {
    protocol::ReadFileRequest request;
    request.path = wanted.file->change.path;
    request.max_bytes = kMaxDiffBytes;
    wanted.ticket = link->send(request);
  }
  for (auto& wanted : some) {
    auto before = co_await link->receive<protocol::ReadFileRequest>(wanted.ticket);
    if (!before && !link->alive()) co_return fail(std::move(before.error()));
    if (!before) {
      wanted.file->note = before.error().context;
      continue;
    }
    CO_TRY(const std::string after, blobs->read(wanted.content));
    show(*wanted.file, *before, after);
  }
  co_return Result<>{};
}

}  // namespace

HostPlan build_plan(const HostJob& job, const std::string& host, const BlobSource& blobs,
                    ReleaseSource::Kind source) {
  HostPlan plan;
  plan.host = host;
  plan.wave = job.wave;
  plan.findings = job.prepared.findings;
  plan.problems = job.problems;
  plan.upload_bytes = blobs.bytes_of(job.prepared.missing);
  for (std::size_t i = 0; i < job.prepared.plans.size(); ++i) {
    const auto& from = job.prepared.plans[i];
    const auto& release = job.releases[i];
    PlannedService& service = plan.services.emplace_back();
    service.service = from.service;
    service.current = from.current;
    service.current_tag = from.current_tag;
    if (source == ReleaseSource::Kind::kHost) service.returning = returning_release(release);
    service.definition_changed = from.definition_changed;
    service.actions = from.actions;
    for (const auto& change : from.files)
      service.files.push_back(plan_file(release, change, blobs));
    if (service.unchanged()) continue;
    for (const auto& hook : release.before) service.commands.push_back(hook.command);
    for (const auto& hook : release.after) service.commands.push_back(hook.command);
  }
  return plan;
}

Task<Result<>> add_differences(std::shared_ptr<AgentLink> link, const BlobSource& blobs,
                               const HostJob* job, HostPlan* plan) {
  std::vector<Wanted> wanted = wanted_files(*job, *plan);
  for (std::span<Wanted> rest(wanted); !rest.empty();) {
    const std::size_t count = std::min(rest.size(), kFilesAtOnce);
    CO_TRY_VOID(co_await show_some(link.get(), &blobs, rest.first(count)));
    rest = rest.subspan(count);
  }
  co_return Result<>{};
}

}  // namespace gannet::controller
