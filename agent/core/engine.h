// What every step of a transaction works with.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/core/content_store.h"
#include "agent/core/file_system.h"
#include "agent/core/journal.h"
#include "agent/core/release_store.h"
#include "agent/core/state_paths.h"
#include "agent/host_actions.h"
#include "agent/host_state.h"
#include "base/clock.h"
#include "base/result.h"

namespace gannet::agent {

/// One per process; references live as long as whoever made it.
struct Engine {
  Engine(const HostState::Options& options, FileSystem& file_system, HostActions& host_actions,
         Clock& the_clock)
      : files(file_system),
        actions(host_actions),
        services(host_actions.services()),
        clock(the_clock),
        paths(options.state_dir),
        blobs(file_system, paths),
        releases(file_system, paths),
        journals(file_system, paths),
        who(options.who),
        run(options.run) {}

  FileSystem& files;
  HostActions& actions;
  ServiceManager& services;
  Clock& clock;
  StatePaths paths;
  ContentStore blobs;
  ReleaseStore releases;
  JournalStore journals;
  std::string who;
  std::string run;

  [[nodiscard]] std::int64_t wall_ms() const;    ///< UTC, milliseconds since 1970
  [[nodiscard]] std::int64_t steady_ms() const;  ///< since this boot; same for all processes
  /// /proc/sys/kernel/random/boot_id; empty where there is none.
  [[nodiscard]] Result<std::string> boot_id() const;
};

/// Milliseconds since 1970 as a person reads them.
[[nodiscard]] std::string format_ms(std::int64_t wall_ms);

/// Names of transactions, releases and services become file names. Errors: kInvalidInput unless
/// `id` is 1 to 128 of [A-Za-z0-9._-] and does not begin with a dot.
[[nodiscard]] Result<> check_name(std::string_view what, std::string_view id);

}  // namespace gannet::agent
