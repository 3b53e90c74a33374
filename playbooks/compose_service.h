// Key `compose` of a service as written. Reference: docs/gannet-yaml.md.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "playbooks/placed_text.h"

namespace gannet::playbooks {

enum class ImagePull { kMissing, kAlways, kNever };

/// An image that gannet brings to the host itself. Source: an entry of `images`, or an inline
/// `image` that is a mapping. Exactly one of the two is given.
struct ImageOrigin {
  std::string service;  ///< of the Compose file
  PlacedText archive;   ///< file made by `docker save`, or an OCI archive; relative to the project
  PlacedText local;     ///< name in this machine's Docker
  inventory::SourceLocation from;
};

struct InlineEntry;

/// A value below an inline service; what gannet does not know goes to Compose as it is.
struct InlineValue {
  enum class Kind { kNull, kText, kList, kMap };
  Kind kind = Kind::kNull;
  PlacedText text;
  bool plain = false;  ///< written without quotes
  std::vector<InlineValue> items;
  std::vector<InlineEntry> entries;
};

struct InlineEntry {
  std::string key;
  InlineValue value;
};

struct ComposeService {
  std::vector<PlacedText> files;  ///< of the project; empty: `keys` is the service
  /// Keys of the only service of a Compose file that gannet writes, in file order.
  std::vector<InlineEntry> keys;
  PlacedText project;    ///< default: the service's name
  PlacedText directory;  ///< on the host; default /opt/<service>
  PlacedText env_file;   ///< of the project; default: the environment's, else .env beside the file
  std::vector<PlacedText> profiles;
  std::optional<ImagePull> pull;  ///< over what the Compose file says
  std::chrono::milliseconds timeout{600'000};
  std::vector<PlacedText> recreate_on;  ///< relative ones: below `directory`
  std::vector<ImageOrigin> images;
  inventory::SourceLocation from;

  [[nodiscard]] bool is_inline() const { return files.empty(); }
};

}  // namespace gannet::playbooks
