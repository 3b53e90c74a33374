#include "agent/services/host_services.h"

#include <iterator>
#include <utility>

namespace gannet::agent {
namespace {

template <class Element>
void append(std::vector<Element>& all, std::vector<Element> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

void HostServices::begin_survey(const std::vector<ServiceChange>& changes, Progress& progress) {
  for (ServiceKind* kind : kinds_) kind->begin_survey(changes, progress);
}

void HostServices::end_survey() {
  for (ServiceKind* kind : kinds_) kind->end_survey();
}

std::vector<protocol::Finding> HostServices::preflight(const ServiceChange& change,
                                                       Progress& progress) {
  std::vector<protocol::Finding> findings;
  for (ServiceKind* kind : kinds_) append(findings, kind->preflight(change, progress));
  return findings;
}

std::vector<protocol::PlannedAction> HostServices::plan(const ServiceChange& change,
                                                        Progress& progress) {
  std::vector<protocol::PlannedAction> actions;
  for (ServiceKind* kind : kinds_) append(actions, kind->plan(change, progress));
  return actions;
}

Result<std::vector<Digest>> HostServices::missing_layers(const protocol::Release& release,
                                                         Progress& progress) {
  return images_.missing_layers(release, progress);
}

Result<protocol::RuntimeState> HostServices::look(
    const std::vector<const protocol::Release*>& releases, Progress& progress) {
  protocol::RuntimeState state;
  for (ServiceKind* kind : kinds_) TRY_VOID(kind->look(releases, state, progress));
  return state;
}

std::vector<protocol::Finding> HostServices::health(const protocol::Release& release,
                                                    const std::vector<protocol::ImageTag>& images,
                                                    const protocol::RuntimeState& before,
                                                    Progress& progress) {
  std::vector<protocol::Finding> findings;
  for (ServiceKind* kind : kinds_) {
    append(findings, kind->health(release, images, before, progress));
  }
  return findings;
}

tl::expected<std::vector<protocol::ImageTag>, Failure> HostServices::fetch(
    const ServiceChange& change, Progress& progress) {
  return images_.fetch(change, progress);
}

std::string HostServices::image_folder(Progress& progress) {
  return images_.image_folder(progress);
}

Result<> HostServices::release_images(const protocol::Release& release) {
  return images_.release_images(release);
}

Outcome HostServices::withdraw(const ServiceChange& change, Progress& progress) {
  for (auto kind = kinds_.rbegin(); kind != kinds_.rend(); ++kind) {
    if (auto done = (*kind)->withdraw(change, progress); !done) return done;
  }
  return {};
}

Outcome HostServices::activate(const ServiceChange& change,
                               const std::vector<protocol::ImageTag>& images, Progress& progress) {
  for (ServiceKind* kind : kinds_) {
    if (auto done = kind->activate(change, images, progress); !done) return done;
  }
  return {};
}

// Going back goes as far as it can: one kind that fails keeps no other from its place.

Outcome HostServices::undo(const std::vector<const protocol::Release*>& releases,
                           const protocol::RuntimeState& before, Progress& progress) {
  Outcome first;
  for (auto kind = kinds_.rbegin(); kind != kinds_.rend(); ++kind) {
    auto done = (*kind)->undo(releases, before, progress);
    if (!done && first) first = std::move(done);
  }
  return first;
}

Outcome HostServices::bring_back(const std::vector<const protocol::Release*>& releases,
                                 const protocol::RuntimeState& before, Progress& progress) {
  Outcome first;
  for (ServiceKind* kind : kinds_) {
    auto done = kind->bring_back(releases, before, progress);
    if (!done && first) first = std::move(done);
  }
  return first;
}

}  // namespace gannet::agent
