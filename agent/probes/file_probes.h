// Files on this host. These calls may hang on a dead mount: run_check() isolates them.
#pragma once

#include "protocol/check.h"

namespace gannet::agent {

/// `target` exists and, when `pattern` is set, is a regular file that holds it in its first 4 MiB.
[[nodiscard]] protocol::Finding probe_file(const protocol::Check& check);

/// The directory of `target` (or its nearest existing parent) takes a new file of one block.
/// Nothing of it remains.
[[nodiscard]] protocol::Finding probe_writable(const protocol::Check& check);

}  // namespace gannet::agent
