#include "protocol/runtime_state.h"

#include <algorithm>

namespace gannet::protocol {
namespace {

template <class Element, class Predicate>
const Element* find(const std::vector<Element>& elements, const Predicate& predicate) {
  const auto found = std::find_if(elements.begin(), elements.end(), predicate);
  return found == elements.end() ? nullptr : &*found;
}

}  // namespace

const UnitState* RuntimeState::unit(std::string_view name, bool user) const {
  return find(units, [&](const UnitState& unit) { return unit.name == name && unit.user == user; });
}

const ProjectState* RuntimeState::project(std::string_view name) const {
  return find(projects, [&](const ProjectState& project) { return project.name == name; });
}

const ContainerState* RuntimeState::container(std::string_view id) const {
  for (const ProjectState& project : projects) {
    const auto* container =
        find(project.containers, [&](const ContainerState& one) { return one.id == id; });
    if (container != nullptr) return container;
  }
  return nullptr;
}

const ImageTag* RuntimeState::image(std::string_view reference) const {
  return find(images, [&](const ImageTag& image) { return image.reference == reference; });
}

}  // namespace gannet::protocol
