// Many hosts at once, but not too many.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/error.h"
#include "controller/fleet/spawn.h"
#include "controller/task.h"

namespace gannet::controller {

/// What to do for `count` things, each known by its index.
struct FanOut {
  std::size_t count = 0;
  std::size_t limit = 1;                           ///< at once; at least 1
  std::function<Task<>(std::size_t)> work;         ///< makes the task of one index
  std::function<bool()> stop;                      ///< asked before each start; may be empty
  std::function<void(std::size_t, Error)> failed;  ///< an exception left the work of this index
  std::function<void(const TaskGroup&)> started;   ///< given a handle to cancel all; may be empty
};

/// Runs the work of each index, in order, at most `limit` at once, and waits for all of it. An
/// exception costs only its own index. Indices that were not started because of `stop` are left
/// out.
[[nodiscard]] Task<> fan_out(asio::any_io_executor executor, FanOut plan);

/// How many hosts may be open at once under the limit of open files: `limit` - 64, by four.
[[nodiscard]] std::size_t hosts_for_files(std::uint64_t limit);

/// Raises the soft limit of open files to the hard one and returns what it is then.
[[nodiscard]] std::uint64_t raise_file_limit();

/// Hosts at once: `jobs` when given, else 64; never more than `open_files` allow.
[[nodiscard]] std::size_t hosts_at_once(std::uint32_t jobs, std::uint64_t open_files);

}  // namespace gannet::controller
