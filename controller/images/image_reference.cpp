#include "controller/images/image_reference.h"

namespace gannet::controller {
namespace {

struct Parts {
  std::string_view repository;
  std::string_view tag;
  std::string_view digest;
};

Parts parts_of(std::string_view reference) {
  Parts parts;
  const auto at = reference.find('@');
  if (at != std::string_view::npos) parts.digest = reference.substr(at);
  reference = reference.substr(0, at);
  const auto colon = reference.rfind(':');
  const auto slash = reference.rfind('/');
  // A colon before the last slash belongs to a port.
  const bool tagged =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  parts.repository = reference.substr(0, tagged ? colon : reference.size());
  if (tagged) parts.tag = reference.substr(colon + 1);
  return parts;
}

bool names_registry(std::string_view repository) {
  const auto slash = repository.find('/');
  if (slash == std::string_view::npos) return false;
  const auto first = repository.substr(0, slash);
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

std::string full_reference(std::string_view reference) {
  const Parts parts = parts_of(reference);
  std::string full;
  if (!names_registry(parts.repository)) {
    full = "docker.io/";
    if (parts.repository.find('/') == std::string_view::npos) full += "library/";
  }
  full += parts.repository;
  if (parts.tag.empty() && !parts.digest.empty()) return full + std::string(parts.digest);
  return full + ":" + std::string(parts.tag.empty() ? "latest" : parts.tag);
}

bool means(std::string_view stored, std::string_view wanted) {
  if (full_reference(stored) == full_reference(wanted)) return true;
  const bool tag_alone = stored.find_first_of("/:") == std::string_view::npos;
  return tag_alone && !stored.empty() && parts_of(wanted).tag == stored;
}

}  // namespace gannet::controller
