// A text of gannet.yaml and where it stands.
#pragma once

#include <string>

#include "inventory/source_location.h"

namespace gannet::playbooks {

/// As written: ${VAR} and {{ }} are not replaced yet. Empty: the key was not given.
struct PlacedText {
  std::string value;
  inventory::SourceLocation from;

  [[nodiscard]] bool given() const { return !value.empty(); }
};

}  // namespace gannet::playbooks
